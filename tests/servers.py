"""The PostgreSQL servers that tests run on: the one that ships, the oldest that ``DATABASE_URL`` may name, a lent one.

Each is private to the run and forgets everything with it, but for a lent one, whose owner must be allowed to make
databases and roles.
"""

import asyncio
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from appliance import launch
from appliance.db.embedded import Cluster
from appliance.db.embedded.account import Account, account
from appliance.db.login import admit
from appliance.db.migrate import OLDEST_SERVER, migrate

_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
_FAILED = "SELECT failed_count FROM pg_stat_archiver"
_READY_S = 30
_STOPPED_S = 30


class Server:
    def __init__(self, admin_url: str, owner_url: str, login_url: str, *, is_borrowed: bool = False) -> None:
        self.admin_url = admin_url
        self.is_borrowed = is_borrowed
        self._owner_url = owner_url
        self._login_url = login_url
        self._numbers = itertools.count(1)
        self._made: set[str] = set()

    def url(self, database: str) -> str:
        """As the product logs in."""
        return make_conninfo(self._login_url, dbname=database)

    def owner_url(self, database: str) -> str:
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


@contextmanager
def shipped() -> Iterator[Server]:
    state_dir = Path(tempfile.mkdtemp(prefix="appliance-test-"))
    try:
        cluster = Cluster(state_dir, settings=_FORGETFUL)
        cluster.prepare()
        with _running(cluster.command(), cluster.environment, state_dir / "postgres.log"):
            asyncio.run(cluster.wait_until_ready())
            yield Server(cluster.superuser_url(), cluster.owner_url(), cluster.url())
    finally:
        shutil.rmtree(state_dir, ignore_errors=True)


@contextmanager
def archiving_in_vain() -> Iterator[str]:
    """One whose archive refuses every file, just after it has; migrated. The URL that the product logs in by."""
    state_dir = Path(tempfile.mkdtemp(prefix="archive-test-"))
    try:
        cluster = Cluster(state_dir, settings=_FORGETFUL | {"archive_mode": "on", "archive_command": "false"})
        cluster.prepare()
        with _running(cluster.command(), cluster.environment, state_dir / "postgres.log"):
            asyncio.run(_refused_once(cluster))
            yield cluster.url()
    finally:
        shutil.rmtree(state_dir, ignore_errors=True)


async def _refused_once(cluster: Cluster) -> None:
    await cluster.wait_until_ready()
    await migrate(cluster.owner_url())
    await admit(cluster.owner_url(), cluster.url())
    async with await psycopg.AsyncConnection.connect(cluster.superuser_url(), autocommit=True) as conn:
        await conn.execute("SELECT pg_switch_wal()")
        deadline = time.monotonic() + _READY_S
        while not (await (await conn.execute(_FAILED)).fetchone() or (0,))[0]:
            assert time.monotonic() < deadline, "the archiver has not tried"
            await asyncio.sleep(0.05)


@contextmanager
def oldest() -> Iterator[Server]:
    """Its owner is no superuser. ``TEST_OLDEST_POSTGRES`` is where its programs lie, or says why it is not here."""
    said = os.environ.get("TEST_OLDEST_POSTGRES", "./install.sh test --all fetches it")
    if not said.startswith("/"):
        pytest.skip(f"PostgreSQL {OLDEST_SERVER} is not here: {said}")
    folder = Path(tempfile.mkdtemp(prefix="oldest-test-"))
    try:
        owner = account()
        owner.give(folder)
        programs = _readable(Path(said), folder, owner)
        _initialise(programs, folder / "data", owner)
        settings = _FORGETFUL | {"listen_addresses": "", "unix_socket_directories": str(folder)}
        flags = [flag for key, value in settings.items() for flag in ("-c", f"{key}={value}")]
        command = _as(owner, str(programs / "postgres"), "-D", str(folder / "data"), *flags)
        admin_url = f"postgresql://postgres@/postgres?host={folder}"
        with _running(command, _environment(programs), folder / "postgres.log") as process:
            _wait_until_ready(admin_url, process)
            with psycopg.connect(admin_url, autocommit=True) as conn:
                conn.execute("CREATE ROLE shopkeeper LOGIN CREATEROLE")
                conn.execute("CREATE ROLE assistant LOGIN NOINHERIT")
            roles = (f"postgresql://{role}@/postgres?host={folder}" for role in ("shopkeeper", "assistant"))
            yield Server(admin_url, *roles)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def lent(url: str) -> Iterator[Server]:
    """What logs in there is a role of this run's own."""
    name, password = f"test_{os.getpid()}", secrets.token_urlsafe(24)
    server = Server(url, url, make_conninfo(url, user=name, password=password), is_borrowed=True)
    role = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {}").format(role, sql.Literal(password)))
    try:
        yield server
    finally:
        server.drop_all()
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(sql.SQL("DROP ROLE {}").format(role))


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as said:
        process = subprocess.Popen(command, env=environment, cwd="/", stdout=said, stderr=said)
    try:
        yield process
    except BaseException as error:
        error.add_note(log.read_text(errors="replace"))
        raise
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=_STOPPED_S)


def _readable(root: Path, folder: Path, owner: Account) -> Path:
    """The folder of the programs. What was unpacked under root's own home is copied out for whom root runs them as."""
    inside = f"usr/lib/postgresql/{OLDEST_SERVER}/bin"
    if root == Path("/") or owner.is_ours:
        return root / inside
    shutil.copytree(root, folder / "programs", symlinks=True)
    return folder / "programs" / inside


def _environment(programs: Path) -> dict[str, str]:
    libraries = [str(each) for each in programs.parents[3].glob("lib/*-linux-gnu")]
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "LD_LIBRARY_PATH": ":".join(libraries)}


def _initialise(programs: Path, data: Path, owner: Account) -> None:
    options = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
    command = _as(owner, str(programs / "initdb"), "-D", str(data), *options)
    done = subprocess.run(
        command, env=_environment(programs), cwd="/", capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _as(owner: Account, *program: str) -> list[str]:
    ids = {} if owner.is_ours else {"uid": owner.uid, "gid": owner.gid}
    return launch.command(program, death_signal=signal.SIGINT, **ids)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.03)
        else:
            return
