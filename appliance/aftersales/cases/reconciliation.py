"""Compares what the appliance believes of its writes with what the order system has, and settles what can be settled.

Each settled operation is compared by itself once, some time after its end, then every hour while its case is open, and
on demand as often as somebody asks. A difference is never repaired by itself: it becomes a work order, and while it
stands its order is compared every time. What a person has in hand and the order system turns out to have done is
settled, and a case whose events were lost follows to where the order system says that it stands.
"""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from appliance.aftersales.cases import settlement, store
from appliance.aftersales.cases.comparing import Ended, compare, differs, has_gone_on, shown_in, written_twice
from appliance.aftersales.cases.differences import Difference, DifferenceKind, Differences, Gone, Looked, Noted
from appliance.aftersales.cases.model import OperationState, Progress
from appliance.aftersales.cases.own_word import OwnWord
from appliance.aftersales.cases.port import AuditTrail, OrderSystems, Transactions
from appliance.aftersales.cases.records import EXECUTOR, reconciled
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.orders.model import CaseReceipt, Order, Record
from appliance.aftersales.orders.port import CannotFind, OrderSystem
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db import Connection
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import OperationId, OrderId, ShopId, uuid7
from appliance.paging import page_of, place_of
from security.audit.record import Actor

_log = logging.getLogger(__name__)

PERIOD = timedelta(days=2)
REST = timedelta(seconds=30)
"""An operation that has ended just now is not compared yet."""
AT_ONCE = 500
FOLLOWED_EVERY = timedelta(hours=1)
"""An open case is looked at so often again: its events may be lost, and not every order system pushes any."""
FOLLOWED_FOR = timedelta(days=60)
"""After this an open case is people's."""
FOLLOWED_AT_ONCE = 200
MOST_UNREAD = 3
"""So many orders that cannot be read mean that the order system is away."""


class Look(Record, frozen=True):
    """Which operations a run compares: by itself what was not compared yet, on demand all of a period, in pages."""

    period: timedelta = PERIOD
    again: bool = False
    """Also what was compared before."""
    cursor: str | None = None
    limit: int = AT_ONCE
    actor: Actor = EXECUTOR


_BY_ITSELF: Final = Look()


class Report(Record, frozen=True, kw_only=True):
    shop_id: ShopId
    compared: int
    settled: int
    """Operations that people had in hand, and cases that had gone on unheard."""
    differences: tuple[Noted, ...]
    """That stand now, each with the work order that is about it."""
    gone: tuple[Gone, ...] = ()
    """That stood until now."""
    is_complete: bool
    """False: the order system stopped answering; the rest is compared next time."""
    cursor: str | None = None
    """Where the next page begins; None: this was the last."""


class _Seen(msgspec.Struct):
    """What a run has found so far."""

    compared: list[OperationId] = []
    orders: list[OrderId] = []
    differences: list[Difference] = []
    settled: int = 0
    unread: int = 0
    is_complete: bool = True


class Reconciliation:
    def __init__(
        self,
        *,
        db: Transactions,
        systems: OrderSystems,
        audit: AuditTrail,
        settlements: Settlements,
        cases: CaseService,
        clock: Clock,
        work: WorkOrders,
    ) -> None:
        self._db = db
        self._systems = systems
        self._audit = audit
        self._settlements = settlements
        self._cases = cases
        self._clock = clock
        self._differences = Differences(work, clock)
        self._own_word = OwnWord(db, settlements, clock)
        self._unread: set[tuple[ShopId, OrderId]] = set()
        """The last time; they come after all others, so that they keep nobody waiting for good."""

    async def reconcile_all(self) -> list[Report]:
        """Every shop that has something to compare."""
        since = self._clock.now() - PERIOD
        async with self._db.system() as conn:
            values = _stale(self._clock.now()) | {"since": since}
            found = await store.rows(conn, "shops_to_reconcile", values)
        return [await self.reconcile(ShopId(row["shop_id"])) for row in found]

    async def reconcile(self, shop: ShopId, look: Look = _BY_ITSELF) -> Report:
        """Compare one page of a shop's operations. What is different is noted, what is gone is noted too."""
        ended, cursor = await self._ended(shop, look)
        seen = _Seen()
        try:
            await self._compare(shop, ended, seen)
        except OrderSystemUnavailable:
            _log.warning("reconciliation.broken_off", extra={"shop_id": shop})
            seen.is_complete, cursor = False, look.cursor
        seen.compared = [one.operation_id for one in ended if one.order_id in seen.orders and not _is_in_hand(one)]
        return await self._keep(shop, look, seen, cursor)

    async def _compare(self, shop: ShopId, ended: tuple[Ended, ...], seen: _Seen) -> None:
        system = self._systems.of(shop)
        for one in ended:
            await self._look_for(shop, system, one, seen)
        by_key = {str(one.operation_id): one for one in ended}
        orders = dict.fromkeys(one.order_id for one in ended)
        for order_id in sorted(orders, key=lambda each: (shop, each) in self._unread):
            try:
                await self._look_into(shop, system, order_id, by_key, seen)
            except OrderSystemUnavailable:
                self._unread.add((shop, order_id))
                seen.unread += 1
                if seen.unread >= MOST_UNREAD:
                    raise
                continue
            self._unread.discard((shop, order_id))
            seen.orders.append(order_id)
        seen.is_complete = not seen.unread

    async def _look_for(self, shop: ShopId, system: OrderSystem, one: Ended, seen: _Seen) -> None:
        """By its key. Where no key can be looked for, its order alone must tell."""
        try:
            found = await system.find_operation(one.operation_id)
        except CannotFind:
            return
        if _is_in_hand(one):
            seen.settled += await self._settle(shop, one, found)
        elif kind := compare(one, found):
            seen.differences.append(_difference(kind, one))

    async def _ended(self, shop: ShopId, look: Look) -> tuple[tuple[Ended, ...], str | None]:
        now = self._clock.now()
        after_at, after_id = place_of(look.cursor) if look.cursor else (None, None)
        values = {
            "shop": shop,
            "since": now - look.period,
            "until": now - REST,
            "again": look.again,
            "after_at": after_at,
            "after_id": after_id,
            "limit": look.limit + 1,
        }
        async with self._db.transaction(shop) as conn:
            found = [msgspec.convert(row, Ended) for row in await store.rows(conn, "to_reconcile", values)]
            page, cursor = page_of(found, look.limit, lambda one: (one.accepted_at, one.operation_id))
            if look.again:
                return page, cursor
            values = _stale(now) | {"shop": shop, "limit": FOLLOWED_AT_ONCE}
            followed = [msgspec.convert(row, Ended) for row in await store.rows(conn, "to_follow", values)]
        known = {one.operation_id for one in page}
        return (*page, *(one for one in followed if one.operation_id not in known)), cursor

    async def _settle(self, shop: ShopId, ended: Ended, found: CaseReceipt | None) -> int:
        """What a person was to find out: 1 if the order system has it after all."""
        if found is None:
            return 0
        async with self._db.transaction(shop) as conn:
            claimed = await store.take_up(conn, shop, ended.operation_id)
        if claimed is None:
            return 0
        kept = self._settlements.masked(found, {})
        await self._settlements.end(claimed, settlement.succeeded(claimed, kept))
        return 1

    async def _look_into(
        self, shop: ShopId, system: OrderSystem, order_id: OrderId, by_key: dict[str, Ended], seen: _Seen
    ) -> None:
        """What the order itself shows. One that is gone shows nothing."""
        at = self._clock.now()
        try:
            order = await system.order(order_id)
        except NotFound:
            return
        seen.settled += await self._own_word.heard(shop, order)
        own = [one for one in by_key.values() if one.order_id == order_id and one.state is OperationState.SUCCEEDED]
        seen.differences += [_difference(kind, one) for one in own if (kind := differs(one, order))]
        seen.settled += sum([await self._follow(shop, order, one, at) for one in own])
        seen.differences += await self._strangers(shop, order, by_key)

    async def _follow(self, shop: ShopId, order: Order, ended: Ended, at: datetime) -> bool:
        """``at``: before the order was read, so that a word that came meanwhile is the newer one."""
        shown = shown_in(order, ended)
        if shown is None or not has_gone_on(ended, shown):
            return False
        word = Progress(
            event_id=f"reconciled/{uuid7()}",
            at=at,
            order_id=order.order_id,
            case_id=shown.case_id,
            status=shown.status,
            operation_id=ended.operation_id,
            stage=shown.stage,
            expected_at=shown.expected_at,
        )
        async with self._db.transaction(shop) as conn:
            await self._cases.apply_progress(conn, shop=shop, progress=word)
        return True

    async def _strangers(self, shop: ShopId, order: Order, by_key: dict[str, Ended]) -> list[Difference]:
        """Cases of the order under keys that were used twice or are unknown here."""
        twice = written_twice(order, set(by_key))
        return [
            *(_difference(DifferenceKind.WRITTEN_TWICE, by_key[key]) for key in sorted(twice)),
            *(
                Difference(kind=DifferenceKind.UNKNOWN_TO_US, operation_id=key, order_id=order.order_id)
                for key in await self._unknown(shop, order)
            ),
        ]

    async def _unknown(self, shop: ShopId, order: Order) -> list[str]:
        keys = sorted({case.operation_id for case in order.cases if case.operation_id and _is_ours(case.operation_id)})
        if not keys:
            return []
        async with self._db.transaction(shop) as conn:
            known = await store.rows(conn, "known_operations", {"shop": shop, "operation_ids": keys})
        return [key for key in keys if key not in {row["operation_id"] for row in known}]

    async def _keep(self, shop: ShopId, look: Look, seen: _Seen, cursor: str | None) -> Report:
        looked = Looked(operation_ids=tuple(seen.compared), order_ids=tuple(seen.orders))
        async with self._db.transaction(shop) as conn:
            values = {"shop": shop, "operation_ids": seen.compared, "now": self._clock.now()}
            await store.execute(conn, "mark_reconciled", values)
            gone = await self._differences.note_gone(conn, shop, looked, seen.differences)
            noted = [await self._differences.note(conn, shop, each) for each in seen.differences]
            report = Report(
                shop_id=shop,
                compared=len(seen.compared),
                settled=seen.settled,
                differences=tuple(noted),
                gone=gone,
                is_complete=seen.is_complete,
                cursor=cursor,
            )
            if look.again or seen.compared or seen.differences:
                await self._say(conn, look.actor, report)
        return report

    async def _say(self, conn: Connection, actor: Actor, report: Report) -> None:
        summary = {
            "compared": str(report.compared),
            "settled": str(report.settled),
            "differences": str(len(report.differences)),
            "gone": str(len(report.gone)),
        }
        record = reconciled(report.shop_id, actor, summary, is_equal=report.is_complete and not report.differences)
        await self._audit.append(conn, [record])
        _log.info("reconciliation.done", extra={"shop_id": report.shop_id, **summary})


def _is_in_hand(one: Ended) -> bool:
    """A person's: it is looked for until it is settled."""
    return one.state is OperationState.HANDED_OVER


def _stale(now: datetime) -> dict[str, datetime]:
    return {"stale": now - FOLLOWED_EVERY, "oldest": now - FOLLOWED_FOR}


def _is_ours(key: str) -> bool:
    """Other systems make cases too, under keys of their own; ours are UUIDv7."""
    try:
        return UUID(key).version == 7
    except ValueError:
        return False


def _difference(kind: DifferenceKind, ended: Ended) -> Difference:
    return Difference(
        kind=kind,
        operation_id=str(ended.operation_id),
        order_id=ended.order_id,
        case_id=ended.case_id,
        conversation_id=ended.conversation_id,
    )
