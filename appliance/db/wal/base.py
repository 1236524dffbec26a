"""A base backup by ``pg_basebackup``, straight into an encrypted archive, and what a machine without a disk needs.

That is the key that signs the audit log and its public keys, the passwords of the roles, and the shops' wrapped keys,
by which is said before a restore how far back it reads. Also what is old enough goes, by ``pg_archivecleanup``.
"""

import asyncio
import os
import shutil
import subprocess
import tarfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.conninfo import conninfo_to_dict

from appliance.clock import Clock
from appliance.db.backup import tables
from appliance.db.backup.model import AUDIT, MAC_FILE, SECRETS, Manifest
from appliance.db.backup.reading import verify
from appliance.db.backup.writing import PART_BYTES, Members, Say, Source, draft_of, snapshot
from appliance.db.embedded import Cluster
from appliance.db.wal.place import SUFFIX, Base, Place
from appliance.db.wal.spool import locked
from appliance.errors import ConfigurationError, Conflict, Unavailable
from security.audit.sealer import KEY_FILE
from security.crypto.archive import ArchiveWriter, LogMark

BASE = "base"
"""``base/<part>``: a gzipped tar, as pg_basebackup writes it."""
KEYS = "shop_kek"


async def take(cluster: Cluster, source: Source, place: Place, clock: Clock, log: LogMark, say: Say) -> Base:
    """While all runs. Unavailable where PostgreSQL does not give it; Conflict while another one is being taken."""
    first = await segment_now(cluster)
    try:
        place.base.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(place.base, waits=False):
            return await _taken(cluster, source, place, clock, log, say, first)
    except BlockingIOError as busy:
        raise Conflict("another base backup is being taken") from busy
    except OSError as failed:
        raise ConfigurationError(f"{failed.filename or place.base}: {failed.strerror}; nothing was kept") from failed


async def _taken(
    cluster: Cluster, source: Source, place: Place, clock: Clock, log: LogMark, say: Say, first: str
) -> Base:
    for left in place.base.glob(".making.*"):
        left.unlink()
    making = place.base / "making"
    making.unlink(missing_ok=True)
    with draft_of(making) as draft:
        await _write(cluster, source, draft, clock.now(), log, say)
        await asyncio.to_thread(verify, draft, [lambda _: source.key.secret], say)
    ended_at = clock.now().replace(microsecond=0) + timedelta(seconds=1)  # a name holds whole seconds
    made = place.base / Base.name(ended_at, first)
    making.rename(made)
    return Base(made, ended_at, first)


def forget_old(cluster: Cluster, place: Place, now: datetime, keep: timedelta) -> int:
    """What no second of the days that are kept needs; how many base backups went."""
    for aside in place.left(now - keep):
        shutil.rmtree(aside, ignore_errors=True)
    bases = place.bases()
    old = [base for base in bases if base.ended_at <= now - keep]
    if not old:
        return 0
    for base in old[:-1]:  # from the newest of them the first second that is kept is restored
        base.path.unlink()
    cleaner = [cluster.program("pg_archivecleanup"), "-x", SUFFIX, str(place.wal), old[-1].first_segment]
    subprocess.run(cleaner, check=False, capture_output=True)  # noqa: S603 (PostgreSQL's own)
    return len(old) - 1


async def segment_now(cluster: Cluster) -> str:
    """The name of the one that is being written."""
    async with await psycopg.AsyncConnection.connect(cluster.superuser_url(), autocommit=True) as conn:
        row = await (await conn.execute("SELECT pg_walfile_name(pg_current_wal_lsn())")).fetchone()
    return str(row[0]) if row else ""


async def _write(cluster: Cluster, source: Source, draft: Path, now: datetime, log: LogMark, say: Say) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sealed = ArchiveWriter(file, source.key, source.suite, str(uuid4()), now.isoformat(), log)
        with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            members = Members(tar, now, say)
            async with snapshot(source.url) as conn:
                migrations = await tables.migrations(conn)
                copied = [await members.table(conn, each) for each in await tables.tables(conn) if each.name == KEYS]
            async for number, part in _parts(cluster):
                members.put(f"{BASE}/{number:06d}", part)
            for name, path in _files(source):
                members.file(name, path)
            members.end(migrations, copied)
        sealed.finish()
        file.flush()
        os.fsync(file.fileno())


async def _parts(cluster: Cluster) -> AsyncIterator[tuple[int, bytes]]:
    """Its own checks and checksums are on. The log is not in it: it is archived before this returns."""
    asked = conninfo_to_dict(cluster.superuser_url())
    command = [cluster.program("pg_basebackup"), "-D", "-", "-F", "tar", "-X", "none", "-c", "fast", "-z", "-w"]
    process = await asyncio.create_subprocess_exec(
        *command, "-h", str(asked["host"]), "-U", str(asked["user"]),
        env={**cluster.environment, "PGPASSWORD": str(asked["password"])},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said = asyncio.create_task(process.stderr.read()) if process.stderr else None
    number = 0
    try:
        while process.stdout and (part := await _part(process.stdout)):
            yield number, part
            number += 1
    finally:
        if process.returncode is None:
            await _ended(process)
    if process.returncode != 0:
        words = (await said).decode(errors="replace") if said else ""
        raise Unavailable(f"PostgreSQL gives no base backup: {' '.join(words.split())}")


async def _part(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readexactly(PART_BYTES)
    except asyncio.IncompleteReadError as last:
        return last.partial


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), 60)
    except TimeoutError:
        process.kill()
        await process.wait()


def _files(source: Source) -> list[tuple[str, Path]]:
    secrets = source.settings.state_path / "secrets"
    wanted = ("audit.key*", "postgres-*", MAC_FILE)
    found = [
        (f"{SECRETS}/{path.name}", path) for path in sorted(each for name in wanted for each in secrets.glob(name))
    ]
    keys = source.settings.audit_path / KEY_FILE
    return [*found, *([(f"{AUDIT}/{KEY_FILE}", keys)] if keys.is_file() else [])]


def is_base(manifest: Manifest) -> bool:
    return any(member.name.startswith(f"{BASE}/") for member in manifest.members)
