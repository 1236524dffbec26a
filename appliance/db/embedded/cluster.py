"""One private cluster in one state directory: made on first use, then only started.

Durable, checksummed, scram, no TCP. Whoever starts it runs ``command()`` as a direct child and waits on it; there is
no daemon. Clusters of other state directories run beside it undisturbed.
"""

import asyncio
import hashlib
import os
import secrets
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from appliance import launch
from appliance.config import SYSTEM_DIR
from appliance.db.embedded import leftovers
from appliance.db.embedded.account import Account, account
from appliance.db.embedded.binaries import Binaries, readable_binaries
from appliance.errors import ConfigurationError, Unavailable

DATABASE = "appliance"
OWNER = "appliance"
"""Of the tables: migrations, backup and restore, nothing else."""
LOGIN = "appliance_login"
"""What every process and command of ours logs in as; it owns nothing."""
_SUPERUSER = "postgres"
_LONGEST_SOCKET = 107
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "huge_pages": "off",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "idle_in_transaction_session_timeout": "60s",
    # No statement, parameter or offending value of a customer's reaches the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] %q%a ",
}

_ASIDE: Final = "replaced-"


class Cluster:
    """``state_dir`` is ours; as root everything above it must let the system user pass."""

    stop_signal = signal.SIGINT
    """PostgreSQL's fast stop: open transactions are rolled back, a checkpoint is written."""

    def __init__(self, state_dir: Path, *, settings: Mapping[str, str] = {}) -> None:
        self._state_dir = state_dir.resolve()
        self._settings = {**_SETTINGS, **settings}
        self.home = self._state_dir / "postgres"
        self.data = self.home / "data"
        self.spool = self.home / "wal-spool"
        """What PostgreSQL hands out of its log, if it was told to."""

    def place_aside(self) -> Path:
        """Where the cluster that serves goes when a restored one takes its place."""
        return self.home / f"{_ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"

    def set_aside(self) -> list[Path]:
        """Clusters that served before a restore, the oldest first, until somebody removes them."""
        return sorted(self.home.glob(f"{_ASIDE}*"))

    def make_room(self) -> None:
        """Folders and passwords, and no cluster yet."""
        self._make_folders(account())

    def prepare(self) -> None:
        """Make what is missing, clear what a crash left. Blocks; the caller holds the state directory's lock."""
        owner = account()
        binaries = self._binaries(owner)
        self._make_folders(owner)
        if self.data.exists():
            self._refuse_other_major(binaries)
            leftovers.clear(self.data)
        else:
            self._initialise(binaries, owner)

    def command(self, data: Path | None = None, more: Mapping[str, str] = {}) -> list[str]:
        """The server itself, as a child of the calling process, stopped by the kernel if that dies.

        ``data``: another cluster's than the one that serves, such as one that is being restored.
        """
        owner = account()
        settings = {**self._settings, "unix_socket_directories": str(self._socket_dir()), **more}
        flags = [flag for key, value in settings.items() for flag in ("-c", f"{key}={value}")]
        server = [self._binaries(owner).program("postgres"), "-D", str(data or self.data), *flags]
        return self._as(owner, server, self.stop_signal)

    def program(self, name: str) -> str:
        """One of PostgreSQL's own."""
        return self._binaries(account()).program(name)

    async def wait_until_ready(self, seconds: float = 30.0) -> None:
        """Until it takes connections, with our roles, database and extension in place."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                await self._ensure_database()
            except psycopg.OperationalError as refused:
                if time.monotonic() > deadline:
                    raise Unavailable(f"PostgreSQL is not ready after {seconds:g} s: {refused}") from refused
                await asyncio.sleep(0.03)
            else:
                return

    def url(self, database: str = DATABASE) -> str:
        """As the role that owns nothing, for all but migrations, backup and restore."""
        return self._url(LOGIN, database)

    def owner_url(self, database: str = DATABASE) -> str:
        """As the owner of the database, who has no right beyond it."""
        return self._url(OWNER, database)

    def superuser_url(self, database: str = "postgres", password: str = "") -> str:
        """For backup and for making databases; never for the product's own queries.

        ``password``: of a cluster that another machine made.
        """
        return self._url(_SUPERUSER, database, password)

    def passwords(self) -> dict[str, str]:
        """Of each role, as this machine knows them."""
        return {role: self._password(role) for role in (_SUPERUSER, OWNER, LOGIN)}

    @property
    def environment(self) -> dict[str, str]:
        return dict(_ENVIRONMENT)

    def _url(self, role: str, database: str, password: str = "") -> str:
        host = quote(str(self._socket_dir()), safe="")
        return f"postgresql://{role}:{password or self._password(role)}@/{database}?host={host}"

    def _password(self, role: str) -> str:
        path = self._state_dir / "secrets" / f"postgres-{role}"
        try:
            return path.read_text().strip()
        except OSError as unreadable:
            raise ConfigurationError(
                f"{path}: {unreadable.strerror}: it is made at the first start, and readable only for who made it"
            ) from unreadable

    def _binaries(self, owner: Account) -> Binaries:
        return readable_binaries(None if owner.is_ours else SYSTEM_DIR)

    def _as(self, owner: Account, program: list[str], death_signal: signal.Signals) -> list[str]:
        if owner.is_ours:
            return launch.command(program, death_signal=death_signal)
        return launch.command(program, death_signal=death_signal, uid=owner.uid, gid=owner.gid)

    def _make_folders(self, owner: Account) -> None:
        self._state_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        if not owner.is_ours:
            _let_pass(self._state_dir)
        (self._state_dir / "secrets").mkdir(mode=0o700, exist_ok=True)
        for role in (_SUPERUSER, OWNER, LOGIN):
            _make_secret(self._state_dir / "secrets" / f"postgres-{role}")
        for folder in (self.home, self._socket_dir(), self.spool):
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid == os.geteuid():
                owner.give(folder)
            _refuse_foreign(folder, owner)

    def _initialise(self, binaries: Binaries, owner: Account) -> None:
        """Into a folder of another name, so that a crash halfway is not taken for a cluster."""
        making = self.home / "making"
        shutil.rmtree(making, ignore_errors=True)
        password = self.home / "password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(self._password(_SUPERUSER))
        owner.give(password)
        try:
            self._initdb(binaries, owner, making, password)
        finally:
            password.unlink()
        making.rename(self.data)

    def _initdb(self, binaries: Binaries, owner: Account, making: Path, password: Path) -> None:
        options = ["-k", "-A", "scram-sha-256", "-U", _SUPERUSER, "--pwfile", str(password), "-E", "UTF8"]
        program = [binaries.program("initdb"), "-D", str(making), *options, "--locale=C", "--no-instructions"]
        if self._settings["fsync"] == "off":
            program.append("--no-sync")
        done = subprocess.run(  # noqa: S603 (our own program)
            self._as(owner, program, signal.SIGKILL),
            env=_ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            said = " ".join(done.stderr.split()) or f"initdb ended with {done.returncode}"
            raise ConfigurationError(
                f"the PostgreSQL cluster in {self.home} could not be made: {said}. As root every folder above it must "
                f"let other users pass: choose such a state directory, or leave it at its default under {SYSTEM_DIR}"
            )

    def _refuse_other_major(self, binaries: Binaries) -> None:
        there = (self.data / "PG_VERSION").read_text().strip()
        ours = binaries.version().split(".")[0]
        if there != ours:
            raise ConfigurationError(
                f"{self.data} is of PostgreSQL {there}, this version brings {ours}: start the version that made it, "
                "take a backup with 'appliance backup', and restore that backup here"
            )

    def _socket_dir(self) -> Path:
        """Beside the data, or a short one where that path would be too long for a socket."""
        beside = self.home / "socket"
        if len(os.fsencode(beside / ".s.PGSQL.5432")) <= _LONGEST_SOCKET:
            return beside
        digest = hashlib.sha256(os.fsencode(self._state_dir)).hexdigest()[:16]
        return Path("/run" if os.geteuid() == 0 else "/tmp") / f"aftersales-{digest}"  # noqa: S108 (owner is checked)

    async def _ensure_database(self) -> None:
        connect = psycopg.AsyncConnection.connect
        async with await connect(self.superuser_url(), autocommit=True) as conn:
            for role, attributes in ((OWNER, sql.SQL("CREATEROLE")), (LOGIN, sql.SQL("NOCREATEROLE"))):
                if not await _exists(conn, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                    statement = sql.SQL("CREATE ROLE {} LOGIN NOINHERIT {} PASSWORD {}")
                    password = sql.Literal(self._password(role))
                    await conn.execute(statement.format(sql.Identifier(role), attributes, password))
            if await _exists(conn, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                return
            async with await connect(self.superuser_url("template1"), autocommit=True) as template:
                await template.execute("CREATE EXTENSION IF NOT EXISTS vector")
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            await conn.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


async def _exists(conn: psycopg.AsyncConnection[TupleRow], query: LiteralString, name: str) -> bool:
    return await (await conn.execute(query, [name])).fetchone() is not None


def _make_secret(path: Path) -> None:
    if not path.exists():
        scratch = path.with_suffix(".new")
        scratch.unlink(missing_ok=True)
        scratch.touch(mode=0o600)
        scratch.write_text(secrets.token_urlsafe(24))
        scratch.rename(path)


def _let_pass(folder: Path) -> None:
    """Our own state directory: others may pass through it to what is theirs, not list it."""
    if folder.stat().st_uid == os.geteuid():
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o111)


def _refuse_foreign(folder: Path, owner: Account) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise ConfigurationError(
            f"{folder} must be a directory of user {owner.uid} that nobody else may enter: remove it, or choose "
            "another state directory"
        )
