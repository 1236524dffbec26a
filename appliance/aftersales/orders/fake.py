"""An order system in memory, for unit tests. Honest: it holds units, counts stock and money, and forgets no key.

It passes the same contract test as the real one (tests/appliance/aftersales/orders/test_contract.py).
"""

from collections.abc import Iterable
from typing import TypeVar

from appliance.aftersales.orders.fake_rules import (
    changed,
    lines_asked,
    receipt_of,
    refusal,
    require_allowed,
    stock_after,
)
from appliance.aftersales.orders.model import CaseKind, CaseReceipt, CaseRequest, Customer, Order, Spec
from appliance.aftersales.orders.port import CannotWrite, OutcomeUnknown
from appliance.clock import Clock
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId

T = TypeVar("T")


class FakeOrderSystem:
    def __init__(
        self,
        clock: Clock,
        customers: Iterable[Customer] = (),
        orders: Iterable[Order] = (),
        specs: Iterable[Spec] = (),
        cannot: Iterable[CaseKind] = (),
    ) -> None:
        self._clock = clock
        self._customers: dict[str, Customer] = {}
        self._orders: dict[str, Order] = {}
        self._specs: dict[str, Spec] = {}
        self._done: dict[OperationId, tuple[CaseRequest, CaseReceipt]] = {}
        self._answers_to_lose = 0
        self.cannot = frozenset(cannot)
        """Kinds of case that a person does by hand."""
        self.is_down = False
        """While true, nothing is sent."""
        self.load(customers, orders, specs)

    def load(
        self, customers: Iterable[Customer] = (), orders: Iterable[Order] = (), specs: Iterable[Spec] = ()
    ) -> None:
        """Add; what is there under the same id is replaced."""
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
        """Nothing is open."""

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
        if request.kind in self.cannot:
            raise CannotWrite(f"{request.kind} is done by hand here")
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
            raise refusal("no_such_order")
        lines = lines_asked(order, request)
        require_allowed(order, request, lines)
        self._specs = stock_after(self._specs, order, request, lines)
        customer = self._customers.get(order.customer_id)
        receipt = receipt_of(request, f"F{len(self._done) + 1:05}", self._clock.now())
        after = changed(order, request, lines, receipt, customer.name if customer else "")
        self._orders[order.order_id] = after
        self._done[request.operation_id] = (request, receipt)
        return receipt

    def _require_up(self) -> None:
        if self.is_down:
            raise OrderSystemUnavailable("switched off")


def _found(value: T | None) -> T:
    if value is None:
        raise NotFound("no such thing")
    return value


def _ordered_at(order: Order) -> float:
    at = order.created_at or order.paid_at or order.shipped_at
    return at.timestamp() if at is not None else 0.0
