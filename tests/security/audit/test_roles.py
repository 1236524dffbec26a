"""What the working roles may do to the log, read out of the catalog: for every table that there is."""

from typing import Any

import psycopg
import pytest

from tests.security.audit.world import Log

pytestmark = pytest.mark.control("M-20")

WORKING = ("appliance_app", "appliance_system")
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
ALLOWED = {
    "audit_log": {"SELECT"},
    "audit_pending": {"SELECT"},
    "audit_record": {"SELECT"},
    "audit_checkpoint": {"SELECT", "INSERT"},
    "audit_leaf": {"SELECT"},
    "audit_forward": {"SELECT", "INSERT", "UPDATE"},
}
"""To the role that seals; it adds records and drops pending ones by one function only. To the application: nothing."""
TABLES = "SELECT c.oid::regclass::text, pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.relkind IN ('r', 'p')"


async def rows(log: Log, query: str, *values: object) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(log.url) as conn:
        return await (await conn.execute(query.encode(), values)).fetchall()


async def rights(log: Log, role: str, table: str) -> set[str]:
    """On the table or on any column of it."""
    query = (
        "SELECT p FROM unnest(%s::text[]) p WHERE has_table_privilege(%s, %s, p) "
        "OR (p IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege(%s, %s, p))"
    )
    return {row[0] for row in await rows(log, query, list(RIGHTS), role, table, role, table)}


async def test_the_working_roles_own_no_table(log: Log) -> None:
    owners = {owner for _, owner in await rows(log, TABLES)}
    assert owners.isdisjoint(WORKING)


async def test_the_working_roles_are_nobodys_heirs_and_no_superusers(log: Log) -> None:
    statement = (
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin, "
        "EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) FROM pg_roles r WHERE rolname = ANY (%s)"
    )
    assert sorted(await rows(log, statement, list(WORKING))) == [(role, False, False) for role in WORKING]


async def test_they_may_do_to_the_tables_of_the_log_what_is_listed_and_no_more(log: Log) -> None:
    there = [
        name
        for name, _ in await rows(
            log,
            f"{TABLES} AND c.relname LIKE 'audit%%'",
        )
    ]
    assert set(there) == set(ALLOWED)
    assert {name: await rights(log, "appliance_system", name) for name in there} == ALLOWED
    assert {name: await rights(log, "appliance_app", name) for name in there} == {name: set() for name in there}


async def test_nobody_but_the_owner_may_truncate_any_table_or_hang_a_trigger_on_it(log: Log) -> None:
    for name, _ in await rows(log, f"{TABLES} AND c.relnamespace = 'public'::regnamespace"):
        for role in (*WORKING, "public"):
            assert (await rights(log, role, name)).isdisjoint({"TRUNCATE", "TRIGGER"}), (role, name)


async def test_what_acts_with_the_owners_rights_looks_nowhere_else_for_its_tables(log: Log) -> None:
    statement = (
        "SELECT proname, coalesce(array_to_string(proconfig, ','), '') FROM pg_proc "
        "WHERE prosecdef AND pronamespace = 'public'::regnamespace AND proname LIKE 'audit%%'"
    )
    found = dict(await rows(log, statement))
    assert set(found) == {"audit_append", "audit_unsealed", "audit_prune", "audit_seal"}
    assert set(found.values()) == {"search_path=pg_catalog, pg_temp"}


async def test_the_application_may_append_and_ask_and_call_nothing_else_of_the_log(log: Log) -> None:
    statement = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'audit%%' "
        "AND prorettype <> 'trigger'::regtype AND has_function_privilege(%s, oid, 'EXECUTE')"
    )
    may = {row[0] for row in await rows(log, statement, "appliance_app")}
    assert may - {"audit_text"} == {"audit_append", "audit_unsealed"}
