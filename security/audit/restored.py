"""Verifies a log whose database and files come from different moments, as a backup and what survived beside it do.

One of the two may be ahead: what both hold must be the same, and the longer one is judged to its end, by the verifier
that a stranger runs. `live` does so for a running installation, where neither may be ahead for long.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from psycopg.rows import class_row

from security.audit.append import SQL
from security.audit.live import Row, size_of, take_signed
from security.audit.segments import CHECKPOINTS
from security.audit.store import AuditStore
from security.audit.verify import (
    HASH_BYTES,
    Frame,
    Report,
    Tampered,
    Verifier,
    Wanted,
    add_kept,
    kept_frames,
    leaf_hash,
    read_frames,
)
from security.sql import Connection

_FETCH = 500


async def verify_restored(conn: Connection, directory: Path, key: str, wanted: Wanted | None = None) -> Report:
    """`key` is the log's first one. The connection must be in a transaction with the role ``appliance_system``."""
    store = AuditStore(conn)
    verifier = (wanted or Wanted()).verifier(key, await store.log_id())
    try:
        signed = _agreed_notes([note for _, _, note in await store.notes(0)], directory)
        frames = kept_frames(directory)
        await _verify_both(conn, store, verifier, frames, signed)
        _verify_rest(verifier, frames, signed)
    except Tampered as error:
        return verifier.tampered(error)
    return verifier.report()


def _agreed_notes(notes: list[str], directory: Path) -> list[tuple[int, str]]:
    """Size and note of each checkpoint, of whichever has more."""
    filed = [frame.data.decode(errors="replace") for frame in read_frames(directory, CHECKPOINTS)]
    for number, (note, other) in enumerate(zip(notes, filed, strict=False)):
        if note != other:
            raise Tampered(size_of(note), f"checkpoint {number} of the database is not the one in the files")
    return [(size_of(note), note) for note in max(notes, filed, key=len)]


async def _verify_both(
    conn: Connection, store: AuditStore, verifier: Verifier, frames: Iterator[Frame], signed: list[tuple[int, str]]
) -> None:
    filed = 0
    async for number, kept in _kept_rows(conn, store):
        take_signed(verifier, signed)
        if number != verifier.size:
            raise Tampered(verifier.size, "is missing in the database")
        frame = next(frames, None)
        filed += frame is not None
        add_kept(verifier, _agreed(number, kept, frame))
    if filed < verifier.size:
        verifier.warnings.append(f"the files hold {filed} records of the {verifier.size} in the database")


def _verify_rest(verifier: Verifier, frames: Iterator[Frame], signed: list[tuple[int, str]]) -> None:
    """What only the files have; the sealer brings it into the database."""
    for frame in frames:
        take_signed(verifier, signed)
        if frame.number != verifier.size:
            raise Tampered(verifier.size, "is missing in the files")
        add_kept(verifier, frame.data)
    for _, note in signed:
        verifier.add_checkpoint(note)


def _agreed(number: int, kept: bytes, frame: Frame | None) -> bytes:
    """The hash, where one of the two has pruned the record already."""
    if frame is None:
        return kept
    if frame.number != number or _leaf(frame.data) != _leaf(kept):
        raise Tampered(number, "differs between database and files")
    return min(kept, frame.data, key=len)


def _leaf(kept: bytes) -> bytes:
    return kept if len(kept) == HASH_BYTES else leaf_hash(kept)


async def _kept_rows(conn: Connection, store: AuditStore) -> AsyncIterator[tuple[int, bytes]]:
    """Of the database: what pruning left of the first records, then the records."""
    end = 0
    while leaves := await store.leaves(end, _FETCH):
        for left in leaves:
            if left.leaf != _leaf(left.kept):
                raise Tampered(left.seq, "its hash in the database is not its own")
            yield left.seq, left.kept
        end = leaves[-1].seq + 1
    async with conn.cursor("audit_verification", row_factory=class_row(Row)) as cursor:
        cursor.itersize = _FETCH
        await cursor.execute(SQL["all_records"])
        async for row in cursor:
            if row.leaf != leaf_hash(row.raw) or f'"id":"{row.id}"'.encode() not in row.raw:
                raise Tampered(row.seq, "its columns in the database say something else than the record")
            yield row.seq, row.raw
