"""Makes an archive while everything runs: one snapshot of the database, then the files, and all of it read again.

The files come after the snapshot, so that the audit log's second sink is ahead of the database in it, and never behind.
"""

import io
import os
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec
import psycopg

from appliance.config import Settings
from appliance.db.backup import tables
from appliance.db.backup.model import (
    AUDIT,
    DATABASE,
    FORM,
    MAC_FILE,
    MANIFEST,
    SECRETS,
    SETTINGS,
    AppliedMigration,
    Manifest,
    Member,
    SequenceCopy,
    TableCopy,
)
from appliance.db.backup.reading import verify
from appliance.errors import ConfigurationError
from security.crypto.archive import ArchiveWriter, LogMark
from security.crypto.backup_key import BackupKey
from security.crypto.suites import Suite
from security.durable import flush_directory

PART_BYTES = 4 * 1024 * 1024
"""A table is written in parts of this size, so that none has to be held whole."""

Say = Callable[[str], None]


class Source(NamedTuple):
    """What is backed up."""

    url: str
    settings: Settings
    key: BackupKey
    suite: Suite


async def write(source: Source, target: Path, log: LogMark, now: datetime, say: Say) -> Manifest:
    """The archive is at `target` once all of it was written, flushed and read back. ConfigurationError if it cannot."""
    with draft_of(target) as draft:
        await _write_draft(source, draft, log, now, say)
        return verify(draft, [lambda _: source.key.secret], say)


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """Becomes the target when the block ends, and is gone when it raises."""
    if target.exists():
        raise ConfigurationError(f"{target} is there already: name another file")
    draft = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield draft
        draft.rename(target)
        flush_directory(target.parent)
    except OSError as failed:
        raise ConfigurationError(f"{failed.filename or target}: {failed.strerror}; nothing was kept") from failed
    finally:
        draft.unlink(missing_ok=True)


async def _write_draft(source: Source, draft: Path, log: LogMark, now: datetime, say: Say) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sealed = ArchiveWriter(file, source.key, source.suite, str(uuid4()), now.isoformat(), log)
        with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            await _Writing(Members(tar, now, say)).run(source)
        sealed.finish()
        file.flush()
        os.fsync(file.fileno())


class Members:
    """Of an archive, as they are written."""

    def __init__(self, tar: tarfile.TarFile, now: datetime, say: Say) -> None:
        self._tar = tar
        self._now = now
        self._say = say
        self._members: list[Member] = []

    async def table(self, conn: tables.Connection, table: tables.Table) -> TableCopy:
        reader, part, number = tables.TableReader(conn, table), bytearray(), 0
        async for block in reader.blocks():
            part += block
            if len(part) >= PART_BYTES:
                self.put(f"{DATABASE}/{table.name}/{number:06d}", bytes(part))
                part, number = bytearray(), number + 1
        if part:
            self.put(f"{DATABASE}/{table.name}/{number:06d}", bytes(part))
        self._say(f"{table.name}: {reader.rows} rows")
        return TableCopy(name=table.name, columns=tuple(table.columns), rows=reader.rows)

    def file(self, name: str, path: Path) -> None:
        try:
            self.put(name, path.read_bytes())
        except FileNotFoundError:  # pruned meanwhile; the database has what it held
            self._say(f"{name}: gone meanwhile")

    def put(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(data), int(self._now.timestamp())
        self._tar.addfile(info, io.BytesIO(data))
        self._members.append(Member(name=name, size=len(data), sha256=sha256(data).hexdigest()))

    def end(
        self,
        migrations: Sequence[AppliedMigration],
        copied: Sequence[TableCopy],
        sequences: Sequence[SequenceCopy] = (),
    ) -> None:
        """With the manifest, which comes last."""
        manifest = Manifest(
            form=FORM,
            made_at=self._now.isoformat(),
            migrations=tuple(migrations),
            tables=tuple(copied),
            sequences=tuple(sequences),
            members=tuple(self._members),
        )
        self.put(MANIFEST, msgspec.json.encode(manifest))


class _Writing:
    def __init__(self, members: Members) -> None:
        self._members = members

    async def run(self, source: Source) -> None:
        async with snapshot(source.url) as conn:
            migrations = await tables.migrations(conn)
            sequences: list[SequenceCopy] = await tables.sequences(conn)
            copied = [await self._members.table(conn, table) for table in await tables.tables(conn)]
        for name, path in _files(source.settings):
            self._members.file(name, path)
        self._members.end(migrations, copied, sequences)


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[tables.Connection]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, application_name="appliance-backup") as conn:
        await conn.execute(tables.SQL["snapshot"])
        yield conn


def _files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Segments, checkpoints and public keys of the log; the key that signs it; what makes MACs, wrapped; the settings.

    No key that opens data.
    """
    for path in sorted(settings.audit_path.glob("*")):
        if path.is_file() and path.suffix != ".lock" and not path.name.startswith("."):
            yield f"{AUDIT}/{path.name}", path
    secrets = settings.state_path / "secrets"
    for path in sorted((*secrets.glob("audit.key*"), *secrets.glob(MAC_FILE))):
        yield f"{SECRETS}/{path.name}", path
    if (own := settings.state_path / "appliance.toml").is_file():
        yield f"{SETTINGS}/{own.name}", own
