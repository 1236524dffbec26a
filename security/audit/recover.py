"""After any crash: the head of the log again, from whichever sink knows more, and both sinks equal.

Records go to the files first, so a crash leaves the files ahead; a lost volume leaves the database ahead. Either is
brought up from the other, and the log says so. Contradiction is never repaired: AuditCorrupt, and nothing is sealed.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from security.audit.blocking import in_thread
from security.audit.checkpoint import FIRST, Checkpoint, note_hash, parse_checkpoint
from security.audit.head import Head, SealedRow
from security.audit.merkle import Frontier, leaf_hash
from security.audit.note import VerifierKey, opened_by_any
from security.audit.record import to_record
from security.audit.segments import CHECKPOINTS, LEAVES, RECORDS, Segments
from security.audit.store import AuditStore, CheckpointRow
from security.audit.verify import Frame, Tampered, read_frames
from security.errors import AuditCorrupt, RecordRefused

_BATCH = 500


class Recovered(NamedTuple):
    head: Head
    signed_size: int
    next_checkpoint: int
    last_note: str
    """SHA-256 of the last checkpoint's note, hex."""
    to_database: int
    """How many records only the files had."""
    to_files: int
    """How many records only the database had."""


class Recovery:
    """Used once, by the elected sealer, before it seals anything."""

    def __init__(
        self, store: AuditStore, segments: Segments, keys: Sequence[VerifierKey], log_id: str, now: datetime
    ) -> None:
        """`keys`: the one that signs, and its successor while they change over."""
        self._store = store
        self._segments = segments
        self._keys = keys
        self._log_id = log_id
        self._now = now
        self._head = Head()
        self._number, self._note, self._signed_size = -1, FIRST, 0
        self._tail: list[bytes] = []
        """Leaf hashes of the database's records after its last checkpoint."""

    async def run(self) -> Recovered:
        try:
            return await self._recovered()
        except Tampered as error:
            raise AuditCorrupt(str(error)) from error

    async def _recovered(self) -> Recovered:
        latest = await self._store.latest_checkpoint()
        if latest:
            self._start_at(latest)
        base = self._head.size
        waiting = await in_thread(self._unknown_notes)
        await self._fold_database(waiting)
        to_files = await self._bring_up_files()
        to_database = await self._bring_up_database(base, waiting)
        await self._bring_up_notes()
        if waiting:
            raise AuditCorrupt(
                f"a signed checkpoint counts {waiting[0][1].size} records, the log has {self._head.size}"
            )
        return Recovered(self._head, self._signed_size, self._number + 1, self._note, to_database, to_files)

    def _start_at(self, latest: CheckpointRow) -> None:
        checkpoint = parse_checkpoint(opened_by_any(latest.note, self._keys))
        frontier = Frontier.from_bytes(latest.size, latest.frontier)
        if (checkpoint.size, checkpoint.root) != (frontier.size, frontier.root()):
            raise AuditCorrupt(f"checkpoint {latest.number} in the database is not what was signed")
        self._head = Head(frontier, checkpoint.chain)
        self._number, self._note, self._signed_size = latest.number, note_hash(latest.note), latest.size

    def _unknown_notes(self) -> list[tuple[str, Checkpoint]]:
        """Checkpoints that only the files have, oldest first."""
        found = []
        for frame in read_frames(self._segments.directory, CHECKPOINTS, max(self._number, 0)):
            note = frame.data.decode()
            if frame.number > self._number:
                found.append((note, parse_checkpoint(opened_by_any(note, self._keys))))
            elif note_hash(note) != self._note:
                raise AuditCorrupt(f"checkpoint {frame.number} differs between database and files")
        return found

    async def _fold_database(self, waiting: list[tuple[str, Checkpoint]]) -> None:
        await self._keep_due(waiting)
        while rows := await self._store.records(self._head.size, _BATCH):
            for row in rows:
                taken = self._next(row.seq, row.raw)
                if (row.leaf, row.id) != (taken.leaf, taken.id):
                    raise AuditCorrupt(f"record {row.seq} in the database was changed")
                self._tail.append(taken.leaf)
                await self._keep_due(waiting)

    async def _bring_up_files(self) -> int:
        await self._bring_up_leaves()
        end = max(await in_thread(self._segments.end, RECORDS), await self._store.pruned())
        missing = max(self._head.size - end, 0)
        while end < self._head.size:
            rows = await self._store.records(end, _BATCH)
            await in_thread(self._segments.records.append, end, [row.raw for row in rows])
            end += len(rows)
        return missing

    async def _bring_up_leaves(self) -> None:
        end = await in_thread(self._segments.end, LEAVES)
        while rows := await self._store.leaves(end, _BATCH):
            await in_thread(self._segments.leaves.append, end, [row.kept for row in rows])
            end += len(rows)

    async def _bring_up_database(self, base: int, waiting: list[tuple[str, Checkpoint]]) -> int:
        known = self._head.size
        rows: list[SealedRow] = []
        async for frame in _frames(self._segments.directory, base):
            if frame.number < known:
                if leaf_hash(frame.data) != self._tail[frame.number - base]:
                    raise AuditCorrupt(f"record {frame.number} differs between database and files")
                continue
            rows.append(self._next(frame.number, frame.data))
            is_due = bool(waiting) and waiting[0][1].size == self._head.size
            if is_due or len(rows) == _BATCH:
                await self._seal(rows)
                rows = []
                await self._keep_due(waiting)
        if rows:
            await self._seal(rows)
        return self._head.size - known

    async def _seal(self, rows: list[SealedRow]) -> None:
        await self._store.seal(rows, [row.id for row in rows])

    async def _bring_up_notes(self) -> None:
        end = await in_thread(self._segments.end, CHECKPOINTS)
        missing = [note.encode() for _, _, note in await self._store.notes(end)]
        if missing:
            await in_thread(self._segments.checkpoints.append, end, missing)

    async def _keep_due(self, waiting: list[tuple[str, Checkpoint]]) -> None:
        while waiting and waiting[0][1].size == self._head.size:
            note, checkpoint = waiting.pop(0)
            if checkpoint.root != self._head.frontier.root() or checkpoint.prev != self._note:
                raise AuditCorrupt(f"a checkpoint over {checkpoint.size} records in the files does not fit the log")
            self._number, self._note, self._signed_size = self._number + 1, note_hash(note), checkpoint.size
            row = CheckpointRow(self._number, checkpoint.size, note, self._head.frontier.to_bytes())
            await self._store.insert_checkpoint(row, self._now)

    def _next(self, number: int, raw: bytes) -> SealedRow:
        try:
            record = to_record(raw)
        except RecordRefused as error:
            raise AuditCorrupt(f"record {number} cannot be read: {error}") from error
        if record.log != self._log_id:
            raise AuditCorrupt(f"record {number} belongs to log {record.log}; this installation's is {self._log_id}")
        if (record.seq, record.prev) != (str(self._head.size), self._head.chain) or number != self._head.size:
            raise AuditCorrupt(f"record {number} does not follow the record before it")
        return self._head.take(raw, record.id)


async def _frames(directory: Path, start: int) -> AsyncIterator[Frame]:
    """Of records, from number `start` on."""
    frames = read_frames(directory, RECORDS, start)
    while some := await in_thread(list, islice(frames, _BATCH)):
        for frame in some:
            yield frame
