"""What stands in the audit log, for people who may read it. Each look is itself recorded: what was looked for by the
names of the filters, what was opened by its number."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.clock import SHANGHAI
from appliance.compliance import store
from appliance.compliance.model import (
    AfterwardsCount,
    CheckpointPage,
    Disclosure,
    DisclosurePage,
    Findings,
    LogHead,
    PastCheck,
    RecordLine,
    RecordPage,
    RecordView,
    Wanted,
)
from appliance.db import Connection, Database
from appliance.errors import InvalidInput, NotFound, Unavailable
from appliance.identity.staff_deeds import Deeds
from security.access import records
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.audit import proofs
from security.audit.append import append
from security.audit.record import Actor, ActorType, Outcome, Record, Target, to_record
from security.audit.sealer import KEY_FILE
from security.audit.store import AuditStore
from security.audit.verify import keys_in
from security.errors import RecordRefused

MOST_LOOKED_AT: Final = 20_000
"""Records that one request goes through."""
MOST_CHECKS: Final = 5
LONGEST_PERIOD: Final = timedelta(days=31)
CLEAR: Final = ("pii.reveal", "pii.disclosed", "pii.shown_to_owner", "message.send", "recording.play")
"""What makes a personal value clear for somebody, or a voice; ``pii.list`` shows them masked."""


class AuditExplorer:
    def __init__(self, db: Database, deeds: Deeds, directory: Path) -> None:
        """``directory``: of the second sink, where the public keys lie."""
        self._db = db
        self._deeds = deeds
        self._directory = directory
        self._proving = asyncio.Lock()
        """A proof reads every hash of the log: one at a time."""

    async def page(self, who: Principal, wanted: Wanted, cursor: int | None, limit: int, origin: Origin) -> RecordPage:
        """The newest first; ``cursor``: the number before which this page begins."""
        async with self._db.system() as conn:
            before = await store.newest_place(conn, wanted.until) if cursor is None else cursor
            look = await store.look_back(conn, wanted, before=before, most=MOST_LOOKED_AT, limit=limit)
            await self._told(conn, who, origin, {"filters": " ".join(wanted.named)})
        read, unreadable = _read(zip(look.seqs, look.raws, strict=True))
        return RecordPage(
            records=tuple(map(_line, read)),
            unreadable=unreadable,
            cursor=_next(look, wanted, limit),
            looked_back_to=look.reached_ts,
        )

    async def disclosures(
        self, who: Principal, wanted: Wanted, cursor: int | None, limit: int, origin: Origin
    ) -> DisclosurePage:
        """For whom personal values were made clear, and what for: the newest first."""
        async with self._db.system() as conn:
            found = await store.disclosures(conn, wanted, CLEAR, cursor, limit + 1)
            await self._told(conn, who, origin, {"filters": " ".join(["disclosures", *wanted.named])})
        shown, unreadable = _read(found[:limit])
        return DisclosurePage(
            disclosures=tuple(map(_disclosure, shown)),
            unreadable=unreadable,
            cursor=found[limit - 1].seq if len(found) > limit else None,
        )

    async def findings(self, who: Principal, since: datetime, until: datetime, origin: Origin) -> Findings:
        """How many personal values were found. InvalidInput for a period that is none, or too long."""
        if not timedelta(0) < until - since <= LONGEST_PERIOD:
            raise InvalidInput(f"a period ends after it begins, and has at most {LONGEST_PERIOD.days} days")
        async with self._db.system() as conn:
            found = await store.found(conn, since, until)
            told, unreadable = _read(await store.found_afterwards(conn, since, until))
            await self._told(conn, who, origin, {"filters": "findings since until"})
        return Findings(since=since, until=until, found=tuple(found), afterwards=_counted(told), unreadable=unreadable)

    async def past_checks(self) -> Sequence[PastCheck]:
        """The newest first: whoever comes next sees what the last one found."""
        async with self._db.system() as conn:
            rows = await store.past_checks(conn, MOST_CHECKS)
        told, unreadable = _read(rows)
        return sorted([*map(_past, told), *map(_edited, unreadable)], key=lambda each: each.seq, reverse=True)

    async def record(self, who: Principal, place: str, origin: Origin) -> RecordView:
        """By its number or its id. NotFound for one that is not there, or of which only the hash is kept."""
        async with self._db.system() as conn:
            with _naming():
                kept = await store.one(conn, place)
            if kept is None:
                raise NotFound("no such record, or it was pruned and only its hash is kept")
            latest = await AuditStore(conn).latest_checkpoint()
            await self._told(conn, who, origin, {"record": str(kept.seq)})
        return RecordView(
            seq=kept.seq,
            leaf=kept.leaf.hex(),
            is_signed=latest is not None and kept.seq < latest.size,
            record=_tree(kept.raw),
        )

    async def proof(self, who: Principal, place: str, origin: Origin) -> str:
        """A C2SP tlog-proof of one record. NotFound where no signed checkpoint covers it."""
        async with self._proving, self._db.system() as conn:
            with _naming():
                text = await proofs.inclusion(conn, place)
            await self._told(conn, who, origin, {"proof": place})
        return text

    async def checkpoints(self, cursor: int | None, limit: int) -> CheckpointPage:
        async with self._db.system() as conn:
            found = await store.checkpoints(conn, cursor, limit + 1)
        shown = found[:limit]
        return CheckpointPage(checkpoints=tuple(shown), cursor=shown[-1].number if len(found) > limit else None)

    async def head(self) -> LogHead:
        async with self._db.system() as conn:
            log = AuditStore(conn)
            waiting, longest_wait_s = await store.waiting(conn)
            latest = await store.checkpoints(conn, None, 1)
            return LogHead(
                log_id=await log.log_id(),
                size=await log.size(),
                pruned=await log.pruned(),
                waiting=waiting,
                longest_wait_s=longest_wait_s,
                checkpoint=latest[0] if latest else None,
                keys=self._keys(),
            )

    def _keys(self) -> tuple[str, ...]:
        try:
            return tuple(keys_in((self._directory / KEY_FILE).read_text(encoding="ascii")))
        except (OSError, ValueError) as away:
            raise Unavailable("the log's public key cannot be read: run 'appliance doctor'") from away

    async def _told(self, conn: Connection, who: Principal, origin: Origin, detail: Mapping[str, str]) -> None:
        thing = Target(type="audit_log", id="this")
        await append(conn, [records.record(Deed.AUDIT_READ, records.actor_of(who), thing, origin, detail=detail)])


@contextmanager
def _naming() -> Iterator[None]:
    """What names no record, or none that can be shown."""
    try:
        yield
    except RecordRefused as refused:
        raise NotFound(str(refused)) from refused


def _read(rows: Iterable[tuple[int, bytes]]) -> tuple[list[Record], tuple[int, ...]]:
    """What is a record, and the numbers of what is none any more."""
    read: list[Record] = []
    unreadable: list[int] = []
    for seq, raw in rows:
        try:
            read.append(to_record(raw))
        except RecordRefused:
            unreadable.append(seq)
    return read, tuple(unreadable)


def _tree(raw: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _line(record: Record) -> RecordLine:
    return RecordLine(
        seq=int(record.seq),
        id=record.id,
        ts=record.ts,
        cat=record.cat,
        action=record.action,
        kind=record.kind,
        outcome=record.outcome,
        actor=record.actor,
        object=record.object,
        tenant=record.tenant,
        reason=record.reason,
        req=record.req,
    )


def _past(record: Record) -> PastCheck:
    return PastCheck(
        seq=int(record.seq),
        ts=record.ts,
        actor=record.actor,
        outcome=record.outcome,
        records=_number(record.detail.get("records")),
        first_bad=_number(record.detail.get("first_bad")),
    )


def _edited(seq: int) -> PastCheck:
    """The record of a check that is none any more is itself what is bad."""
    nobody = Actor(type=ActorType.SERVICE, id="unknown")
    return PastCheck(seq=seq, ts="", actor=nobody, outcome=Outcome.FAILURE, records=None, first_bad=seq)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _counted(told: Iterable[Record]) -> tuple[AfterwardsCount, ...]:
    """By day and kind, the newest day first."""
    counts = Counter(
        (datetime.fromisoformat(record.ts).astimezone(SHANGHAI).date(), type_)
        for record in told
        for type_ in record.detail.get("types", "").split(",")
    )
    ordered = sorted(counts.items(), key=lambda each: (-each[0][0].toordinal(), each[0][1]))
    return tuple(AfterwardsCount(day=day, type=type_, times=times) for (day, type_), times in ordered)


def _disclosure(record: Record) -> Disclosure:
    detail = record.detail
    return Disclosure(
        seq=int(record.seq),
        ts=record.ts,
        action=record.action,
        outcome=record.outcome,
        actor=record.actor,
        object=record.object,
        shop=record.tenant,
        purpose=record.reason,
        what=detail.get("placeholder") or detail.get("placeholders") or detail.get("fields", ""),
        note=detail.get("note", ""),
    )


def _next(look: store.Look, wanted: Wanted, limit: int) -> int | None:
    """A full page goes on after its last record, any other after the last that was looked at."""
    if len(look.raws) == limit:
        return look.last or None
    since = store.as_written(wanted.since)
    is_past = since is not None and look.reached_ts is not None and look.reached_ts < since
    return None if is_past else look.reached or None
