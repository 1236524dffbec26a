"""Saleor through its GraphQL API, after its public schema: the example of a Python adapter (docs/order-systems.md).

It reads customers and orders, cancels orders and changes addresses; everything else is done by a person. Tried against
recorded shapes, not against a running Saleor.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from appliance.aftersales.orders.adapters import saleor_queries as queries
from appliance.aftersales.orders.connectors import Connection
from appliance.aftersales.orders.model import (
    Address,
    CaseKind,
    CaseReceipt,
    CaseRequest,
    CaseStatus,
    Customer,
    Line,
    Order,
    OrderStatus,
    Spec,
)
from appliance.aftersales.orders.notation import Money, NotReadable, read_money
from appliance.aftersales.orders.operations import Timeouts
from appliance.aftersales.orders.port import CannotFind, CannotWrite, OrderSystemRefused, OutcomeUnknown
from appliance.aftersales.orders.requests import Outgoing
from appliance.aftersales.orders.wire import Answer, NoAnswer, NotSent, Wire
from appliance.errors import ConfigurationError, NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, LineId, OperationId, OrderId
from security.untrusted import fenced

T = TypeVar("T")

_PAGE: Final = 50
_MOST_ORDERS: Final = 500
_LONGEST_ID: Final = 128
_TIMEOUTS: Final = Timeouts(connect_s=2, read_s=8, deadline_s=15)
_STATUSES: Final = {
    ("UNCONFIRMED", False): OrderStatus.UNPAID,
    ("UNFULFILLED", False): OrderStatus.UNPAID,
    ("UNCONFIRMED", True): OrderStatus.PAID,
    ("UNFULFILLED", True): OrderStatus.PAID,
    ("PARTIALLY_FULFILLED", True): OrderStatus.SHIPPED,
    ("FULFILLED", True): OrderStatus.SHIPPED,
    ("PARTIALLY_RETURNED", True): OrderStatus.COMPLETED,
    ("RETURNED", True): OrderStatus.COMPLETED,
    ("CANCELED", True): OrderStatus.CANCELLED,
    ("CANCELED", False): OrderStatus.CANCELLED,
    ("EXPIRED", False): OrderStatus.CANCELLED,
}
_PAID: Final = frozenset({"ORDER_FULLY_PAID", "ORDER_MARKED_AS_PAID"})
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_read_yuan = read_money(Money.YUAN)


def connect(connection: Connection) -> "SaleorOrderSystem":
    """Named in a mapping file: ``python: appliance.aftersales.orders.adapters.saleor:connect``."""
    currency = connection.settings.get("currency", "CNY")
    if not isinstance(currency, str):
        raise ConfigurationError("settings.currency: expected a currency like CNY")
    return SaleorOrderSystem(connection, currency)


class SaleorOrderSystem:
    """Implements ``OrderSystem``."""

    def __init__(self, connection: Connection, currency: str) -> None:
        self._currency = currency
        self._clock = connection.clock
        self._headers = {"Authorization": f"Bearer {connection.credentials.secret('token')}"}
        self._wire = Wire(connection.base_url, 10, 4 * 1024 * 1024)

    async def aclose(self) -> None:
        await self._wire.aclose()

    # reads

    async def customer(self, customer_id: CustomerId) -> Customer:
        found = await self._ask(queries.CUSTOMER, {"id": _id(customer_id)}, queries.CustomerAnswer)
        if found.user is None:
            raise NotFound("the order system has no such customer")
        return _customer(found.user)

    async def order(self, order_id: OrderId) -> Order:
        return self._order(await self._node(order_id))

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        orders: list[Order] = []
        after: str | None = None
        while True:
            variables = {"id": _id(customer_id), "first": _PAGE, "after": after}
            found = await self._ask(queries.ORDERS_OF, variables, queries.OrdersOfAnswer)
            if found.user is None or found.user.orders is None:
                break
            page = found.user.orders
            orders += [self._order(edge.node) for edge in page.edges]
            if len(orders) > _MOST_ORDERS:
                raise OrderSystemUnavailable(f"orders_of: more than {_MOST_ORDERS} rows")
            after = page.page_info.end_cursor
            if not page.page_info.has_next_page or after is None:
                break
        if any(order.customer_id != customer_id for order in orders):
            raise OrderSystemUnavailable("order.customer_id: not the customer asked for")
        return tuple(sorted(orders, key=lambda order: order.created_at or _LONG_AGO, reverse=True))

    async def specs(self, sku: str) -> tuple[Spec, ...]:  # noqa: ARG002
        return ()

    async def find_operation(self, operation_id: OperationId) -> CaseReceipt | None:  # noqa: ARG002
        raise CannotFind("find_operation: Saleor cannot look for a write by an id of ours")

    # writes

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        match request.kind:
            case CaseKind.CANCEL_ORDER:
                node = await self._node(request.order_id)
                return await self._mutate(queries.CANCEL, {"id": node.id}, request)
            case CaseKind.CHANGE_ADDRESS:
                node = await self._node(request.order_id)
                address = {"streetAddress1": request.address, "phone": request.phone}
                given = {key: value for key, value in address.items() if value is not None}
                return await self._mutate(queries.UPDATE, {"id": node.id, "address": given}, request)
            case _:
                raise CannotWrite(f"saleor: {request.kind} is not written")

    async def _mutate(self, query: str, variables: dict[str, Any], request: CaseRequest) -> CaseReceipt:
        try:
            sent = await self._send(query, variables)
        except NotSent as error:
            raise OrderSystemUnavailable(f"{request.kind}: {error}") from error
        except (NoAnswer, TimeoutError) as error:
            raise OutcomeUnknown(f"{request.kind}: {error}") from error
        if sent.status in (401, 403, 429):
            raise OrderSystemUnavailable(f"{request.kind}: status {sent.status}")
        try:
            result = _read(sent, queries.MutationAnswer).result
        except OrderSystemUnavailable as error:
            raise OutcomeUnknown(error.detail) from error
        if result.errors:
            raise OrderSystemRefused(f"{request.kind}: {result.errors[0].code}", result.errors[0].code)
        if result.order is None:
            raise OutcomeUnknown(f"{request.kind}: neither an order nor an error came back")
        return self._receipt(result.order, request)

    def _receipt(self, order: queries.ChangedOrder, request: CaseRequest) -> CaseReceipt:
        return CaseReceipt(
            case_id=order.id,
            operation_id=request.operation_id,
            kind=request.kind,
            status=CaseStatus.FINISHED,
            refund_fen=self._fen(order.total_refunded) if order.total_refunded else 0,
            created_at=self._clock.now(),
        )

    # both

    async def _node(self, order_id: OrderId) -> queries.OrderNode:
        found = await self._ask(queries.ORDER, {"number": _id(order_id)}, queries.OrderAnswer)
        edges = found.orders.edges if found.orders else ()
        if not edges:
            raise NotFound("the order system has no such order")
        if edges[0].node.number != order_id:
            raise OrderSystemUnavailable("order.order_id: not the one asked for")
        return edges[0].node

    async def _ask(self, query: str, variables: dict[str, Any], kind: type[T]) -> T:
        why = ""
        for pause_s in (0.0, 0.1, 0.4):
            await asyncio.sleep(pause_s)
            try:
                sent = await self._send(query, variables)
            except (NotSent, NoAnswer, TimeoutError) as error:
                why = str(error)
                continue
            if sent.status < 500:
                return _read(sent, kind)
            why = f"status {sent.status}"
        raise OrderSystemUnavailable(f"saleor: {why}")

    async def _send(self, query: str, variables: dict[str, Any]) -> Answer:
        body = msgspec.json.encode({"query": query, "variables": variables})
        outgoing = Outgoing(method="POST", path="/graphql/", headers=self._headers, json=body)
        async with asyncio.timeout(_TIMEOUTS.deadline_s):
            return await self._wire.exchange(outgoing, _TIMEOUTS)

    def _order(self, node: queries.OrderNode) -> Order:
        status = _STATUSES.get((node.status, node.is_paid))
        if status is None or node.user is None:
            raise OrderSystemUnavailable("order.status: expected a status that is known")
        parcel = node.fulfillments[0] if node.fulfillments else None
        return Order(
            order_id=OrderId(node.number),
            customer_id=CustomerId(node.user.id),
            status=status,
            created_at=node.created,
            paid_at=_paid_at(node),
            shipped_at=parcel.created if parcel else None,
            tracking_no=(fenced(parcel.tracking_number) or None) if parcel else None,
            freight_fen=self._fen(node.shipping_price.gross),
            address=_address(node.shipping_address) if node.shipping_address else None,
            buyer_note=fenced(node.customer_note) or None,
            lines=tuple(self._line(line) for line in node.lines),
        )

    def _line(self, line: queries.OrderLine) -> Line:
        return Line(
            line_id=LineId(line.id),
            sku=line.product_sku or line.id,
            title=fenced(f"{line.product_name} {line.variant_name}".strip()),
            category="general",
            quantity=line.quantity,
            unit_price_fen=self._fen(line.unit_price.gross),
        )

    def _fen(self, amount: queries.Amount) -> int:
        """Another currency is never taken for this one."""
        if amount.currency != self._currency:
            raise OrderSystemUnavailable(f"an amount: expected {self._currency}")
        try:
            return _read_yuan(f"{amount.amount:f}")
        except NotReadable as error:
            raise OrderSystemUnavailable(f"an amount: {error}") from None


def _paid_at(node: queries.OrderNode) -> datetime | None:
    """When the last of it was paid; none of what is not paid in full."""
    if not node.is_paid:
        return None
    return max((event.date for event in node.events if event.date and event.type in _PAID), default=None)


def _id(value: str) -> str:
    if not value or len(value) > _LONGEST_ID or not value.isprintable():
        raise NotFound("no such id")
    return value


def _read(sent: Answer, kind: type[T]) -> T:
    try:
        answer = msgspec.json.decode(sent.content, type=queries.Answered)
        if answer.errors or not 200 <= sent.status < 300 or not answer.data:
            raise OrderSystemUnavailable(f"saleor: status {sent.status}, {len(answer.errors)} errors of the query")
        return msgspec.json.decode(answer.data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        place = str(error).partition(" - at ")[2] or "the answer"
        raise OrderSystemUnavailable(f"saleor: {place} is not as expected") from None


def _customer(user: queries.User) -> Customer:
    address = user.default_shipping_address
    return Customer(
        customer_id=CustomerId(user.id),
        name=fenced(f"{user.last_name}{user.first_name}") or "-",
        phone=address.phone or "-" if address else "-",
    )


def _address(address: queries.PostalAddress) -> Address:
    text = "".join((address.country_area, address.city, address.street_address_1, address.street_address_2))
    return Address(
        name=fenced(f"{address.last_name}{address.first_name}") or "-", phone=address.phone or "-", text=fenced(text)
    )
