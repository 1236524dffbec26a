"""Puts an archive into an empty database: all of it, or nothing. It never writes over what is there.

Everything is read and found authentic before the first statement; tables, keys and counts are checked before the one
commit. The files of the audit log are put in place after it: a log whose files are behind is brought up by the sealer.
"""

import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psycopg

from appliance.config import Settings
from appliance.db.backup import reading, tables
from appliance.db.backup.model import AUDIT, DATABASE, FILES, KEYSTORE, MAC_FILE, SECRETS, Manifest
from appliance.db.migrate import migrate
from appliance.db.restoration import LogHead, Restoration, RestoreKind, begin, begun
from appliance.errors import Conflict
from security.crypto import backup_key
from security.crypto.archive import OpenBackupKey, wrapped_backup_key
from security.crypto.root import RootKey
from security.crypto.shop_keys import ShopKeys
from security.durable import flush_directory
from security.errors import ArchiveRefused, EpochGone

Say = Callable[[str], None]
Check = Callable[[tables.Connection], Awaitable[LogHead]]
"""Of what was put in place, before it is kept: raises, and nothing is. The head from which the audit log goes on."""


class Archive(NamedTuple):
    """Verified, and how it opens."""

    path: Path
    openers: Sequence[OpenBackupKey]
    manifest: Manifest


class Restored(NamedTuple):
    manifest: Manifest
    epochs_gone: list[str]
    """Shops' keys that nothing opens here: what stands under them cannot be read."""
    restoration: Restoration


def verified(path: Path, openers: Sequence[OpenBackupKey], say: Say) -> Archive:
    """ArchiveRefused if a byte of it is not as it was written, or no key opens it."""
    return Archive(path, openers, reading.verify(path, openers, say))


def openers(root: RootKey, settings: Settings, newer: Path | None) -> list[OpenBackupKey]:
    """The backup key as the archive holds it; else as a newer archive or this machine does, after a change of root."""
    kept = [wrapped_backup_key(reading.header_of(newer))] if newer else []
    own = backup_key_path(settings)
    kept += [own.read_bytes()] if own.is_file() else []
    later: list[OpenBackupKey] = [lambda _, held=held: backup_key.unwrap(root, held) for held in kept]  # type: ignore[misc]
    return [lambda wrapped: backup_key.unwrap(root, wrapped), *later]


async def restore(
    url: str,
    archive: Archive,
    newer_keys: Archive | None,
    keys: ShopKeys,
    check: Check,
    *,
    may_lose_epochs: bool,
    now: datetime,
    say: Say,
) -> Restored:
    """All of it, and the row that keeps the appliance reconciling.

    Conflict if the database is not empty. EpochGone, and nothing kept, if keys are lost that may not be.
    """
    await _begin(url)
    as_of = {(each.package, each.name): each.sha256 for each in archive.manifest.migrations}
    try:
        await migrate(url, as_of=as_of)
        async with await psycopg.AsyncConnection.connect(url, application_name="appliance-restore") as conn:
            loading = tables.Loading(conn)
            await loading.begin()
            await _fill(loading, archive, lambda table: newer_keys is None or table not in KEYSTORE, say)
            if newer_keys is not None:
                await _fill(loading, newer_keys, KEYSTORE.__contains__, say)
            await conn.execute(tables.SQL["as_owner"])
            gone = await epochs_gone(conn, keys)
            if gone and not may_lose_epochs:
                raise EpochGone(f"keys of {len(gone)} epochs are not here ({', '.join(map(str, gone))})")
            await bury(conn, gone)
            await loading.end(archive.manifest.sequences)
            await conn.execute(tables.SQL["as_system"])
            head = await check(conn)
            await conn.execute(tables.SQL["as_owner"])
            restoration = begun(RestoreKind.ARCHIVE, datetime.fromisoformat(archive.manifest.made_at), now, head)
            await begin(conn, restoration)
            await conn.execute(tables.SQL["end_restore"])
    except BaseException:
        await _empty_again(url)
        raise
    return Restored(archive.manifest, [str(epoch) for epoch in gone], restoration)


@contextmanager
def files_of_the_log(settings: Settings, archive: Archive) -> Iterator[Path]:
    """Where the files are that the log will go on with: this machine's own if it has any, else the archive's."""
    if _has_log(settings):
        yield settings.audit_path
        return
    draft = _draft(settings)
    shutil.rmtree(draft, ignore_errors=True)
    try:
        for folder, name, entry in _file_entries(archive):
            if folder == AUDIT:
                _put(draft / name, entry)
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def put_files_back(settings: Settings, archive: Archive, say: Say, newer: Archive | None = None) -> None:
    """Those of the log where this machine has none, and the key that signs it; never over a file that is there.

    What is wrapped by the root is ``newer``'s, where one is named: the root that wrapped the archive's may be gone.
    Settings are left beside, as ``appliance.toml.restored``: what fits another machine is for a person to say.
    """
    draft = _draft(settings)
    if newer is not None:
        for folder, name, entry in _file_entries(newer):
            if (folder, name) == (SECRETS, MAC_FILE):
                _put(_home(settings, folder) / name, entry)
    for folder, name, entry in _file_entries(archive):
        if folder != AUDIT and (newer is None or name != MAC_FILE):
            _put(_home(settings, folder) / (name if folder == SECRETS else f"{name}.restored"), entry)
    if _has_log(settings):
        say(f"{settings.audit_path}: the log's own files are here and stay")
    elif draft.is_dir():
        settings.audit_path.mkdir(mode=0o750, parents=True, exist_ok=True)
        for path in draft.iterdir():
            path.rename(settings.audit_path / path.name)
        draft.rmdir()
        flush_directory(settings.audit_path)
    header = reading.header_of((newer or archive).path)
    backup_key.put_back(backup_key_path(settings), wrapped_backup_key(header))


def _has_log(settings: Settings) -> bool:
    return settings.audit_path.is_dir() and any(settings.audit_path.glob("*.rec"))


def _draft(settings: Settings) -> Path:
    return settings.audit_path.with_name(f"{settings.audit_path.name}.restoring")


def _file_entries(archive: Archive) -> Iterator[tuple[str, str, reading.Entry]]:
    """Folder, name and content of each member that is a file."""
    with reading.entries(archive.path, archive.openers) as all_of_it:
        for entry in all_of_it:
            if (matched := FILES.fullmatch(entry.name)) is not None:
                yield matched[1], matched[2], entry


def backup_key_path(settings: Settings) -> Path:
    return settings.state_path / "secrets" / "backup.key"


async def _fill(loading: tables.Loading, archive: Archive, is_wanted: Callable[[str], bool], say: Say) -> None:
    """Rows of a table stand in members one after another; a table without rows has none."""
    waiting = {table.name: table for table in archive.manifest.tables if is_wanted(table.name)}
    with reading.entries(archive.path, archive.openers) as all_of_it:
        parts = _Parts(all_of_it)
        while (name := parts.table) is not None:
            table = waiting.pop(name, None)
            if table is None:
                parts.skip()
                continue
            await loading.fill(table, parts.blocks())
            say(f"{name}: {table.rows} rows")
    if missing := [table.name for table in waiting.values() if table.rows]:
        raise ArchiveRefused(f"the archive holds no rows of {', '.join(missing)}")


class _Parts:
    """The members of tables, as one run of blocks for each table."""

    def __init__(self, members: Iterator[reading.Entry]) -> None:
        self._members = members
        self._entry: reading.Entry | None = None
        self._advance()

    @property
    def table(self) -> str | None:
        return self._entry.name.split("/")[1] if self._entry else None

    def blocks(self) -> Iterator[bytes]:
        name = self.table
        while self._entry and self.table == name:
            yield from self._entry.blocks()
            self._advance()

    def skip(self) -> None:
        name = self.table
        while self._entry and self.table == name:
            self._advance()

    def _advance(self) -> None:
        self._entry = next((each for each in self._members if each.name.startswith(f"{DATABASE}/")), None)


class _Epoch(NamedTuple):
    shop_id: str
    epoch: int

    def __str__(self) -> str:
        return f"{self.shop_id}/{self.epoch}"


async def epochs_gone(conn: tables.Connection, keys: ShopKeys) -> list[_Epoch]:
    """Asked for as a role that sees the keys of every shop."""
    gone = []
    for shop_id, epoch, wrapped in await (await conn.execute(tables.SQL["keks"])).fetchall():
        try:
            keys.unwrap(shop_id, epoch, bytes(wrapped))
        except EpochGone:
            gone.append(_Epoch(shop_id, epoch))
    return gone


async def bury(conn: tables.Connection, gone: Sequence[_Epoch]) -> None:
    """What only a destroyed key opens counts as erased, so that the shop can go on under a new one."""
    for epoch in gone:
        for statement in ("bury_subjects", "bury_index_key", "bury_kek"):
            await conn.execute(tables.SQL[statement], epoch._asdict())


async def _begin(url: str) -> None:
    """What a restore that was killed has left is cleared first; anything else in the database is refused."""
    async with await psycopg.AsyncConnection.connect(url) as conn:
        row = await (await conn.execute(tables.SQL["was_broken_off"])).fetchone()
        if row == (True,):
            await conn.execute(tables.SQL["empty_again"])
        if await tables.has_tables(conn):
            raise Conflict(
                f"the database {conn.info.dbname} is not empty: restore into a new one (another APPLIANCE_STATE_DIR, "
                "or a DATABASE_URL with CREATE DATABASE behind it)"
            )
        await conn.execute(tables.SQL["begin_restore"])


async def _empty_again(url: str) -> None:
    """The tables were made by us a moment ago, and hold nothing: the data's transaction was rolled back."""
    with suppress(psycopg.Error):
        async with await psycopg.AsyncConnection.connect(url) as conn:
            await conn.execute(tables.SQL["empty_again"])


def _home(settings: Settings, folder: str) -> Path:
    return settings.state_path / "secrets" if folder == SECRETS else settings.state_path


def _put(path: Path, entry: reading.Entry) -> None:
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("wb") as file:
        for block in entry.blocks():
            file.write(block)
    path.chmod(0o400 if path.parent.name == "secrets" else 0o440)
