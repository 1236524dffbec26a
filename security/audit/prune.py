"""Takes old records out of both sinks and keeps their hashes, so that every proof about the log still works.

Refuses what is younger than the law allows, what two different people have not approved, and anything that the log
itself does not say first. Each step may be the last before a crash; `finish` goes on from there.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from psycopg.rows import tuple_row

from security.audit.append import SQL
from security.audit.checkpoint import parse_checkpoint
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Outcome, Target, to_record
from security.audit.segments import LEAVES, RECORDS, SegmentFile, end_of, starts_of
from security.audit.store import AuditStore
from security.audit.verify import KEY_CHANGE, PRUNE, SHORTEST_RETENTION
from security.errors import PruningRefused
from security.sql import Connection

LONG_RETENTION = timedelta(days=3 * 365 + 1)
"""Of money, people's rights and what was allowed to whom."""
LONG_KEPT = (Category.MONEY, Category.RIGHTS, Category.POLICY)
_BATCH = 500
_TWO = 2


class Bound(NamedTuple):
    """The end of what may go: a signed checkpoint at which a file of records begins."""

    pruned: int
    """Where pruning had come to before."""
    next: int
    root: bytes
    ts: str


class Approval(NamedTuple):
    """People by the ids of their accounts. That they approved is checked where they are known, not here."""

    approved_by: str
    seconded_by: str
    """Another person."""
    export_sha256: str
    """Of the whole log as it was exported and verified just before."""
    pruned_by: str

    def refuse_alone(self) -> None:
        if len({self.approved_by.strip(), self.seconded_by.strip()} - {""}) < _TWO:
            raise PruningRefused("pruning needs the approval of two different people")


async def find_bound(conn: Connection, directory: Path, older_than: timedelta, now: datetime) -> Bound | None:
    """How far the log may be pruned now; None if nothing is old enough. PruningRefused says what stands against it."""
    if older_than < SHORTEST_RETENTION:
        raise PruningRefused(f"records are kept for at least {SHORTEST_RETENTION.days} days")
    store = AuditStore(conn)
    pruned, starts = await store.pruned(), set(starts_of(directory, RECORDS))
    found = None
    for _, size, note in await store.notes(0):
        checkpoint = parse_checkpoint(note.partition("\n\n")[0] + "\n")
        if size > pruned and size in starts and now - datetime.fromisoformat(checkpoint.ts) >= older_than:
            found = Bound(pruned, size, checkpoint.root, checkpoint.ts)
    if found is not None and await _young(conn, found.next, now - LONG_RETENTION):
        raise PruningRefused("records of money, rights or policies are kept for three years; prune what is older")
    return found


def intent(log_id: str, bound: Bound, approval: Approval) -> AuditEvent:
    """What must be sealed before anything goes."""
    approval.refuse_alone()
    return _event(
        log_id,
        bound.next,
        Kind.INTENT,
        Outcome.PENDING,
        {
            "from": str(bound.pruned),
            "next": str(bound.next),
            "root": bound.root.hex(),
            "until": bound.ts,
            "approved_by": approval.approved_by.strip(),
            "seconded_by": approval.seconded_by.strip(),
            "export_sha256": approval.export_sha256,
            "pruned_by": approval.pruned_by,
        },
    )


def request_of(size: int) -> str:
    """What intent and outcome of one pruning have in common."""
    return f"prune-{size}"


def outcome(log_id: str, size: int, records: int) -> AuditEvent:
    return _event(log_id, size, Kind.OUTCOME, Outcome.SUCCESS, {"records": str(records)})


async def finish(conn: Connection, owner: Connection, directory: Path) -> int:
    """Do what the sealed intent says, or the rest of it; how many records went from the database.

    ``owner`` is of the owner of the tables, who alone may take records out. The log must have been compared with its
    files before: what the database says alone may have been put there.

    Hashes into the files first, then the rows, then the files of records: whoever reads meanwhile finds each
    record or its hash. The connection commits each statement.
    """
    store = AuditStore(conn)
    bound = await store.prunable()
    await _keep_leaves(store, directory, bound)
    taken = 0
    while count := await AuditStore(owner).prune(_BATCH):
        taken += count
    _remove_files(directory, bound)
    return taken


async def _keep_leaves(store: AuditStore, directory: Path, bound: int) -> None:
    file, end = SegmentFile(directory, LEAVES), end_of(directory, LEAVES)
    try:
        while end < bound:
            kept = await _kept(store, end, bound)
            if not kept:
                raise PruningRefused("records before the bound are neither there nor pruned; verify the log")
            file.append(end, kept)
            end += len(kept)
    finally:
        file.close()


async def _kept(store: AuditStore, start: int, bound: int) -> Sequence[bytes]:
    limit = min(_BATCH, bound - start)
    if leaves := await store.leaves(start, limit):
        return [row.kept for row in leaves]
    return [
        row.raw if to_record(row.raw).action == KEY_CHANGE else row.leaf for row in await store.records(start, limit)
    ]


def _remove_files(directory: Path, bound: int) -> None:
    """Oldest first, so that a crash leaves no hole."""
    starts = starts_of(directory, RECORDS)
    ends = [*starts[1:], bound + 1]
    for start, end in zip(starts, ends, strict=True):
        if end > bound:
            return
        for path in sorted(directory.glob(f"{start:020d}.*.{RECORDS}")):
            path.unlink()


async def _young(conn: Connection, bound: int, cutoff: datetime) -> int:
    values = {
        "bound": bound,
        "cutoff": cutoff.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "categories": [str(category) for category in LONG_KEPT],
    }
    cursor = conn.cursor(row_factory=tuple_row)
    row = await (await cursor.execute(SQL["young_records_of_long_keeping"], values)).fetchone()
    return int(row[0]) if row else 0


def _event(log_id: str, size: int, kind: Kind, result: Outcome, detail: dict[str, str]) -> AuditEvent:
    return AuditEvent(
        actor=Actor(type=ActorType.SERVICE, id="audit.prune"),
        cat=Category.AUDIT,
        action=PRUNE,
        object=Target(type="log", id=log_id),
        outcome=result,
        kind=kind,
        req=request_of(size),
        detail=detail,
    )
