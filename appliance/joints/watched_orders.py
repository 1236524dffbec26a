"""Order systems that are watched: what came of asking them is noted for whoever looks after the installation."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from appliance.aftersales.orders.model import CaseReceipt, CaseRequest, Customer, Order, Spec
from appliance.aftersales.orders.operations import ReadName
from appliance.aftersales.orders.port import OrderSystem
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId, ShopId
from appliance.installation.contacts import ContactBook

Seen = Callable[[ShopId, CustomerId, Iterable[str]], None]


class WatchedOrderSystem:
    """``OrderSystem`` of one shop, whose answers and silences are noted. A no is an answer."""

    def __init__(
        self, system: OrderSystem, shop: ShopId, book: ContactBook, cannot: frozenset[str], seen: Seen | None = None
    ) -> None:
        """``cannot``: reads that it has not, so that their failing says nothing of it. ``seen``: takes the titles of
        the goods in a customer's orders."""
        self._tell = seen
        self._system = system
        self._cannot = cannot
        self._shop = shop
        self._book = book

    async def customer(self, customer_id: CustomerId) -> Customer:
        with self._noted():
            return await self._system.customer(customer_id)

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        with self._noted():
            orders = await self._system.orders_of(customer_id)
        self._seen(customer_id, orders)
        return orders

    async def order(self, order_id: OrderId) -> Order:
        with self._noted():
            return await self._system.order(order_id)

    async def specs(self, sku: str) -> tuple[Spec, ...]:
        with self._noted():
            return await self._system.specs(sku)

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        with self._noted():
            return await self._system.execute(request)

    async def find_operation(self, operation_id: OperationId) -> CaseReceipt | None:
        if ReadName.FIND_OPERATION in self._cannot:
            return await self._system.find_operation(operation_id)
        with self._noted():
            return await self._system.find_operation(operation_id)

    async def aclose(self) -> None:
        await self._system.aclose()

    def _seen(self, customer_id: CustomerId, orders: tuple[Order, ...]) -> None:
        if self._tell is not None:
            self._tell(self._shop, customer_id, [line.title for order in orders for line in order.lines])

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except OrderSystemUnavailable as away:
            self._book.failed(self._shop, away.code)
            raise
        except NotFound:
            self._book.answered(self._shop)
            raise
        self._book.answered(self._shop)
