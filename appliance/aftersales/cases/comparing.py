"""Two sides of one write: what is kept of it here, and what the order system shows. Pure."""

from datetime import datetime
from uuid import UUID

from appliance.aftersales.cases.differences import DifferenceKind
from appliance.aftersales.cases.life import OPENS
from appliance.aftersales.cases.model import CaseState, OperationState
from appliance.aftersales.cases.people import SETTLED_BY
from appliance.aftersales.cases.rules import ENDS_AT_ONCE
from appliance.aftersales.orders.model import CaseReceipt, CaseRequest, CaseStatus, Order, OrderCase, Record
from appliance.ids import ConversationId, OperationId, OrderId


class Ended(Record, frozen=True):
    """An operation that was not compared yet."""

    operation_id: OperationId
    state: OperationState
    request: CaseRequest
    receipt: CaseReceipt | None
    case_id: UUID
    conversation_id: ConversationId
    order_id: OrderId
    accepted_at: datetime
    case_state: CaseState
    stage: str | None = None


def compare(ended: Ended, found: CaseReceipt | None) -> DifferenceKind | None:
    """``found``: what the order system has under the operation's key."""
    if ended.receipt is None:
        is_refused = ended.state is OperationState.REFUSED
        return DifferenceKind.WRITTEN_THOUGH_REFUSED if is_refused and found is not None else None
    if found is None:
        # What a person gave his word for stands under no key: it is looked for among the order's cases.
        return None if SETTLED_BY in ended.receipt.raw else DifferenceKind.MISSING
    if found.case_id != ended.receipt.case_id:
        return DifferenceKind.OTHER_CASE
    return None if found.refund_fen == ended.request.refund_fen else DifferenceKind.OTHER_AMOUNT


def differs(ended: Ended, order: Order) -> DifferenceKind | None:
    """What the order shows of a case is against what is kept of it. Where it shows no cases at all, it says nothing."""
    if ended.receipt is None or ended.request.kind in ENDS_AT_ONCE or not order.cases:
        return None
    is_by_hand = SETTLED_BY in ended.receipt.raw
    shown = shown_in(order, ended)
    if shown is None:
        return DifferenceKind.MISSING if is_by_hand else None
    if is_by_hand and shown.refund_fen != ended.request.refund_fen:
        return DifferenceKind.OTHER_AMOUNT
    is_over = ended.case_state is not CaseState.OPEN
    return DifferenceKind.OTHER_STATUS if is_over and shown.status.value != ended.case_state else None


def shown_in(order: Order, ended: Ended) -> OrderCase | None:
    """The operation's case, under our key or under the order system's own number."""
    key, number = str(ended.operation_id), ended.receipt.case_id if ended.receipt else None
    return next((case for case in order.cases if key == case.operation_id or number == case.case_id), None)


def has_gone_on(ended: Ended, shown: OrderCase) -> bool:
    """Whether the order shows an open case further on than we have heard."""
    if ended.case_state is not CaseState.OPEN:
        return False
    stage = ended.stage or OPENS.get(ended.request.kind)
    return shown.status is not CaseStatus.OPEN or (shown.stage is not None and shown.stage != stage)


def written_twice(order: Order, keys: set[str]) -> set[str]:
    """Keys of ours under which the order shows more than one case."""
    shown = [case.operation_id for case in order.cases if case.operation_id in keys]
    return {key for key in shown if key is not None and shown.count(key) > 1}
