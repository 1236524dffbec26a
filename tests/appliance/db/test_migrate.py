"""Migrations: each once, none changed behind our back, never an older code on a newer database."""

import asyncio
from collections.abc import Callable
from typing import LiteralString, Protocol

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from appliance.db import sources
from appliance.db.migrate import migrate, pending
from appliance.db.sources import Migration, Package
from appliance.errors import ConfigurationError, Unavailable

Plan = Callable[..., None]


class Server(Protocol):
    """What ``tests/conftest.py`` hands out."""

    admin_url: str

    def drop(self, database: str) -> None: ...


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Put migrations of the test's own after the ground."""
    ground = sources.packages()[0]

    def put(**texts: str) -> None:
        mine = tuple(
            Migration(package="mine", number=number, name=name, sql=text)
            for number, (name, text) in enumerate(texts.items(), start=1)
        )
        packages = [ground, Package(name="mine", migrations=mine)]
        monkeypatch.setattr("appliance.db.migrate.packages", lambda: packages)

    return put


async def _ask(url: str, query: LiteralString) -> object:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        row = await (await conn.execute(query)).fetchone()
        return row and row[0]


async def test_everything_runs_once_on_an_empty_database(empty_database_url: str) -> None:
    waiting = await pending(empty_database_url)
    assert await migrate(empty_database_url) == waiting
    assert await pending(empty_database_url) == []
    assert await migrate(empty_database_url) == []


async def test_ground_comes_first_then_security_then_jobs_then_ours() -> None:
    names = [package.name for package in sources.packages()]
    security = [name for name in names if name.startswith("security.")]
    assert names == ["ground", *security, "procrastinate", "appliance"]


async def test_two_runners_at_once_do_the_work_once(empty_database_url: str) -> None:
    first, second = await asyncio.gather(migrate(empty_database_url), migrate(empty_database_url))
    assert sorted([len(first), len(second)]) == [0, max(len(first), len(second))]


async def test_a_later_migration_is_added(empty_database_url: str, plan: Plan) -> None:
    plan(create_a="CREATE TABLE a (x int)")
    await migrate(empty_database_url)
    plan(create_a="CREATE TABLE a (x int)", create_b="CREATE TABLE b (x int)")
    assert await migrate(empty_database_url) == ["mine/create_b"]


async def test_a_failing_migration_leaves_nothing_and_is_named(empty_database_url: str, plan: Plan) -> None:
    plan(create_a="CREATE TABLE a (x int); SELECT 1 / 0")
    with pytest.raises(ConfigurationError, match="mine/create_a failed and was rolled back: division by zero"):
        await migrate(empty_database_url)
    assert await _ask(empty_database_url, "SELECT to_regclass('a')::text") is None


async def test_a_changed_file_is_refused(empty_database_url: str, plan: Plan) -> None:
    plan(create_a="CREATE TABLE a (x int)")
    await migrate(empty_database_url)
    plan(create_a="CREATE TABLE a (x bigint)")
    with pytest.raises(ConfigurationError, match="mine/create_a was changed after it had been applied"):
        await migrate(empty_database_url)


async def test_a_database_newer_than_the_code_is_refused(empty_database_url: str, plan: Plan) -> None:
    plan(create_a="CREATE TABLE a (x int)")
    await migrate(empty_database_url)
    plan()
    with pytest.raises(ConfigurationError, match="which this version does not know"):
        await migrate(empty_database_url)


async def test_a_database_that_cannot_hold_chinese_is_refused(database_server: Server) -> None:
    with psycopg.connect(database_server.admin_url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        with pytest.raises(ConfigurationError, match="latin is encoded in LATIN1; make one with"):
            await migrate(make_conninfo(database_server.admin_url, dbname="latin"))
    finally:
        database_server.drop("latin")


async def test_no_server_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await migrate("postgresql://nobody@/nothing?host=/nonexistent")
