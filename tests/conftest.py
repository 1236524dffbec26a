"""A private PostgreSQL for the whole run, a fresh migrated database for each test that asks for one.

``TEST_DATABASE_URL`` names another server to use instead; its role must be allowed to make databases and roles.
"""

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from appliance.db import Database
from appliance.db.embedded import Cluster
from appliance.db.migrate import migrate

_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
_TEMPLATE = f"template_{os.getpid()}"
_numbers = itertools.count(1)


class Server(msgspec.Struct, frozen=True):
    admin_url: str
    owner_url: str

    def url(self, database: str) -> str:
        return make_conninfo(self.owner_url, dbname=database)

    def create(self, database: str, *, template: str) -> None:
        owner = psycopg.conninfo.conninfo_to_dict(self.owner_url)["user"]
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy")
        self._execute(statement.format(*map(sql.Identifier, (database, template, str(owner)))))

    def drop(self, database: str) -> None:
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as conn:
            conn.execute(statement)


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Server(url, url)
        return
    state_dir = Path(tempfile.mkdtemp(prefix="appliance-test-"))
    cluster = Cluster(state_dir, settings=_FORGETFUL)
    cluster.prepare()
    with (state_dir / "postgres.log").open("wb") as log:
        process = subprocess.Popen(cluster.command(), env=cluster.environment, cwd="/", stdout=log, stderr=log)
    try:
        asyncio.run(cluster.wait_until_ready())
        yield Server(cluster.superuser_url(), cluster.url())
    finally:
        process.send_signal(cluster.stop_signal)
        process.wait(timeout=30)
        shutil.rmtree(state_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(database_server: Server) -> Iterator[str]:
    """The name of a database that has had every migration and holds no row."""
    database_server.create(_TEMPLATE, template="template1")
    asyncio.run(migrate(database_server.url(_TEMPLATE)))
    yield _TEMPLATE
    database_server.drop(_TEMPLATE)


@pytest.fixture
def empty_database_url(database_server: Server) -> Iterator[str]:
    """A database without any table."""
    yield from _fresh(database_server, "template1")


@pytest.fixture
def database_url(database_server: Server, template_database: str) -> Iterator[str]:
    """A migrated database of the test's own, as its owner."""
    yield from _fresh(database_server, template_database)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url, size=5, name="test")
    yield database
    await database.close()


def _fresh(server: Server, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    server.create(name, template=template)
    yield server.url(name)
    server.drop(name)
