"""Everything that anybody but an owner may do in the database stands in one file, and nothing else may be done.

``grants.txt`` is read out of the catalogue by ``grants.sql``: a new table, column right, function or grant fails here
until its line stands there, for somebody to read and agree to.
"""

from pathlib import Path

import psycopg
import pytest

from appliance.db import Queries

pytestmark = pytest.mark.control("M-16", "M-20")

HERE = Path(__file__).parent
SQL = Queries(HERE / "grants.sql")
WORKING = ("appliance_app", "appliance_system")


async def live(url: str) -> set[str]:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        return {line for (line,) in await (await conn.execute(SQL["grants"])).fetchall()}


def declared() -> list[str]:
    return (HERE / "grants.txt").read_text(encoding="utf-8").splitlines()


async def test_what_may_be_done_is_what_is_declared(database_url: str) -> None:
    found = await live(database_url)
    undeclared, gone = sorted(found - set(declared())), sorted(set(declared()) - found)
    assert (undeclared, gone) == ([], []), "\n".join(
        [
            "grants.txt does not say what the database grants.",
            *(f"to add, if it is meant: {line}" for line in undeclared),
            *(f"to take out: {line}" for line in gone),
        ]
    )


def test_the_file_is_in_order_and_says_nothing_twice() -> None:
    assert declared() == sorted(set(declared()))


async def test_whatever_is_granted_besides_is_found(database_url: str, owner_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as conn:
        await conn.execute("CREATE TABLE bare (n int); CREATE TABLE given (n int, m int)")
        await conn.execute("GRANT UPDATE (n, m), INSERT ON given TO appliance_app")
        await conn.execute("GRANT SELECT ON given TO PUBLIC; GRANT TRUNCATE ON audit_record TO appliance_system")
        await conn.execute("CREATE FUNCTION theirs() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'")
        await conn.execute("ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO appliance_app")
    assert await live(database_url) - set(declared()) == {
        "table bare: nobody",
        "table given: appliance_app INSERT, UPDATE (m, n)",
        "table given: everybody SELECT",
        "table audit_record: appliance_system SELECT, TRUNCATE",
        "function with its owner's rights theirs(): everybody EXECUTE",
        "made later r: appliance_app DELETE",
    }


def test_nobody_may_hand_on_what_they_may_and_nothing_of_value_is_everybodys() -> None:
    assert not [line for line in declared() if "with grant option" in line]
    everybodys = [line.partition(":")[0] for line in declared() if ": everybody" in line]
    kinds = {
        thing.rpartition(" ")[0] if thing.startswith("function with") else thing.split()[0] for thing in everybodys
    }
    assert kinds == {"database", "schema", "function"}


def test_the_login_by_itself_reads_which_migrations_there_are_and_no_more() -> None:
    assert [line for line in declared() if ": the login" in line] == [
        "schema public: the login USAGE",
        "table schema_migration: the login SELECT",
    ]
