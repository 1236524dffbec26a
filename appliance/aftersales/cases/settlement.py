"""The end of an operation, in one transaction: what became of it, the case, its units, the audit outcome, the notice.

An end whose conversation is gone is kept all the same, with a work order. Whoever lost the lease ends nothing.
"""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.cases import records, rules, store
from appliance.aftersales.cases.differences import Difference, DifferenceKind, Differences
from appliance.aftersales.cases.model import CaseState, Claimed, Notice, NoticeKind, OperationState
from appliance.aftersales.cases.port import AuditTrail, Delivery, Disclosure, Guides, Transactions
from appliance.aftersales.cases.records import EXECUTOR
from appliance.aftersales.orders.model import CaseKind, CaseReceipt, Record
from appliance.aftersales.work.model import Opening, WorkOrderKind
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db import Connection
from appliance.errors import ApplianceError
from appliance.ids import uuid7
from security.audit.record import Actor

_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else works on this operation now; nothing was written."""


class End(Record, frozen=True):
    """What became of an operation."""

    state: OperationState
    notice: NoticeKind
    case_state: CaseState | None = None
    receipt: CaseReceipt | None = None
    refusal: str | None = None
    frees: bool = False
    work_order: WorkOrderKind | None = None
    difference: DifferenceKind | None = None


def succeeded(claimed: Claimed, receipt: CaseReceipt) -> End:
    """``receipt`` is masked already. Another amount than agreed is still what was done: it is told, and looked into."""
    kind = claimed.request.kind
    return End(
        state=OperationState.SUCCEEDED,
        notice=NoticeKind.SUCCEEDED,
        case_state=CaseState(receipt.status.value),
        receipt=receipt,
        frees=not (rules.holds_after_success(kind) and rules.holds_on(kind, receipt.status)),
        difference=None if receipt.refund_fen == claimed.request.refund_fen else DifferenceKind.OTHER_AMOUNT,
    )


def refused(reason: str, *, is_by_staff: bool = False) -> End:
    """``is_by_staff``: people had approved it, so people hear of it, as no customer does."""
    return End(
        state=OperationState.REFUSED,
        notice=NoticeKind.REFUSED,
        case_state=CaseState.REFUSED,
        refusal=reason,
        frees=True,
        work_order=WorkOrderKind.REFUND_REFUSED if is_by_staff else None,
    )


def handed_over(state: OperationState, kind: WorkOrderKind | None = None) -> End:
    """``state``: where it stood. What is surely not written is kept, what may be written is doubtful."""
    is_doubtful = state is OperationState.UNKNOWN
    return End(
        state=OperationState.HANDED_OVER,
        notice=NoticeKind.DOUBTFUL if is_doubtful else NoticeKind.KEPT,
        work_order=kind or (WorkOrderKind.UNKNOWN_OUTCOME if is_doubtful else WorkOrderKind.ORDER_SYSTEM_DOWN),
    )


def by_hand(state: OperationState) -> End:
    """The order system has no such write. What may have been written before, under another mapping, is doubtful."""
    if state is OperationState.UNKNOWN:
        return handed_over(state)
    return End(state=OperationState.HANDED_OVER, notice=NoticeKind.BY_HAND, work_order=WorkOrderKind.BY_HAND)


class Settlements:
    def __init__(
        self,
        *,
        db: Transactions,
        audit: AuditTrail,
        delivery: Delivery,
        disclosure: Disclosure,
        clock: Clock,
        work: WorkOrders,
        guides: Guides | None = None,
    ) -> None:
        """``guides``: None where no gateway could send them."""
        self._guides = guides
        self._db = db
        self._audit = audit
        self._delivery = delivery
        self._disclosure = disclosure
        self._clock = clock
        self._work = work
        self._differences = Differences(work, clock)

    def masked(self, receipt: CaseReceipt, revealed: Mapping[str, str]) -> CaseReceipt:
        """The receipt as it may be kept. ``revealed``: what was made clear to send it, by its reference."""
        raw = rules.each_word(receipt.raw, lambda words: self.masked_words(words, revealed))
        return msgspec.structs.replace(receipt, raw=raw)

    def masked_words(self, words: str, revealed: Mapping[str, str]) -> str:
        """What PostgreSQL cannot keep (NUL, half of a surrogate pair) is dropped on the way."""
        words = words.replace("\x00", "").encode("utf-8", "ignore").decode()
        for reference, clear in revealed.items():
            words = words.replace(clear, reference)
        return self._disclosure.mask(words)

    async def end(self, claimed: Claimed, end: End, *, actor: Actor = EXECUTOR) -> None:
        """Raises LeaseLost where it was not ours to end."""
        try:
            await self._end(claimed, end, actor, is_told=True)
        except ApplianceError as untold:
            if untold.retryable:
                raise
            _log.warning("operation.notice_undeliverable", extra={"operation_id": claimed.operation_id})
            await self._end(claimed, end, actor, is_told=False)

    async def _end(self, claimed: Claimed, end: End, actor: Actor, *, is_told: bool) -> None:
        outcome, work_order_id = uuid7(), uuid7()
        now = self._clock.now()
        values = {
            "state": end.state,
            "receipt": None if end.receipt is None else store.jsonb(end.receipt),
            "refusal": end.refusal,
            "outcome": outcome,
            "case_state": end.case_state,
            "order_system_case_id": None if end.receipt is None else end.receipt.case_id,
            "frees": end.frees,
            "now": now,
        }
        async with self._db.transaction(claimed.shop_id) as conn:
            if not await store.settle(conn, claimed, rules.sources_of(end.state), values):
                raise LeaseLost
            await self._order_work(conn, claimed, end, work_order_id)
            if self._guides is not None and end.receipt is not None:
                kind = claimed.request.kind
                await self._guides.queue(conn, claimed.shop_id, claimed.case_id, kind, end.receipt)
            doubt = end.notice is NoticeKind.DOUBTFUL
            await self._audit.append(
                conn, [records.outcome(outcome, claimed, end.state, end.receipt, actor, doubt=doubt)]
            )
            if claimed.is_by_staff and end.notice is not NoticeKind.SUCCEEDED:
                return
            if is_told:
                notice = _notice(claimed, end, work_order_id)
                await self._delivery.deliver(conn, claimed.shop_id, claimed.conversation_id, notice)
            else:
                await self._note_undelivered(conn, claimed, end)
        _log.info("operation.settled", extra={"operation_id": claimed.operation_id, "state": end.state})

    async def _order_work(self, conn: Connection, claimed: Claimed, end: End, work_order_id: UUID) -> None:
        """What had to be found out about the case is settled; what is to be found out now is opened."""
        if end.state is not OperationState.HANDED_OVER:
            await self._work.settle(conn, claimed.shop_id, claimed.case_id)
        if end.state is OperationState.SUCCEEDED and claimed.request.kind is CaseKind.WITHDRAW_CASE:
            for case_id in await store.withdraw(conn, claimed):
                await self._work.settle(conn, claimed.shop_id, case_id)
        if end.difference is not None:
            await self._differences.note(conn, claimed.shop_id, _difference(claimed, end.difference))
        if end.work_order is not None:
            summary = {"operation_id": claimed.operation_id, "state": end.state, "sends": claimed.sends}
            opening = _opening(claimed, end.work_order, summary)
            await self._work.open(conn, claimed.shop_id, opening, work_order_id=work_order_id)

    async def _note_undelivered(self, conn: Connection, claimed: Claimed, end: End) -> None:
        summary = {"operation_id": claimed.operation_id, "notice": end.notice}
        await self._work.open(conn, claimed.shop_id, _opening(claimed, WorkOrderKind.UNDELIVERED, summary))


def _difference(claimed: Claimed, kind: DifferenceKind) -> Difference:
    return Difference(
        kind=kind,
        operation_id=str(claimed.operation_id),
        order_id=claimed.request.order_id,
        case_id=claimed.case_id,
        conversation_id=claimed.conversation_id,
    )


def _opening(claimed: Claimed, kind: WorkOrderKind, summary: dict[str, Any]) -> Opening:
    return Opening(
        kind=kind,
        conversation_id=claimed.conversation_id,
        case_id=claimed.case_id,
        order_id=claimed.request.order_id,
        summary=summary,
    )


def _notice(claimed: Claimed, end: End, work_order_id: UUID) -> Notice:
    return Notice(
        kind=end.notice,
        flow=claimed.flow,
        case_kind=claimed.request.kind,
        order_id=claimed.request.order_id,
        case_id=claimed.case_id,
        operation_id=claimed.operation_id,
        quote_hash=claimed.quote_hash,
        receipt=None if end.receipt is None else msgspec.structs.replace(end.receipt, raw={}),
        reason=end.refusal,
        work_order_id=work_order_id if end.state is OperationState.HANDED_OVER else None,
        is_by_staff=claimed.is_by_staff,
    )
