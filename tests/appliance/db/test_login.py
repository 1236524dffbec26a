"""The role that the product logs in as owns nothing, and whatever it takes off leaves it with less."""

import asyncio
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from appliance.config import DatabaseSettings, Settings
from appliance.db import Database
from appliance.db.location import OWNER_VARIABLE
from appliance.db.login import admit, bring_up, excess
from appliance.db.migrate import migrate, pending
from appliance.errors import ConfigurationError
from appliance.supervisor.model import ProcessSpec
from appliance.supervisor.processes import plan
from tests.servers import Server

REFUSED: tuple[LiteralString, ...] = (
    "UPDATE audit_record SET leaf = leaf",
    "DELETE FROM audit_record",
    "TRUNCATE audit_record",
    "DELETE FROM audit_pending",
    "SELECT raw FROM audit_record",
    "INSERT INTO audit_record (seq, id, leaf, raw) VALUES (0, gen_random_uuid(), '', '')",
    "ALTER TABLE audit_record DISABLE TRIGGER ALL",
    "ALTER TABLE audit_record NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE audit_record OWNER TO CURRENT_USER",
    "DROP TABLE audit_record",
    "DROP POLICY own_shop ON audit_record",
    "CREATE TABLE mine (x int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "SET session_replication_role = replica",
    "SELECT * FROM shop",
)
OF_THE_SYSTEM = ("SELECT",)
"""What the sealer does by itself begins like this; the rest it does by one function."""
OWNED: LiteralString = (
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
    "AND pg_get_userbyid(c.relowner) IN (session_user, 'appliance_app', 'appliance_system')"
)
TABLES: LiteralString = (
    "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
)
RIGHTS: LiteralString = (
    "SELECT p FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p "
    "WHERE has_table_privilege(session_user, %s::regclass, p)"
)


def _settings(url: str) -> Settings:
    return Settings(state_dir="/nonexistent", database=DatabaseSettings(url=url))


async def _rows(url: str, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        return await (await conn.execute(query, values)).fetchall()


async def _refused(conn: psycopg.AsyncConnection[Any], statement: LiteralString) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with conn.transaction(force_rollback=True):
            await conn.execute(statement)


@pytest.mark.control("M-16", "M-20")
@pytest.mark.parametrize("statement", REFUSED)
async def test_without_a_role_it_may_touch_nothing(db: Database, statement: LiteralString) -> None:
    """On a connection of the product's own pool, inside its own scope."""
    async with db.system() as conn:
        await conn.execute("RESET ROLE")
        await _refused(conn, statement)


@pytest.mark.control("M-16", "M-20")
async def test_as_the_system_it_changes_nothing_of_the_log_and_makes_nothing(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        await conn.execute("SET ROLE appliance_system")
        for statement in REFUSED:
            if not statement.startswith(OF_THE_SYSTEM):
                await _refused(conn, statement)


@pytest.mark.control("M-16")
async def test_it_becomes_nobody_but_the_application(database_url: str, owner_url: str) -> None:
    others = [
        name
        for (name,) in await _rows(database_url, "SELECT rolname FROM pg_roles WHERE rolname <> session_user")
        if name not in {"appliance_app", "appliance_system"}
    ]
    assert conninfo_to_dict(owner_url)["user"] in others
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        for name in others:
            for statement in ("SET ROLE {}", "SET SESSION AUTHORIZATION {}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    await conn.execute(sql.SQL(statement).format(sql.Identifier(name)))


@pytest.mark.control("M-16")
async def test_no_table_is_owned_by_who_logs_in_or_by_who_works(database_url: str) -> None:
    assert await _rows(database_url, OWNED) == []


@pytest.mark.control("M-16")
async def test_by_itself_it_has_no_right_to_any_table_but_to_read_which_migrations_there_are(database_url: str) -> None:
    found = {table: await _rows(database_url, RIGHTS, table) for (table,) in await _rows(database_url, TABLES)}
    assert {table: rights for table, rights in found.items() if rights} == {"schema_migration": [("SELECT",)]}


async def test_nothing_is_said_against_it(database_url: str) -> None:
    assert await excess(database_url) == []


async def test_an_owner_that_logs_in_is_found_out(owner_url: str) -> None:
    assert {"owns tables", "owns functions", "owns the database"} <= set(await excess(owner_url))


async def test_admitting_again_changes_nothing(database_url: str, owner_url: str) -> None:
    await asyncio.gather(admit(owner_url, database_url), admit(owner_url, database_url))
    assert await excess(database_url) == []


@pytest.mark.control("M-16")
async def test_an_appliance_whose_one_url_is_the_owners_does_not_start(
    owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(OWNER_VARIABLE, raising=False)
    with pytest.raises(ConfigurationError, match=r"the role of DATABASE_URL .*: make one that owns nothing"):
        await bring_up(_settings(owner_url))


async def test_a_login_alone_starts_what_is_up_to_date(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OWNER_VARIABLE, raising=False)
    await bring_up(_settings(database_url))


async def test_tables_are_made_by_the_owner_and_the_login_is_let_in(
    empty_database_url: str, database_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = database_server.url(str(conninfo_to_dict(empty_database_url)["dbname"]))
    monkeypatch.delenv(OWNER_VARIABLE, raising=False)
    with pytest.raises(ConfigurationError, match=f"migrations are missing, first .*: set {OWNER_VARIABLE}"):
        await bring_up(_settings(login))
    monkeypatch.setenv(OWNER_VARIABLE, empty_database_url)
    for _ in range(2):
        await bring_up(_settings(login))
    db = await Database.open(login, size=1)
    async with db.system() as conn:
        assert await (await conn.execute("SELECT count(*) FROM shop")).fetchone() == (0,)
    await db.close()


async def test_a_login_that_was_never_let_in_is_told_so(empty_database_url: str, database_server: Server) -> None:
    await migrate(empty_database_url)
    with pytest.raises(ConfigurationError, match="was not let in by the owner of the tables"):
        await pending(database_server.url(str(conninfo_to_dict(empty_database_url)["dbname"])))


async def test_two_urls_of_two_databases_are_refused(
    database_url: str, empty_database_url: str, monkeypatch: pytest.MonkeyPatch, database_server: Server
) -> None:
    elsewhere = database_server.create("template1")
    monkeypatch.setenv(OWNER_VARIABLE, empty_database_url)
    try:
        with pytest.raises(ConfigurationError, match="reach different databases"):
            await bring_up(_settings(database_server.url(elsewhere)))
    finally:
        database_server.drop(elsewhere)


@pytest.mark.control("M-16")
async def test_a_login_with_more_than_it_needs_is_refused(
    database_url: str, owner_url: str, database_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"greedy_{uuid4().hex}"
    role, owner = sql.Identifier(name), sql.Identifier(str(conninfo_to_dict(owner_url)["user"]))
    with psycopg.connect(database_server.admin_url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD 'x'").format(role))
        conn.execute(sql.SQL("GRANT {} TO {}").format(owner, role))
    try:
        monkeypatch.setenv(OWNER_VARIABLE, owner_url)
        with pytest.raises(ConfigurationError, match="is a member of"):
            await bring_up(_settings(make_conninfo(database_url, user=name, password="x")))
    finally:
        with psycopg.connect(owner_url, autocommit=True) as conn:
            conn.execute(sql.SQL("REVOKE ALL ON schema_migration FROM {}").format(role))
            conn.execute(sql.SQL("REVOKE ALL ON SCHEMA public FROM {}").format(role))
            conn.execute(sql.SQL("REVOKE appliance_app, appliance_system FROM {}").format(role))
        with psycopg.connect(database_server.admin_url, autocommit=True) as conn:
            conn.execute(sql.SQL("DROP ROLE {}").format(role))


def test_no_process_of_ours_inherits_the_owners_url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWNER_VARIABLE, "postgresql://owner@/x")
    ours = [item for item in plan(_settings(database_url)) if isinstance(item, ProcessSpec)]
    assert {item.name.rstrip("-12") for item in ours} == {"web", "worker"}
    for item in ours:
        assert item.environment is not None
        assert OWNER_VARIABLE not in item.environment
