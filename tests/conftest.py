"""A private PostgreSQL for the whole run, an empty migrated database for each test that asks for one.

``TEST_DATABASE_URL`` names another server to use instead. Where ``TEST_OLDEST_POSTGRES`` is set, whatever touches the
database runs twice: on the PostgreSQL that ships, and on the oldest that is served. Slow ones run on the first alone.
"""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from appliance.db import Database, Queries
from appliance.db.login import admit
from appliance.db.migrate import migrate
from models.compact.model import DEFAULT_DIRECTORY, CompactModel
from tests import not_run, servers
from tests.servers import Server
from tests.spread import Spread

RECYCLE = Queries(Path(__file__).with_name("recycle.sql"))
FULL_EXAMPLES = 2000
_OVER_HTTP = ("tests.appliance.channels", "tests.client")

# A property says nothing about time: on a busy machine any example may take long.
_TIMELESS: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("usual", **_TIMELESS)
settings.register_profile("full", max_examples=FULL_EXAMPLES, **_TIMELESS)
settings.load_profile("usual")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(not_run.NotRun(not_run.load(Path(__file__).with_name("not_run.toml"))))
    config.pluginmanager.register(Spread())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is for a soak alone is slow, too: no usual run takes it up."""
    for item in items:
        if item.get_closest_marker("soak") is not None:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish(session: pytest.Session) -> None:
    # Modules and collected tests stay to the end: the collector need not walk through them again and again.
    gc.collect()
    gc.freeze()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        examples = f"{settings().max_examples} examples of {FULL_EXAMPLES} at full size"
        reporter.write_line(f"properties: {examples}, where a test sets no number of its own")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_twice = "TEST_OLDEST_POSTGRES" in os.environ and "TEST_DATABASE_URL" not in os.environ
    is_decided = any("database_server" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    is_slow = metafunc.definition.get_closest_marker("slow") is not None
    if is_twice and not is_decided and not is_slow and "database_server" in metafunc.fixturenames:
        # Over HTTP it is asked in a soak: tests/appliance/db/test_every_query.py finds what it would not understand.
        is_over_http = any(metafunc.module.__name__.startswith(folder) for folder in _OVER_HTTP)
        oldest = pytest.param("oldest", marks=pytest.mark.soak if is_over_http else ())
        metafunc.parametrize("database_server", ["shipped", oldest], indirect=True, scope="session")


@pytest.fixture(scope="session")
def open_server() -> Iterator[Callable[[str], Server]]:
    """Opens each server once: whichever the next test asks for, the others stay up to the end of the run."""
    with ExitStack() as opened:
        yield cache(lambda which: opened.enter_context(_server(which)))


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest, open_server: Callable[[str], Server]) -> Server:
    return open_server(getattr(request, "param", "shipped"))


def _server(which: str) -> AbstractContextManager[Server]:
    if which == "oldest":
        return servers.oldest()
    if url := os.environ.get("TEST_DATABASE_URL"):
        return servers.lent(url)
    return servers.shipped()


class Databases:
    """Migrated databases for one test after another: emptied between two, thrown away if more than rows changed."""

    def __init__(self, server: Server, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []
        with self._admin(template) as conn:
            self._shape = _shape(conn)
            self._seeds = {table: rows for table in _tables(conn) if (rows := _rows(conn, table))}

    def take(self) -> str:
        return self._free.pop() if self._free else self._server.create(self._template)

    def give_back(self, database: str) -> None:
        if self._is_as_new(database):
            self._free.append(database)
        else:
            self._server.drop(database)

    def _is_as_new(self, database: str) -> bool:
        with self._admin(database) as conn:
            if conn.info.parameter_status("is_superuser") != "on":
                return False
            conn.execute(RECYCLE["hang_up"])
            if _shape(conn) != self._shape:
                return False
            conn.execute(RECYCLE["empty"])
            for table, rows in self._seeds.items():
                with conn.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                    copy.write(rows)
            return True

    def _admin(self, database: str) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(make_conninfo(self._server.admin_url, dbname=database))


def _shape(conn: "psycopg.Connection[tuple[Any, ...]]") -> str:
    row = conn.execute(RECYCLE["shape"]).fetchone()
    assert row is not None
    return str(row[0])


def _tables(conn: "psycopg.Connection[tuple[Any, ...]]") -> list[str]:
    return [name for (name,) in conn.execute(RECYCLE["tables"])]


def _rows(conn: "psycopg.Connection[tuple[Any, ...]]", table: str) -> bytes:
    with conn.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(block) for block in copy)


@pytest.fixture(scope="session")
def migrate_on() -> Callable[[Server], Databases]:
    """Once for each server."""
    return cache(_migrated)


@pytest.fixture(scope="session")
def migrated_databases(database_server: Server, migrate_on: Callable[[Server], Databases]) -> Databases:
    return migrate_on(database_server)


def _migrated(database_server: Server) -> Databases:
    template = database_server.create("template1")
    owner = database_server.owner_url(template)
    asyncio.run(migrate(owner))
    asyncio.run(admit(owner, database_server.url(template)))
    return Databases(database_server, template)


@pytest.fixture
def empty_database_url(database_server: Server) -> Iterator[str]:
    """A database without any table, as its owner."""
    name = database_server.create("template1")
    yield database_server.owner_url(name)
    database_server.drop(name)


@pytest.fixture
def database_url(database_server: Server, migrated_databases: Databases) -> Iterator[str]:
    """A migrated database of the test's own, as the product logs in."""
    name = migrated_databases.take()
    yield database_server.url(name)
    migrated_databases.give_back(name)


@pytest.fixture
def owner_url(database_server: Server, database_url: str) -> str:
    """The same database, as the owner of its tables."""
    return database_server.owner_url(str(conninfo_to_dict(database_url)["dbname"]))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url, size=5, name="test")
    yield database
    await database.close()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One compact model for all tests: the installed one where it is current, else trained for this run."""
    from models.compact.train import is_stale, train

    if not is_stale(DEFAULT_DIRECTORY):
        return DEFAULT_DIRECTORY
    out = tmp_path_factory.mktemp("compact")
    train(out)
    return out


@pytest.fixture(scope="session")
def model(trained: Path) -> CompactModel:
    return CompactModel.load(trained)
