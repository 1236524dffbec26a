"""What stands in the audit log, for people who may read it. Each look is itself recorded: what was looked for by the
names of the filters, what was opened by its number."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from appliance.compliance import store
from appliance.compliance.model import (
    CheckpointPage,
    Disclosure,
    DisclosurePage,
    Findings,
    LogHead,
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
from security.audit.record import Target, to_record
from security.audit.sealer import KEY_FILE
from security.audit.store import AuditStore
from security.audit.verify import keys_in
from security.errors import RecordRefused

MOST_LOOKED_AT: Final = 20_000
"""Records that one request goes through."""
LONGEST_PERIOD: Final = timedelta(days=31)
CLEAR: Final = ("pii.reveal", "pii.disclosed", "pii.shown_to_owner", "message.send")
"""What makes a personal value clear for somebody; ``pii.list`` shows them masked."""


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
        look = await self._look(who, wanted, cursor, limit, origin)
        return RecordPage(
            records=tuple(_line(raw) for raw in look.raws),
            cursor=_next(look, wanted, limit),
            looked_back_to=look.reached_ts,
        )

    async def disclosures(
        self, who: Principal, wanted: Wanted, cursor: int | None, limit: int, origin: Origin
    ) -> DisclosurePage:
        """For whom personal values were made clear, and what for; pages as those of records."""
        asked = msgspec.structs.replace(wanted, actions=CLEAR, is_done=True)
        look = await self._look(who, asked, cursor, limit, origin)
        return DisclosurePage(
            disclosures=tuple(_disclosure(raw) for raw in look.raws),
            cursor=_next(look, asked, limit),
            looked_back_to=look.reached_ts,
        )

    async def findings(self, who: Principal, since: datetime, until: datetime, origin: Origin) -> Findings:
        """How many personal values were found. InvalidInput for a period that is none, or too long."""
        if not timedelta(0) < until - since <= LONGEST_PERIOD:
            raise InvalidInput(f"a period ends after it begins, and has at most {LONGEST_PERIOD.days} days")
        async with self._db.system() as conn:
            found = await store.found(conn, since, until)
            afterwards = await store.found_afterwards(conn, since, until)
            await self._told(conn, who, origin, {"filters": "findings since until"})
        return Findings(since=since, until=until, found=tuple(found), afterwards=tuple(afterwards))

    async def _look(self, who: Principal, wanted: Wanted, cursor: int | None, limit: int, origin: Origin) -> store.Look:
        async with self._db.system() as conn:
            before = await store.newest_place(conn, wanted.until) if cursor is None else cursor
            look = await store.look_back(conn, wanted, before=before, most=MOST_LOOKED_AT, limit=limit)
            await self._told(conn, who, origin, {"filters": " ".join(wanted.named)})
        return look

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
            record=msgspec.json.decode(kept.raw),
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


def _line(raw: bytes) -> RecordLine:
    record = to_record(raw)
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


def _disclosure(raw: bytes) -> Disclosure:
    record = to_record(raw)
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
