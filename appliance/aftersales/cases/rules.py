"""Pure rules of cases: which states follow which, what a case holds, what exactly is sent for a quote. No I/O."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, assert_never

from appliance.aftersales.cases import life
from appliance.aftersales.cases.model import CaseState, OperationState, OwnCases, StandingCase
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseRequest, CaseStatus, Order, OrderCase
from appliance.aftersales.policy.model import Quote
from appliance.aftersales.work.model import WorkOrderKind
from appliance.ids import CustomerId, LineId, OperationId

TRANSITIONS: Mapping[OperationState, frozenset[OperationState]] = {
    # A look before sending may find it written: a database restored from yesterday has forgotten its sending.
    OperationState.ACCEPTED: frozenset({OperationState.SENT, OperationState.SUCCEEDED, OperationState.HANDED_OVER}),
    OperationState.SENT: frozenset(
        {OperationState.SUCCEEDED, OperationState.REFUSED, OperationState.UNKNOWN, OperationState.ACCEPTED}
    ),
    OperationState.UNKNOWN: frozenset({OperationState.SENT, OperationState.SUCCEEDED, OperationState.HANDED_OVER}),
    # A person settles it, or has it tried again under the same key.
    OperationState.HANDED_OVER: frozenset(
        {OperationState.SUCCEEDED, OperationState.REFUSED, OperationState.ACCEPTED, OperationState.UNKNOWN}
    ),
    OperationState.SUCCEEDED: frozenset(),
    OperationState.REFUSED: frozenset(),
}

UNSETTLED = frozenset({OperationState.ACCEPTED, OperationState.SENT, OperationState.UNKNOWN})
"""What an executor still works on."""


def sources_of(target: OperationState) -> frozenset[OperationState]:
    """The states that ``target`` may follow."""
    return frozenset(state for state, targets in TRANSITIONS.items() if target in targets)


FALLEN = frozenset({CaseState.WITHDRAWN, CaseState.REJECTED, CaseState.REFUSED})
"""Cases that hold nothing and refund nothing any more."""

ENDS_AT_ONCE = frozenset(
    {
        CaseKind.CHANGE_ADDRESS,
        CaseKind.CHANGE_SPEC,
        CaseKind.URGE_SHIPMENT,
        CaseKind.INVOICE,
        CaseKind.RETURN_PARCEL,
        CaseKind.WITHDRAW_CASE,
    }
)
"""Nothing comes after these but that they are done."""

PENDING = CaseState.PENDING.value
"""The stage of an own case that the order system has said nothing of yet."""

WHOLE_ORDER = LineId("")
"""The line of a hold that is on the order itself."""

GOODS = "goods"


def scope_of(kind: CaseKind) -> str:
    """Cases hold units against other cases of the same scope (POLICY: *free*)."""
    match kind:
        case (
            CaseKind.RETURN_REFUND
            | CaseKind.REFUND_ONLY
            | CaseKind.CANCEL_ORDER
            | CaseKind.EXCHANGE
            | CaseKind.RESEND
            | CaseKind.REPAIR
        ):
            return GOODS
        case (
            CaseKind.PRICE_PROTECTION
            | CaseKind.GOODWILL
            | CaseKind.CHANGE_ADDRESS
            | CaseKind.CHANGE_SPEC
            | CaseKind.URGE_SHIPMENT
            | CaseKind.INVOICE
            | CaseKind.RETURN_PARCEL
            | CaseKind.WITHDRAW_CASE
        ):
            return kind.value
        case _:
            assert_never(kind)


def holds_on(kind: CaseKind, status: CaseStatus) -> bool:
    """Whether a case of the order system still holds its units."""
    if status in (CaseStatus.WITHDRAWN, CaseStatus.REJECTED) or kind is CaseKind.GOODWILL:
        return False
    return not (kind is CaseKind.REPAIR and status is CaseStatus.FINISHED)


def holds_after_success(kind: CaseKind) -> bool:
    """Some hold only while under way: an urge may be repeated, a number corrected, more taken back or given."""
    return kind not in (CaseKind.GOODWILL, CaseKind.URGE_SHIPMENT, CaseKind.RETURN_PARCEL, CaseKind.WITHDRAW_CASE)


def is_news(
    kind: CaseKind, state_before: CaseState, stage_before: str | None, *, status: CaseStatus, stage: str | None
) -> bool:
    """Whether a customer is told where a case stands now.

    Not before its receipt is told, not of what the receipt said, not of what lies behind the case, and not twice of the
    same, as when a case is closed whose money was told of. The first word of a case may be of a later stage than its
    first: that is news.
    """
    if state_before is CaseState.PENDING:
        return False
    opens = life.OPENS.get(kind, life.Stand.OPEN)
    is_new = state_before is CaseState.OPEN and stage_before is None
    before = opens if is_new else life.stand_of(CaseStatus(state_before.value), stage_before)
    after = life.stand_of(status, stage)
    if life.goes_back(kind, before, after) or before is after is not life.Stand.OPEN:
        return False
    return state_before.value != status.value or stage_before is not None or stage != opens


def settled_by(status: CaseStatus, stage: str | None) -> frozenset[WorkOrderKind]:
    """The kinds of work order that a return's clocks opened and that have come to their end where the case stands."""
    match life.stand_of(status, stage):
        case life.Stand.AWAITING_PARCEL | life.Stand.OPEN:
            return frozenset()
        case life.Stand.INSPECTING | life.Stand.REFUNDING:
            return frozenset({WorkOrderKind.RETURN_OVERDUE})
        case _:
            return frozenset({WorkOrderKind.RETURN_OVERDUE, WorkOrderKind.REFUND_DUE})


def asked_units(quote: Quote, order: Order) -> list[dict[str, Any]]:
    """Rows ``line_id, quantity, total``: what a case reserves, out of how many units of the line."""
    match quote.kind:
        case (
            CaseKind.CHANGE_ADDRESS
            | CaseKind.URGE_SHIPMENT
            | CaseKind.INVOICE
            | CaseKind.RETURN_PARCEL
            | CaseKind.WITHDRAW_CASE
        ):
            return [{"line_id": WHOLE_ORDER, "quantity": 1, "total": 1}]
        case CaseKind.CHANGE_SPEC:
            lines = [line.line_id for line in quote.lines] or [WHOLE_ORDER]
            return [{"line_id": line_id, "quantity": 1, "total": 1} for line_id in lines]
        case _:
            totals = {line.line_id: line.quantity for line in order.lines}
            return [
                {"line_id": line.line_id, "quantity": line.quantity, "total": totals.get(line.line_id, 0)}
                for line in quote.lines
            ]


def shown_units(order: Order, scope: str) -> list[dict[str, Any]]:
    """Rows ``line_id, quantity, case_id, operation_id``: units that cases hold which the order system shows."""
    return [
        {
            "line_id": line.line_id,
            "quantity": line.quantity,
            "case_id": case.case_id,
            "operation_id": case.operation_id,
        }
        for case in order.cases
        if scope_of(case.kind) == scope and holds_on(case.kind, case.status)
        for line in case.lines
    ]


def freed_cases(order: Order) -> list[str]:
    """Cases that the order system shows as holding nothing any more."""
    return [case.case_id for case in order.cases if not holds_on(case.kind, case.status)]


def own_cases(cases: Sequence[StandingCase], order: Order) -> OwnCases:
    """Of all own cases of the order: those that count and are not among ``order.cases``, as policy reads them."""
    operations = {case.operation_id for case in order.cases if case.operation_id}
    references = {case.case_id for case in order.cases}
    beside = [
        case
        for case in cases
        if case.state not in FALLEN
        and str(case.operation_id) not in operations
        and case.order_system_case_id not in references
    ]
    fallen = sum(case.state in FALLEN for case in cases)
    receipts = [case.receipt for case in cases if case.receipt is not None]
    return OwnCases(
        cases=tuple(_as_order_case(case) for case in beside),
        version=len(cases) + fallen,
        return_addresses={each.case_id: each.return_address for each in receipts if each.return_address},
    )


def _as_order_case(case: StandingCase) -> OrderCase:
    return OrderCase(
        case_id=case.order_system_case_id or str(case.case_id),
        kind=case.kind,
        status=CaseStatus.FINISHED if case.state is CaseState.FINISHED else CaseStatus.OPEN,
        lines=case.lines,
        stage=PENDING if case.state is CaseState.PENDING else case.stage,
        reason=case.reason,
        refund_fen=case.refund_fen,
        created_at=case.accepted_at,
        operation_id=str(case.operation_id),
    )


def request_for(
    quote: Quote, *, operation_id: OperationId, customer_id: CustomerId, evidence: tuple[str, ...] = ()
) -> CaseRequest:
    """The write for an agreed quote, made of the quote alone: nothing is sent that was not agreed to."""
    return CaseRequest(
        operation_id=operation_id,
        kind=quote.kind,
        order_id=quote.order_id,
        customer_id=customer_id,
        lines=tuple(CaseLine(line_id=line.line_id, quantity=line.quantity) for line in quote.lines),
        reason=quote.reason,
        refund_fen=quote.total_fen,
        freight_payer=quote.freight_payer,
        target_sku=quote.target_sku,
        address=quote.details.get("address"),
        phone=quote.details.get("phone"),
        invoice_title=quote.details.get("invoice_title"),
        tax_id=quote.details.get("tax_id"),
        return_case_id=quote.details.get("return_case"),
        carrier=quote.details.get("carrier"),
        tracking_no=quote.details.get("return_tracking_no"),
        withdrawn_case_id=quote.details.get("withdrawn_case"),
        evidence=evidence,
    )


PERSONAL = ("address", "phone", "invoice_title", "tax_id", "note")
"""Fields of a request that may hold vault references."""


def references(request: CaseRequest) -> dict[str, str]:
    """The request's fields that must be disclosed before it can be sent."""
    return {name: value for name in PERSONAL if (value := getattr(request, name))}


def back_off(attempts: int, first: timedelta, most: timedelta) -> timedelta:
    """Doubles from ``first`` up to ``most``."""
    return min(first * (1 << min(attempts, 16)), most)


def each_word(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed, keys too."""
    match value:
        case str():
            return change(value)
        case dict():
            return {change(key): each_word(part, change) for key, part in value.items()}
        case list() | tuple():
            return [each_word(part, change) for part in value]
        case _:
            return value
