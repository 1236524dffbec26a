"""What the fake order system allows and what a write does to an order. Pure; the basics of any shop, no policy."""

from collections import Counter
from datetime import datetime

from msgspec.structs import replace

from appliance.aftersales.orders.model import (
    CaseKind,
    CaseLine,
    CaseReceipt,
    CaseRequest,
    CaseStatus,
    Change,
    Invoice,
    Line,
    Order,
    OrderCase,
    OrderStatus,
    Spec,
)
from appliance.aftersales.orders.port import OrderSystemRefused
from appliance.ids import LineId

_VOID = {CaseStatus.WITHDRAWN, CaseStatus.REJECTED}
_UNSHIPPED = {OrderStatus.UNPAID, OrderStatus.PAID}
_RECEIVED = {OrderStatus.DELIVERED, OrderStatus.COMPLETED}
_SENT = _RECEIVED | {OrderStatus.SHIPPED}
_ALLOWED = {
    CaseKind.RETURN_REFUND: _RECEIVED,
    CaseKind.REFUND_ONLY: _SENT,
    CaseKind.CANCEL_ORDER: _UNSHIPPED,
    CaseKind.EXCHANGE: _RECEIVED,
    CaseKind.RESEND: _RECEIVED,
    CaseKind.REPAIR: _RECEIVED,
    CaseKind.PRICE_PROTECTION: _SENT | {OrderStatus.PAID},
    CaseKind.GOODWILL: _SENT | {OrderStatus.PAID},
    CaseKind.CHANGE_ADDRESS: _UNSHIPPED,
    CaseKind.CHANGE_SPEC: _UNSHIPPED,
    CaseKind.URGE_SHIPMENT: {OrderStatus.PAID},
    CaseKind.INVOICE: _RECEIVED,
    CaseKind.RETURN_PARCEL: _RECEIVED,
    CaseKind.WITHDRAW_CASE: set(OrderStatus),
}
_NOT_A_CASE = {
    CaseKind.CHANGE_ADDRESS,
    CaseKind.CHANGE_SPEC,
    CaseKind.URGE_SHIPMENT,
    CaseKind.INVOICE,
    CaseKind.RETURN_PARCEL,
    CaseKind.WITHDRAW_CASE,
}
_FREE_AT = {None, "awaiting_parcel", "refunding"}
_TAKES_STOCK = {CaseKind.EXCHANGE, CaseKind.RESEND, CaseKind.CHANGE_SPEC}
_STAGES = {
    CaseKind.RETURN_REFUND: "awaiting_parcel",
    CaseKind.EXCHANGE: "awaiting_parcel",
    CaseKind.REPAIR: "awaiting_parcel",
    CaseKind.REFUND_ONLY: "refunding",
    CaseKind.PRICE_PROTECTION: "refunding",
    CaseKind.GOODWILL: "refunding",
    CaseKind.CANCEL_ORDER: "refunding",
}


def refusal(reason: str) -> OrderSystemRefused:
    return OrderSystemRefused(f"refused: {reason}", reason)


def lines_asked(order: Order, request: CaseRequest) -> tuple[CaseLine, ...]:
    """Nothing asked is the whole order."""
    if not request.lines:
        return tuple(CaseLine(line_id=line.line_id, quantity=line.quantity) for line in order.lines)
    for each in request.lines:
        line = order.line(each.line_id)
        if line is None or not 1 <= each.quantity <= line.quantity:
            raise refusal("no_such_units")
    return request.lines


def require_allowed(order: Order, request: CaseRequest, lines: tuple[CaseLine, ...]) -> None:
    if order.status not in _ALLOWED[request.kind]:
        raise refusal(f"order_{order.status}")
    if request.kind is CaseKind.INVOICE and order.invoice is not None:
        raise refusal("invoiced")
    if request.kind is CaseKind.RETURN_PARCEL and not any(_awaits(case, request) for case in order.cases):
        raise refusal("no_such_case")
    if request.kind is CaseKind.WITHDRAW_CASE and not any(_can_go(case, request) for case in order.cases):
        raise refusal("case_too_far")
    if request.kind in _NOT_A_CASE:
        return
    _require_free(order, lines, request.kind)
    _require_covered(order, request.refund_fen)
    if order.status is OrderStatus.PAID and request.kind is CaseKind.CANCEL_ORDER and not _is_whole(order, lines):
        raise refusal("whole_order_only")


def receipt_of(request: CaseRequest, case_id: str, now: datetime) -> CaseReceipt:
    is_open = request.kind not in _NOT_A_CASE and (request.kind is not CaseKind.CANCEL_ORDER or request.refund_fen > 0)
    return CaseReceipt(
        case_id=case_id,
        operation_id=request.operation_id,
        kind=request.kind,
        status=CaseStatus.OPEN if is_open else CaseStatus.FINISHED,
        refund_fen=request.refund_fen,
        created_at=now,
    )


def changed(
    order: Order, request: CaseRequest, lines: tuple[CaseLine, ...], receipt: CaseReceipt, customer_name: str
) -> Order:
    """The order after the write."""
    now = receipt.created_at
    match request.kind:
        case CaseKind.CHANGE_ADDRESS:
            address = order.address and replace(order.address, text=request.address or "")
            return replace(order, address=address, changes=(*order.changes, Change(kind=request.kind, at=now)))
        case CaseKind.CHANGE_SPEC:
            for each in lines:
                order = _with_spec(order, each, request.target_sku or "")
            made = (Change(kind=request.kind, at=now, line_id=each.line_id) for each in lines)
            return replace(order, changes=(*order.changes, *made))
        case CaseKind.INVOICE:
            title = request.invoice_title or customer_name
            invoice = Invoice(title=title, number=receipt.case_id, issued_at=now, tax_id=request.tax_id)
            return replace(order, invoice=invoice)
        case CaseKind.URGE_SHIPMENT:
            return order
        case CaseKind.RETURN_PARCEL:
            cases = tuple(_with_parcel(case, request) if _awaits(case, request) else case for case in order.cases)
            return replace(order, cases=cases)
        case CaseKind.WITHDRAW_CASE:
            cases = tuple(_withdrawn(case, now) if _can_go(case, request) else case for case in order.cases)
            return replace(order, cases=cases)
    is_cancelled = request.kind is CaseKind.CANCEL_ORDER and _is_whole(order, lines)
    status = OrderStatus.CANCELLED if is_cancelled else order.status
    return replace(order, status=status, cases=(*order.cases, _case(request, lines, receipt)))


def stock_after(
    specs: dict[str, Spec], order: Order, request: CaseRequest, lines: tuple[CaseLine, ...]
) -> dict[str, Spec]:
    """What goes out is taken; unknown stock, and goods bought but no longer listed, count as enough."""
    if request.kind not in _TAKES_STOCK:
        return specs
    wanted: Counter[str] = Counter()
    for each in lines:
        line = order.line(each.line_id)
        wanted[request.target_sku or (line.sku if line else "")] += each.quantity
    after = dict(specs)
    for sku, quantity in wanted.items():
        spec = specs.get(sku)
        if spec is None and all(line.sku != sku for line in order.lines):
            raise refusal("no_such_sku")
        if spec is None or spec.stock is None:
            continue
        if spec.stock < quantity:
            raise refusal("out_of_stock")
        after[sku] = replace(spec, stock=spec.stock - quantity)
    return after


def _case(request: CaseRequest, lines: tuple[CaseLine, ...], receipt: CaseReceipt) -> OrderCase:
    is_open = receipt.status is CaseStatus.OPEN
    return OrderCase(
        case_id=receipt.case_id,
        kind=request.kind,
        status=receipt.status,
        lines=lines,
        stage=_STAGES.get(request.kind) if is_open else None,
        reason=request.reason,
        refund_fen=request.refund_fen,
        created_at=receipt.created_at,
        finished_at=None if is_open else receipt.created_at,
        operation_id=str(request.operation_id),
    )


def _awaits(case: OrderCase, request: CaseRequest) -> bool:
    return case.case_id == request.return_case_id and case.stage == "awaiting_parcel"


def _can_go(case: OrderCase, request: CaseRequest) -> bool:
    is_there = case.case_id == request.withdrawn_case_id and case.status is CaseStatus.OPEN
    return is_there and case.kind is not CaseKind.CANCEL_ORDER and case.stage in _FREE_AT


def _withdrawn(case: OrderCase, now: datetime) -> OrderCase:
    return replace(case, status=CaseStatus.WITHDRAWN, stage="withdrawn", finished_at=now)


def _with_parcel(case: OrderCase, request: CaseRequest) -> OrderCase:
    return replace(case, carrier=request.carrier, tracking_no=request.tracking_no)


def _with_spec(order: Order, units: CaseLine, sku: str) -> Order:
    """Some units of one line become another spec; a part of a line becomes a line of its own."""
    lines: list[Line] = []
    for line in order.lines:
        if line.line_id != units.line_id:
            lines.append(line)
        elif line.quantity == units.quantity:
            lines.append(replace(line, sku=sku))
        else:
            own = LineId(f"{line.line_id}-2")
            lines.append(replace(line, quantity=line.quantity - units.quantity))
            lines.append(replace(line, line_id=own, quantity=units.quantity, sku=sku))
    return replace(order, lines=tuple(lines))


def _is_whole(order: Order, lines: tuple[CaseLine, ...]) -> bool:
    """With what was cancelled before."""
    before = (case for case in order.cases if case.kind is CaseKind.CANCEL_ORDER and case.status not in _VOID)
    cancelled = sum(each.quantity for case in before for each in case.lines) + sum(each.quantity for each in lines)
    return cancelled == sum(line.quantity for line in order.lines)


def _require_free(order: Order, lines: tuple[CaseLine, ...], kind: CaseKind) -> None:
    held: Counter[str] = Counter()
    for case in order.cases:
        if _holds(case, kind):
            held.update({each.line_id: each.quantity for each in case.lines})
    for each in lines:
        line = order.line(each.line_id)
        if line is not None and held[each.line_id] + each.quantity > line.quantity:
            raise refusal("units_in_case")


def _holds(case: OrderCase, kind: CaseKind) -> bool:
    if case.status in _VOID or CaseKind.GOODWILL in (case.kind, kind):
        return False
    if CaseKind.PRICE_PROTECTION in (case.kind, kind):
        return case.kind is kind
    return not (case.kind is CaseKind.REPAIR and case.status is CaseStatus.FINISHED)


def _require_covered(order: Order, refund_fen: int) -> None:
    paid = 0
    if order.status is not OrderStatus.UNPAID:
        goods = sum(line.unit_price_fen * line.quantity for line in order.lines)
        paid = goods - order.coupon_fen + order.freight_fen
    promised = sum(case.refund_fen for case in order.cases if case.status not in _VOID)
    if refund_fen and refund_fen + promised > paid:
        raise refusal("refund_too_high")
