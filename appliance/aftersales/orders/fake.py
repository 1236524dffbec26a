"""An order system in memory, for unit tests. Honest: it holds units, counts stock and money, and forgets no key.

It passes the same contract test as the real one (tests/appliance/aftersales/orders/test_contract.py).
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from appliance.aftersales.orders.model import (
    CaseKind,
    CaseLine,
    CaseReceipt,
    CaseRequest,
    CaseStatus,
    Change,
    Customer,
    Invoice,
    Line,
    Order,
    OrderCase,
    OrderStatus,
    Spec,
)
from appliance.aftersales.orders.port import OrderSystemRefused, OutcomeUnknown
from appliance.clock import Clock
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId

T = TypeVar("T")

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
    CaseKind.CHANGE_ADDRESS: _UNSHIPPED,
    CaseKind.CHANGE_SPEC: _UNSHIPPED,
    CaseKind.URGE_SHIPMENT: {OrderStatus.PAID},
    CaseKind.INVOICE: _RECEIVED,
}
_NOT_A_CASE = {CaseKind.CHANGE_ADDRESS, CaseKind.CHANGE_SPEC, CaseKind.URGE_SHIPMENT, CaseKind.INVOICE}
_STAGES = {
    CaseKind.RETURN_REFUND: "awaiting_parcel",
    CaseKind.EXCHANGE: "awaiting_parcel",
    CaseKind.REPAIR: "awaiting_parcel",
    CaseKind.REFUND_ONLY: "refunding",
    CaseKind.PRICE_PROTECTION: "refunding",
    CaseKind.CANCEL_ORDER: "refunding",
}


class FakeOrderSystem:
    def __init__(
        self,
        clock: Clock,
        customers: Iterable[Customer] = (),
        orders: Iterable[Order] = (),
        specs: Iterable[Spec] = (),
    ) -> None:
        self._clock = clock
        self._customers: dict[str, Customer] = {}
        self._orders: dict[str, Order] = {}
        self._specs: dict[str, Spec] = {}
        self._done: dict[OperationId, tuple[CaseRequest, CaseReceipt]] = {}
        self._answers_to_lose = 0
        self.is_down = False
        """While true, nothing is sent."""
        self.load(customers, orders, specs)

    def load(
        self, customers: Iterable[Customer] = (), orders: Iterable[Order] = (), specs: Iterable[Spec] = ()
    ) -> None:
        self._customers.update((each.customer_id, each) for each in customers)
        self._orders.update((each.order_id, each) for each in orders)
        self._specs.update((each.sku, each) for each in specs)

    def lose_answers(self, times: int = 1) -> None:
        """The next writes are done, and nobody is told."""
        self._answers_to_lose = times

    @property
    def writes(self) -> tuple[CaseRequest, ...]:
        """What was written, in order; repeats of one operation id once."""
        return tuple(request for request, _ in self._done.values())

    async def aclose(self) -> None:
        pass

    async def customer(self, customer_id: CustomerId) -> Customer:
        self._require_up()
        return _found(self._customers.get(customer_id))

    async def order(self, order_id: OrderId) -> Order:
        self._require_up()
        return _found(self._orders.get(order_id))

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        self._require_up()
        own = [order for order in self._orders.values() if order.customer_id == customer_id]
        return tuple(sorted(own, key=_ordered_at, reverse=True))

    async def specs(self, sku: str) -> tuple[Spec, ...]:
        self._require_up()
        spec = self._specs.get(sku)
        return tuple(each for each in self._specs.values() if each.product == spec.product) if spec else ()

    async def find_operation(self, operation_id: OperationId) -> CaseReceipt | None:
        self._require_up()
        done = self._done.get(operation_id)
        return done[1] if done else None

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        self._require_up()
        before = self._done.get(request.operation_id)
        if before is not None and before[0] != request:
            raise OutcomeUnknown("this operation id was used for another request")
        receipt = before[1] if before else self._write(request)
        if self._answers_to_lose:
            self._answers_to_lose -= 1
            raise OutcomeUnknown("the answer was lost")
        return receipt

    def _write(self, request: CaseRequest) -> CaseReceipt:
        order = self._orders.get(request.order_id)
        if order is None or order.customer_id != request.customer_id:
            raise _refusal("no_such_order")
        if order.status not in _ALLOWED[request.kind]:
            raise _refusal(f"order_{order.status}")
        lines = _lines_asked(order, request)
        if request.kind is CaseKind.INVOICE and order.invoice is not None:
            raise _refusal("invoiced")
        if request.kind not in _NOT_A_CASE:
            _require_free(order, lines, request.kind)
            _require_covered(order, request.refund_fen)
        self._take_stock(order, request, lines)
        now = self._clock.now()
        is_open = request.kind not in _NOT_A_CASE and (
            request.kind is not CaseKind.CANCEL_ORDER or request.refund_fen > 0
        )
        receipt = CaseReceipt(
            case_id=f"F{len(self._done) + 1:05}",
            operation_id=request.operation_id,
            kind=request.kind,
            status=CaseStatus.OPEN if is_open else CaseStatus.FINISHED,
            refund_fen=request.refund_fen,
            created_at=now,
        )
        self._orders[order.order_id] = self._changed(order, request, lines, receipt)
        self._done[request.operation_id] = (request, receipt)
        return receipt

    def _changed(self, order: Order, request: CaseRequest, lines: tuple[CaseLine, ...], receipt: CaseReceipt) -> Order:
        now = receipt.created_at
        match request.kind:
            case CaseKind.CHANGE_ADDRESS:
                address = order.address and replace(order.address, text=request.address or "")
                return replace(order, address=address, changes=(*order.changes, Change(kind=request.kind, at=now)))
            case CaseKind.CHANGE_SPEC:
                changed = tuple(
                    replace(line, sku=request.target_sku) if line.line_id == lines[0].line_id else line
                    for line in order.lines
                )
                change = Change(kind=request.kind, at=now, line_id=lines[0].line_id)
                return replace(order, lines=changed, changes=(*order.changes, change))
            case CaseKind.INVOICE:
                customer = self._customers.get(order.customer_id)
                title = request.invoice_title or (customer.name if customer else "")
                invoice = Invoice(title=title, number=receipt.case_id, issued_at=now, tax_id=request.tax_id)
                return replace(order, invoice=invoice)
            case CaseKind.URGE_SHIPMENT:
                return order
        case = OrderCase(
            case_id=receipt.case_id,
            kind=request.kind,
            status=receipt.status,
            lines=lines,
            stage=_STAGES.get(request.kind) if receipt.status is CaseStatus.OPEN else None,
            reason=request.reason,
            refund_fen=request.refund_fen,
            created_at=now,
            finished_at=None if receipt.status is CaseStatus.OPEN else now,
            operation_id=str(request.operation_id),
        )
        status = OrderStatus.CANCELLED if request.kind is CaseKind.CANCEL_ORDER else order.status
        return replace(order, status=status, cases=(*order.cases, case))

    def _take_stock(self, order: Order, request: CaseRequest, lines: tuple[CaseLine, ...]) -> None:
        if request.kind not in (CaseKind.EXCHANGE, CaseKind.RESEND, CaseKind.CHANGE_SPEC):
            return
        wanted: Counter[str] = Counter()
        for each in lines:
            line = order.line(each.line_id)
            wanted[request.target_sku or (line.sku if line else "")] += each.quantity
        for sku, quantity in wanted.items():
            spec = self._specs.get(sku)
            if spec is None:
                raise _refusal("no_such_sku")
            if spec.stock is not None and spec.stock < quantity:
                raise _refusal("out_of_stock")
        for sku, quantity in wanted.items():
            spec = self._specs[sku]
            if spec.stock is not None:
                self._specs[sku] = replace(spec, stock=spec.stock - quantity)

    def _require_up(self) -> None:
        if self.is_down:
            raise OrderSystemUnavailable("switched off")


def _found(value: T | None) -> T:
    if value is None:
        raise NotFound("no such thing")
    return value


def _refusal(reason: str) -> OrderSystemRefused:
    return OrderSystemRefused(f"refused: {reason}", reason)


def _ordered_at(order: Order) -> float:
    at = order.created_at or order.paid_at or order.shipped_at
    return at.timestamp() if at is not None else 0.0


def _lines_asked(order: Order, request: CaseRequest) -> tuple[CaseLine, ...]:
    if not request.lines:
        return tuple(CaseLine(line_id=line.line_id, quantity=line.quantity) for line in order.lines)
    for each in request.lines:
        line: Line | None = order.line(each.line_id)
        if line is None or not 1 <= each.quantity <= line.quantity:
            raise _refusal("no_such_units")
    return request.lines


def _require_free(order: Order, lines: tuple[CaseLine, ...], kind: CaseKind) -> None:
    held: Counter[str] = Counter()
    for case in order.cases:
        if _holds(case, kind):
            held.update({each.line_id: each.quantity for each in case.lines})
    for each in lines:
        line = order.line(each.line_id)
        if line is not None and held[each.line_id] + each.quantity > line.quantity:
            raise _refusal("units_in_case")


def _holds(case: OrderCase, kind: CaseKind) -> bool:
    if case.status in _VOID:
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
        raise _refusal("refund_too_high")
