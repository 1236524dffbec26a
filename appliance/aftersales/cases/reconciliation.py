"""Compares what the appliance believes of its writes with what the order system has, and settles what can be settled.

Each settled operation is compared once, some time after its end. A difference is never repaired by itself: it becomes
a work order. What a person has in hand and the order system turns out to have done is settled.
"""

import logging
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from appliance.aftersales.cases import settlement, store
from appliance.aftersales.cases.model import OperationState
from appliance.aftersales.cases.port import AuditTrail, OrderSystems, Transactions
from appliance.aftersales.cases.records import reconciled
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.orders.model import CaseReceipt, CaseRequest, Order, Record
from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.work.model import Opening, WorkOrderKind
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import ConversationId, OperationId, OrderId, ShopId

_log = logging.getLogger(__name__)

PERIOD = timedelta(days=2)
REST = timedelta(seconds=30)
"""An operation that has ended just now is not compared yet."""
AT_ONCE = 500


class DifferenceKind(StrEnum):
    MISSING = "missing"
    """A receipt, and the order system has nothing."""
    WRITTEN_THOUGH_REFUSED = "written_though_refused"
    OTHER_CASE = "other_case"
    OTHER_AMOUNT = "other_amount"
    WRITTEN_TWICE = "written_twice"
    UNKNOWN_TO_US = "unknown_to_us"
    """A case under a key of ours that no operation has: made before this database was restored."""


class Difference(Record, frozen=True):
    kind: DifferenceKind
    operation_id: str
    order_id: OrderId
    case_id: UUID | None = None
    conversation_id: ConversationId | None = None


class Report(Record, frozen=True):
    shop_id: ShopId
    compared: int
    settled: int
    differences: tuple[Difference, ...]
    is_complete: bool
    """False: the order system stopped answering; the rest is compared next time."""


class Ended(Record, frozen=True):
    """An operation that was not compared yet."""

    operation_id: OperationId
    state: OperationState
    request: CaseRequest
    receipt: CaseReceipt | None
    case_id: UUID
    conversation_id: ConversationId
    order_id: OrderId


def compare(ended: Ended, found: CaseReceipt | None) -> DifferenceKind | None:
    """``found``: what the order system has under the operation's key."""
    if ended.receipt is None:
        is_refused = ended.state is OperationState.REFUSED
        return DifferenceKind.WRITTEN_THOUGH_REFUSED if is_refused and found is not None else None
    if found is None:
        return DifferenceKind.MISSING
    if found.case_id != ended.receipt.case_id:
        return DifferenceKind.OTHER_CASE
    return None if found.refund_fen == ended.request.refund_fen else DifferenceKind.OTHER_AMOUNT


def written_twice(order: Order, keys: set[str]) -> set[str]:
    """Keys of ours under which the order shows more than one case."""
    shown = [case.operation_id for case in order.cases if case.operation_id in keys]
    return {key for key in shown if key is not None and shown.count(key) > 1}


class Reconciliation:
    def __init__(
        self,
        *,
        db: Transactions,
        systems: OrderSystems,
        audit: AuditTrail,
        settlements: Settlements,
        clock: Clock,
        work: WorkOrders,
    ) -> None:
        self._db = db
        self._systems = systems
        self._audit = audit
        self._settlements = settlements
        self._clock = clock
        self._work = work

    async def reconcile_all(self) -> list[Report]:
        """Every shop that has something to compare."""
        since = self._clock.now() - PERIOD
        async with self._db.system() as conn:
            found = await store.rows(conn, "shops_to_reconcile", {"since": since})
        return [await self.reconcile(ShopId(row["shop_id"])) for row in found]

    async def reconcile(self, shop: ShopId) -> Report:
        ended = await self._ended(shop)
        compared: list[OperationId] = []
        differences: list[Difference] = []
        settled, is_complete = 0, True
        system = self._systems.of(shop)
        try:
            for one in ended:
                found = await system.find_operation(one.operation_id)
                if one.state is OperationState.HANDED_OVER:
                    settled += await self._settle(shop, one, found)
                    continue
                if kind := compare(one, found):
                    differences.append(_difference(kind, one))
                compared.append(one.operation_id)
            differences += await self._strangers(shop, system, ended)
        except OrderSystemUnavailable:
            _log.warning("reconciliation.broken_off", extra={"shop_id": shop})
            is_complete = False
        report = Report(
            shop_id=shop,
            compared=len(compared),
            settled=settled,
            differences=tuple(differences),
            is_complete=is_complete,
        )
        await self._keep(report, compared)
        return report

    async def _ended(self, shop: ShopId) -> list[Ended]:
        now = self._clock.now()
        values = {"shop": shop, "since": now - PERIOD, "until": now - REST, "limit": AT_ONCE}
        async with self._db.transaction(shop) as conn:
            return [msgspec.convert(row, Ended) for row in await store.rows(conn, "unreconciled", values)]

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

    async def _strangers(self, shop: ShopId, system: OrderSystem, ended: list[Ended]) -> list[Difference]:
        """Cases of the same orders under keys that were used twice or are unknown here."""
        differences: list[Difference] = []
        by_key = {str(one.operation_id): one for one in ended}
        for order_id in dict.fromkeys(one.order_id for one in ended):
            try:
                order = await system.order(order_id)
            except NotFound:
                continue
            twice = written_twice(order, set(by_key))
            differences += [_difference(DifferenceKind.WRITTEN_TWICE, by_key[key]) for key in sorted(twice)]
            differences += [
                Difference(kind=DifferenceKind.UNKNOWN_TO_US, operation_id=key, order_id=order_id)
                for key in await self._unknown(shop, order)
            ]
        return differences

    async def _unknown(self, shop: ShopId, order: Order) -> list[str]:
        keys = sorted({case.operation_id for case in order.cases if case.operation_id and _is_ours(case.operation_id)})
        if not keys:
            return []
        async with self._db.transaction(shop) as conn:
            known = await store.rows(conn, "known_operations", {"shop": shop, "operation_ids": keys})
        return [key for key in keys if key not in {row["operation_id"] for row in known}]

    async def _keep(self, report: Report, compared: list[OperationId]) -> None:
        if not compared and not report.differences:
            return
        now = self._clock.now()
        async with self._db.transaction(report.shop_id) as conn:
            values = {"shop": report.shop_id, "operation_ids": compared, "now": now}
            await store.execute(conn, "mark_reconciled", values)
            for difference in report.differences:
                await self._work.open(conn, report.shop_id, _work_about(difference))
            summary = {"compared": str(report.compared), "differences": str(len(report.differences))}
            await self._audit.append(conn, [reconciled(report.shop_id, summary, is_equal=not report.differences)])
        _log.info("reconciliation.done", extra={"shop_id": report.shop_id, **summary})


def _is_ours(key: str) -> bool:
    """Other systems make cases too, under keys of their own; ours are UUIDv7."""
    try:
        return UUID(key).version == 7
    except ValueError:
        return False


def _work_about(difference: Difference) -> Opening:
    return Opening(
        kind=WorkOrderKind.DIFFERENCE,
        conversation_id=difference.conversation_id,
        case_id=difference.case_id,
        order_id=difference.order_id,
        summary={"operation_id": difference.operation_id, "difference": difference.kind},
    )


def _difference(kind: DifferenceKind, ended: Ended) -> Difference:
    return Difference(
        kind=kind,
        operation_id=str(ended.operation_id),
        order_id=ended.order_id,
        case_id=ended.case_id,
        conversation_id=ended.conversation_id,
    )
