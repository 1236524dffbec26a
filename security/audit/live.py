"""Verifies the running installation's log: the database against the signed checkpoints, and against the files.

Reads only. All judgement about records is `verify.Verifier`'s, the same code that a stranger runs.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from psycopg.rows import class_row, tuple_row

from security.audit.append import SQL
from security.audit.segments import CHECKPOINTS, LEAVES, RECORDS
from security.audit.store import AuditStore
from security.audit.verify import Frame, Report, Tampered, Verifier, Wanted, add_kept, leaf_hash, read_frames
from security.sql import Connection

_FETCH = 500
_LOOKS, _LOOK_S = 30, 0.1
"""A sealer that is at work has its checkpoint in the database a moment after the files have it."""


class Row(NamedTuple):
    seq: int
    id: str
    leaf: bytes
    raw: bytes
    shop_id: str
    ts: str
    cat: str
    action: str
    outcome: str
    actor_id: str
    object_id: str
    req: str


class _Signed:
    """Checkpoints that the database has. While the records before them are read, the sealer makes more."""

    def __init__(self, store: AuditStore, notes: list[tuple[int, int, str]]) -> None:
        self.waiting = [(size, note) for _, size, note in notes]
        """Those that the verifier has not come to: their sizes and texts."""
        self._store = store
        self._count = len(notes)

    async def since(self) -> list[tuple[int, str]]:
        """Those that came after the last look."""
        notes = await self._store.notes(self._count)
        self._count += len(notes)
        return [(size, note) for _, size, note in notes]


def _to_nobody(_: int) -> None:
    """Nobody watches."""


async def verify_live(
    conn: Connection, directory: Path, key: str, wanted: Wanted | None = None, watch: Callable[[int], None] = _to_nobody
) -> Report:
    """`key` is the log's first one. The connection must be in a transaction with the role ``appliance_system``.

    `watch` is told, now and then, how many records were checked.
    """
    store = AuditStore(conn)
    verifier = (wanted or Wanted()).verifier(key, await store.log_id())
    notes = await store.notes(0)
    signed = _Signed(store, notes)
    try:
        known = await _one_behind(store, notes, directory)
        await _verify_pruned(store, verifier, directory, signed.waiting)
        frames = read_frames(directory, RECORDS, verifier.size)
        await _verify_rows(conn, verifier, frames, signed, watch)
        await _verify_rest(conn, verifier, frames, signed)
    except Tampered as error:
        return verifier.tampered(error)
    if known is not None and not await _follows(store, known):
        return verifier.report("the last checkpoint stands in the files only; start the appliance, and verify again")
    return verifier.report()


async def _follows(store: AuditStore, known: int) -> bool:
    """Whether the database has, or gets, a checkpoint after these."""
    for look in range(_LOOKS):
        if look:
            await asyncio.sleep(_LOOK_S)
        if await store.notes(known):
            return True
    return False


async def _one_behind(store: AuditStore, notes: list[tuple[int, int, str]], directory: Path) -> int | None:
    """How many checkpoints the database has, if the files are one ahead, as they are while one is being written.

    It is asked anew once they are read: that takes its time, and the sealer goes on meanwhile.
    """
    filed = [frame.data.decode(errors="replace") for frame in read_frames(directory, CHECKPOINTS)]
    there = [note for _, _, note in notes]
    later = [note for _, _, note in await store.notes(len(there))]
    for number, note in enumerate([*there, *later[: max(0, len(filed) - len(there))]]):
        if filed[number : number + 1] != [note]:
            raise Tampered(size_of(note), f"checkpoint {number} of the database is not the one in the files")
    known = len(there) + len(later)
    extra = filed[known:]
    if len(extra) > 1:
        raise Tampered(size_of(extra[0]), f"checkpoint {known} stands in the files and is missing in the database")
    return known if extra else None


async def _verify_pruned(store: AuditStore, verifier: Verifier, directory: Path, notes: list[tuple[int, str]]) -> None:
    """What the database keeps of pruned records. The files keep the same; while a pruning goes on, they are ahead."""
    frames = read_frames(directory, LEAVES)
    while rows := await store.leaves(verifier.size, _FETCH):
        for row in rows:
            take_signed(verifier, notes)
            if row.leaf != (leaf_hash(row.raw) if row.raw else row.leaf) or row.seq != verifier.size:
                raise Tampered(verifier.size, "is missing in the database")
            if next(frames, None) != (row.seq, row.kept):
                raise Tampered(verifier.size, "differs between database and files")
            add_kept(verifier, row.kept)
        await asyncio.sleep(0)


def take_signed(verifier: Verifier, notes: list[tuple[int, str]]) -> None:
    while notes and notes[0][0] == verifier.size:
        verifier.add_checkpoint(notes.pop(0)[1])


async def _verify_rows(
    conn: Connection,
    verifier: Verifier,
    frames: Iterator[Frame],
    signed: _Signed,
    watch: Callable[[int], None],
) -> None:
    async with conn.cursor("audit_verification", row_factory=class_row(Row)) as cursor:
        cursor.itersize = _FETCH
        await cursor.execute(SQL["all_records"])
        signed.waiting += await signed.since()
        async for row in cursor:
            take_signed(verifier, signed.waiting)
            _verify_row(verifier, row, next(frames, None))
            if row.seq % _FETCH == 0:
                watch(row.seq)
                await asyncio.sleep(0)


def _verify_row(verifier: Verifier, row: Row, frame: Frame | None) -> None:
    seq = verifier.size
    if row.seq != seq:
        raise Tampered(seq, "is missing in the database")
    record = verifier.add_record(row.raw)
    if row.leaf != leaf_hash(row.raw) or _columns(row) != _columns_of(record):
        raise Tampered(seq, "its columns in the database say something else than the record")
    if frame is None:
        raise Tampered(seq, "is missing in the files")
    if frame != (seq, row.raw):
        raise Tampered(seq, "differs between database and files")


async def _verify_rest(conn: Connection, verifier: Verifier, frames: Iterator[Frame], signed: _Signed) -> None:
    """Records that only the files have: sealed since, on their way into the database, or taken out of it."""
    first, rest, ids = verifier.size, list(frames), []
    signed.waiting += [(size, note) for size, note in await signed.since() if size <= first + len(rest)]
    for frame in rest:
        take_signed(verifier, signed.waiting)
        ids.append(verifier.add_record(frame.data)["id"])
    for _, note in signed.waiting:
        verifier.add_checkpoint(note)
    cursor = conn.cursor(row_factory=tuple_row)
    known = {row[0] for row in await (await cursor.execute(SQL["known"], {"ids": ids})).fetchall()}
    for place, record_id in enumerate(ids):
        if record_id not in known:
            raise Tampered(first + place, "stands in the files and was taken out of the database")


def _columns(row: Row) -> tuple[Any, ...]:
    return (row.id, row.shop_id, row.ts, row.cat, row.action, row.outcome, row.actor_id, row.object_id, row.req)


def _columns_of(record: dict[str, Any]) -> tuple[Any, ...]:
    who, what = record["actor"]["id"], record["object"]["id"]
    named = (record[name] for name in ("id", "tenant", "ts", "cat", "action", "outcome"))
    return (*named, who, what, record["req"])


def size_of(note: str) -> int:
    lines = note.split("\n", 2)
    return int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() else 0
