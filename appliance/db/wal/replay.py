"""A cluster as it was at a chosen second: a base backup unpacked beside the one that is there, its log replayed by
PostgreSQL itself. Only when whoever called has found it good does it take the other's place, which is kept aside.
"""

import asyncio
import io
import os
import shutil
import tarfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from appliance.db.backup import reading
from appliance.db.backup.model import SECRETS
from appliance.db.backup.restoring import Archive, Say
from appliance.db.embedded import Cluster, leftovers
from appliance.db.embedded.account import Account, account
from appliance.db.wal.base import BASE
from appliance.db.wal.place import SUFFIX, Base, Place
from appliance.db.wal.spool import segment
from appliance.errors import Conflict, Unavailable

_POLL_S = 0.1
_STOPPED_S = 60
_BLOCK = 64 * 1024
_SUPERUSER = "postgres"


class Wanted(NamedTuple):
    place: Place
    base: Base
    archive: Archive
    """Of the base, verified."""
    at: datetime


@asynccontextmanager
async def replayed(cluster: Cluster, wanted: Wanted, say: Say) -> AsyncIterator[Path]:
    """The cluster at that second serves inside, with this machine's passwords; it is put in place when the block ends.

    Raises, and nothing is changed, where the log does not reach so far. The caller holds the state directory's lock.
    """
    cluster.make_room()
    data, log = cluster.home / "restoring", cluster.home / "restoring-wal"
    leftovers.clear(data)
    for folder in (data, log):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        say(f"base backup of {wanted.base.ended_at:%Y-%m-%d %H:%M:%S} UTC")
        secrets = await asyncio.to_thread(_unpack, wanted.archive, data)
        count = await asyncio.to_thread(_lay_out, wanted, log)
        say(f"{count} segments of the log")
        async with _serving(cluster, data, log, wanted.at, secrets[f"postgres-{_SUPERUSER}"]):
            yield data
        _put_in_place(cluster, data, say)
    finally:
        for folder in (data, log):
            shutil.rmtree(folder, ignore_errors=True)


def _unpack(archive: Archive, data: Path) -> dict[str, str]:
    """The passwords of its roles."""
    secrets: dict[str, str] = {}
    data.mkdir(mode=0o700)
    with reading.entries(archive.path, archive.openers) as members:
        parts = _Parts(members, secrets)
        with tarfile.open(fileobj=parts, mode="r|") as tar:
            tar.extractall(data, filter="data")
        parts.rest()
    (data / "recovery.signal").touch(mode=0o600)
    owner = account()
    for path in (data, *data.rglob("*")):
        owner.give(path)
        path.chmod(0o700 if path.is_dir() else 0o600)
    return secrets


class _Parts(io.RawIOBase):
    """The parts of the base, one after another, unzipped; what else is met on the way is kept if it is a secret."""

    def __init__(self, members: Iterator[reading.Entry], secrets: dict[str, str]) -> None:
        self._members = members
        self._secrets = secrets
        self._unzip = zlib.decompressobj(wbits=31)
        self._blocks = self._all()
        self._clear = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._clear:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._clear = memoryview(block)
        size = min(len(buffer), len(self._clear))
        buffer[:size] = self._clear[:size]
        self._clear = self._clear[size:]
        return size

    def rest(self) -> None:
        for _ in self._blocks:
            pass

    def _all(self) -> Iterator[bytes]:
        for entry in self._members:
            if entry.name.startswith(f"{BASE}/"):
                for block in entry.blocks():
                    yield self._unzip.decompress(block)
            elif entry.name.startswith(f"{SECRETS}/postgres-"):
                self._secrets[entry.name.partition("/")[2]] = entry.content.read().decode().strip()


def _lay_out(wanted: Wanted, folder: Path) -> int:
    """In clear, for the server's restore_command; blocks of zeros take no room."""
    owner = account()
    folder.mkdir(mode=0o700)
    owner.give(folder)
    segments = wanted.place.segments(wanted.base.first_segment)
    for path in segments:
        _sparse(folder / path.name.removesuffix(SUFFIX), segment(path, list(wanted.archive.openers)), owner)
    return len(segments)


def _sparse(target: Path, raw: bytes, owner: Account) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for start in range(0, len(raw), _BLOCK):
            block = raw[start : start + _BLOCK]
            if block.count(0) != len(block):
                file.seek(start)
                file.write(block)
        file.truncate(len(raw))
    owner.give(target)


@asynccontextmanager
async def _serving(cluster: Cluster, data: Path, log: Path, at: datetime, password: str) -> AsyncIterator[None]:
    quoted = str(log).replace("%", "%%").replace("'", "'\\''")
    more = {
        "restore_command": f"cp '{quoted}/%f' %p",
        "recovery_target_time": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00"),
        "recovery_target_action": "promote",
        "log_min_messages": "log",
    }
    said = cluster.home.parent / "log" / "restore.log"
    said.parent.mkdir(parents=True, exist_ok=True)
    with said.open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *cluster.command(data, more), env=cluster.environment, cwd="/", stdout=words, stderr=words
        )
    try:
        await _promoted(cluster, process, password, said)
        yield
    finally:
        if process.returncode is None:
            process.send_signal(cluster.stop_signal)
            await asyncio.wait_for(process.wait(), _STOPPED_S)


async def _promoted(cluster: Cluster, process: asyncio.subprocess.Process, password: str, said: Path) -> None:
    """Until it takes writes. A target beyond the end of the log ends the server."""
    while process.returncode is None:
        with suppress(psycopg.OperationalError):
            url = cluster.superuser_url(password=password)
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
                row = await (await conn.execute("SELECT pg_is_in_recovery()")).fetchone()
                if row == (False,):
                    await _use_passwords_of_here(conn, cluster)
                    return
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _POLL_S)
    words = await asyncio.to_thread(said.read_text, errors="replace")
    if "recovery ended before configured recovery target was reached" in words:
        raise Conflict("the log that is kept ends before that second: choose an earlier one; nothing was changed")
    raise Unavailable(f"PostgreSQL could not replay its log, see {said}; nothing was changed")


async def _use_passwords_of_here(conn: psycopg.AsyncConnection[Any], cluster: Cluster) -> None:
    for role, password in cluster.passwords().items():
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        await conn.execute(statement)


def _put_in_place(cluster: Cluster, data: Path, say: Say) -> None:
    if cluster.data.exists():
        aside = cluster.place_aside()
        cluster.data.rename(aside)
        say(f"{aside}: the cluster that was there; remove it when you are sure")
    data.rename(cluster.data)
