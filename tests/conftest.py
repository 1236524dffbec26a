"""A private PostgreSQL for the whole run, an empty migrated database for each test that asks for one.

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
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from appliance.db import Database, Queries
from appliance.db.embedded import Cluster
from appliance.db.migrate import migrate

_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
RECYCLE = Queries(Path(__file__).with_name("recycle.sql"))


class Server:
    def __init__(self, admin_url: str, owner_url: str, *, is_borrowed: bool) -> None:
        self.admin_url = admin_url
        self.is_borrowed = is_borrowed
        self._owner_url = owner_url
        self._numbers = itertools.count(1)
        self._made: set[str] = set()

    def url(self, database: str) -> str:
        return make_conninfo(self._owner_url, dbname=database)

    def create(self, template: str) -> str:
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        owner = str(conninfo_to_dict(self._owner_url)["user"])
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy")
        self._execute(statement.format(*map(sql.Identifier, (name, template, owner))))
        self._made.add(name)
        return name

    def drop(self, database: str) -> None:
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
        self._made.discard(database)

    def drop_all(self) -> None:
        for database in tuple(self._made):
            self.drop(database)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as conn:
            conn.execute(statement)


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Server(url, url, is_borrowed=True)
        return
    state_dir = Path(tempfile.mkdtemp(prefix="appliance-test-"))
    cluster = Cluster(state_dir, settings=_FORGETFUL)
    cluster.prepare()
    with (state_dir / "postgres.log").open("wb") as log:
        process = subprocess.Popen(cluster.command(), env=cluster.environment, cwd="/", stdout=log, stderr=log)
    try:
        asyncio.run(cluster.wait_until_ready())
        yield Server(cluster.superuser_url(), cluster.url(), is_borrowed=False)
    finally:
        process.send_signal(cluster.stop_signal)
        process.wait(timeout=30)
        shutil.rmtree(state_dir, ignore_errors=True)


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
def migrated_databases(database_server: Server) -> Iterator[Databases]:
    template = database_server.create("template1")
    asyncio.run(migrate(database_server.url(template)))
    yield Databases(database_server, template)
    if database_server.is_borrowed:
        database_server.drop_all()


@pytest.fixture
def empty_database_url(database_server: Server) -> Iterator[str]:
    """A database without any table."""
    name = database_server.create("template1")
    yield database_server.url(name)
    database_server.drop(name)


@pytest.fixture
def database_url(database_server: Server, migrated_databases: Databases) -> Iterator[str]:
    """A migrated database of the test's own, as its owner."""
    name = migrated_databases.take()
    yield database_server.url(name)
    migrated_databases.give_back(name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url, size=5, name="test")
    yield database
    await database.close()
