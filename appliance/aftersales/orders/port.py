"""The port to the shop's order system. One instance speaks for one shop."""

from typing import Protocol

from appliance.aftersales.orders.model import CaseReceipt, CaseRequest, Customer, Order, Spec
from appliance.errors import ApplianceError, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId


class OrderSystemRefused(ApplianceError):
    """The order system understood the write and said no; nothing was written. ``reason`` is its own word."""

    code = "order_system_refused"
    status = 409

    def __init__(self, detail: str, reason: str) -> None:
        super().__init__(detail)
        self.reason = reason


class CannotWrite(ApplianceError):
    """The order system has no such write, or its mapping says that it is not to be used. A person does it by hand."""

    code = "cannot_write"
    status = 409


class CannotFind(OrderSystemUnavailable):
    """The order system cannot look for a write by its id: it never will answer that."""


class OutcomeUnknown(OrderSystemUnavailable):
    """The write was sent and its answer lost: it may or may not be done. Query, never repeat blindly."""

    code = "outcome_unknown"


class PartlyReadable(OrderSystemUnavailable):
    """Of a customer's orders some stand there as the mapping knows no order to stand: those are for people.

    Whoever can go on with the others does; for everybody else the list could not be read.
    """

    code = "orders_partly_readable"

    def __init__(self, detail: str, readable: tuple[Order, ...], unreadable: tuple[OrderId, ...]) -> None:
        super().__init__(detail)
        self.readable = readable
        self.unreadable = unreadable


class OrderSystem(Protocol):
    """Reads raise NotFound or OrderSystemUnavailable. They are retried inside, within their deadline."""

    async def customer(self, customer_id: CustomerId) -> Customer: ...

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        """All orders of this customer, newest first. PartlyReadable: some of them cannot be read."""
        ...

    async def order(self, order_id: OrderId) -> Order: ...

    async def specs(self, sku: str) -> tuple[Spec, ...]:
        """The spec and its siblings of the same product, as on sale today. Empty: nothing is known."""
        ...

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        """Write once under ``request.operation_id``.

        Raises CannotWrite (never done here, nothing sent), OrderSystemRefused (nothing written),
        OrderSystemUnavailable (surely not sent), OutcomeUnknown (sent, no answer).
        """
        ...

    async def find_operation(self, operation_id: OperationId) -> CaseReceipt | None:
        """The receipt of a write made under this id, or None if the order system surely has none.

        An order system that cannot look for one is OrderSystemUnavailable here, for ever.
        """
        ...

    async def aclose(self) -> None: ...
