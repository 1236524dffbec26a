"""One elected sealer's work: pending records in order, chained, into both sinks; checkpoints in time.

A record is written to the files and flushed before the database keeps it; only then are those who wait told.
"""

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec

from security.audit.append import append
from security.audit.blocking import in_thread
from security.audit.checkpoint import Checkpoint, note_hash, origin_of
from security.audit.head import SealedRow, Stamp
from security.audit.note import sign_note
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target, read_whole
from security.audit.recover import Recovered
from security.audit.segments import Segments
from security.audit.store import AuditStore, CheckpointRow, PendingRow
from security.audit.succession import Change, Keys
from security.clock import Clock
from security.errors import RecordRefused

Failpoint = Callable[[str], None]
"""Called between two steps that a crash may part; tests crash in it."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Records that were sealed together, and what each sink took."""

    records: int
    files_us: int
    database_us: int


Watch = Callable[[Batch], None]


def unwatched(_: Batch) -> None:
    """Nobody looks on."""


Publish = Callable[[str, Change], None]
"""Make the key that signs now known."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Of `batch` and `checkpoint_every` together the verifier knows: it doubts a log with a longer unsigned end."""

    batch: int = 500
    checkpoint_every: int = 1000
    checkpoint_active_s: float = 10.0
    checkpoint_idle_s: float = 3600.0
    look_s: float = 0.1
    """Only intents wake the sealer; for the rest it looks as often as this."""
    retry_s: float = 1.0


PACE = Pace()


class Shift:
    def __init__(
        self,
        store: AuditStore,
        segments: Segments,
        recovered: Recovered,
        log_id: str,
        keys: Keys,
        clock: Clock,
        pace: Pace,
        failpoint: Failpoint,
        publish: Publish,
        watch: Watch,
    ) -> None:
        self._store = store
        self._segments = segments
        self._recovered = recovered
        self._head = recovered.head
        self._signed_size = recovered.signed_size
        self._number = recovered.next_checkpoint
        self._last_note = recovered.last_note
        self._stamp = Stamp(log_id, socket.gethostname(), _boot_id())
        self._keys = keys
        self._publish = publish
        self._watch = watch
        self._clock = clock
        self._pace = pace
        self._failpoint = failpoint
        self._signed_at_s = _now_s()
        self._month = ""

    async def until(self, stop: asyncio.Event) -> None:
        await self._sign_on()
        while not stop.is_set():
            if await self._seal_batch() < self._pace.batch:
                await self._hear(stop)
            await self._checkpoint_if_due()
            await self._change_key_if_asked()
        await self._say("audit.stopped", {})
        await self._checkpoint()

    async def _sign_on(self) -> None:
        """What a crash left unsigned comes first, so that crashes in a row never add up to a long tail."""
        await self._checkpoint_if_due()
        if self._recovered.to_database or self._recovered.to_files:
            moved = {"to_database": str(self._recovered.to_database), "to_files": str(self._recovered.to_files)}
            await self._say("audit.recovered", moved)
        await self._say("audit.started", {})
        await self._checkpoint()
        await self._change_key_if_asked()

    async def _say(self, action: str, detail: dict[str, str]) -> None:
        """A record of the sealer's own, and whatever is pending before it."""
        await append(self._store.conn, [_own_event(action, self._stamp.log, detail)])
        while await self._seal_batch():
            await self._checkpoint_if_due()

    async def _seal_batch(self) -> int:
        """How many were pending, up to a batch."""
        pending = await self._store.pending(self._pace.batch)
        if not pending:
            return 0
        sealed = [self._sealed(row) for row in pending if not row.is_sealed]
        rows = [row for _, row in sealed]
        began_s = _now_s()
        if rows:
            await in_thread(self._segments.records.append, rows[0].seq, [row.raw for row in rows])
        self._failpoint("records_in_files")
        filed_s = _now_s()
        await self._store.seal(rows, [row.id for row in pending])
        self._failpoint("records_in_database")
        if rows:
            self._watch(Batch(records=len(rows), files_us=_us(filed_s - began_s), database_us=_us(_now_s() - filed_s)))
        if change := self._keys.begun_in([event for event, _ in sealed], self._stamp.log):
            await self._finish_key_change(change)
        return len(pending)

    def _sealed(self, row: PendingRow) -> tuple[AuditEvent, SealedRow]:
        """Nothing that is pending is ever lost or in the way: what fits no record is sealed by its hash."""
        try:
            if row.is_known:
                raise RecordRefused("the log holds another record with this id")
            event = read_whole(row.event)
            self._keys.refuse_strange_change(event, self._stamp.log)
            return event, self._head.seal(event, row.ts, self._stamp)
        except RecordRefused:
            event = self._malformed(row)
            return event, self._head.seal(event, row.ts, self._stamp)

    def _malformed(self, row: PendingRow) -> AuditEvent:
        detail = {"id": str(row.id), "sha256": hashlib.sha256(row.event.encode()).hexdigest()}
        event = _own_event("audit.malformed", self._stamp.log, detail)
        return event if row.is_known else msgspec.structs.replace(event, id=row.id)

    async def _checkpoint_if_due(self) -> None:
        if self._due_in_s() <= 0:
            await self._checkpoint()

    async def _checkpoint(self) -> None:
        checkpoint = Checkpoint(
            origin=origin_of(self._stamp.log),
            size=self._head.size,
            root=self._head.frontier.root(),
            chain=self._head.chain,
            ts=self._clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            prev=self._last_note,
        )
        note = sign_note(checkpoint.text(), checkpoint.origin, self._keys.signer)
        await in_thread(self._segments.checkpoints.append, self._number, [note.encode()])
        self._failpoint("checkpoint_in_files")
        row = CheckpointRow(self._number, checkpoint.size, note, self._head.frontier.to_bytes())
        await self._store.insert_checkpoint(row, self._clock.now())
        self._failpoint("checkpoint_in_database")
        self._close_month(checkpoint.ts)
        self._number += 1
        self._last_note = note_hash(note)
        self._signed_size = checkpoint.size
        self._signed_at_s = _now_s()

    def _close_month(self, ts: str) -> None:
        """With a month ends a file: what is pruned later is whole files up to a signed checkpoint."""
        month = ts[:7]
        if self._month not in ("", month):
            self._segments.records.close()
        self._month = month

    async def _change_key_if_asked(self) -> None:
        event = self._keys.event(self._stamp.log)
        if event is None:
            return
        await append(self._store.conn, [event])
        while await self._seal_batch():
            await self._checkpoint_if_due()

    async def _finish_key_change(self, change: Change) -> None:
        """No checkpoint may come between the record and here: the next one must carry the new key's signature."""
        self._failpoint("key_change_in_log")
        self._keys.take_over()
        await self._checkpoint()
        await in_thread(self._publish, change.new, change)
        self._failpoint("key_change_published")
        self._keys.promote()

    def _due_in_s(self) -> float:
        unsigned = self._head.size - self._signed_size
        if unsigned >= self._pace.checkpoint_every:
            return 0.0
        interval_s = self._pace.checkpoint_active_s if unsigned else self._pace.checkpoint_idle_s
        return self._signed_at_s + interval_s - _now_s()

    async def _hear(self, stop: asyncio.Event) -> None:
        """Until an intent is appended, or it is time to look, to sign or to stop."""
        heard = asyncio.ensure_future(self._next_notification(max(min(self._due_in_s(), self._pace.look_s), 0.0)))
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({heard, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            heard.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heard

    async def _next_notification(self, timeout_s: float) -> None:
        async for _ in self._store.conn.notifies(timeout=timeout_s, stop_after=1):
            pass


async def wait(stop: asyncio.Event, timeout_s: float) -> bool:
    """Whether it is time to stop; False after the timeout."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), timeout_s)
    return stop.is_set()


def _own_event(action: str, log_id: str, detail: dict[str, str]) -> AuditEvent:
    return AuditEvent(
        actor=Actor(type=ActorType.SERVICE, id="audit.sealer"),
        cat=Category.AUDIT,
        action=action,
        object=Target(type="log", id=log_id),
        outcome=Outcome.SUCCESS,
        detail=detail,
    )


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _us(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
