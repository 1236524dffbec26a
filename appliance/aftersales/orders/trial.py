"""Tries a mapping against a living order system, read by read. It never writes, and shows no values of a customer's."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec

from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.port import OrderSystem
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId, uuid7

T = TypeVar("T")

_NOBODY = "no-such-customer-0"


class FieldSeen(Record, frozen=True):
    name: str
    state: str
    """``filled``, ``empty`` or ``not mapped``."""


class Tried(Record, frozen=True):
    """One read operation."""

    operation: str
    is_good: bool
    detail: str
    fields: tuple[FieldSeen, ...] = ()


class Trial:
    """Collects what was tried; later reads take their ids from earlier ones."""

    def __init__(self, mapping: Mapping, system: OrderSystem) -> None:
        self._mapping = mapping
        self._system = system
        self.tried: list[Tried] = []

    async def run(self, customer_id: str | None) -> list[Tried]:
        """Without a customer only what is not there is asked for, which shows that it is told apart from trouble."""
        system = self._system
        await self._absent("customer", lambda: system.customer(CustomerId(_NOBODY)))
        await self._absent("order", lambda: system.order(OrderId("no-such-order-0")))
        await self._absent("find_operation", lambda: system.find_operation(OperationId(uuid7())))
        if customer_id is not None:
            await self._present(CustomerId(customer_id))
        return self.tried

    async def _present(self, customer_id: CustomerId) -> None:
        system = self._system
        await self._read("customer", "customer", lambda: system.customer(customer_id))
        orders = await self._read("orders_of", "order", lambda: system.orders_of(customer_id))
        if not orders:
            return
        await self._read("order", "order", lambda: system.order(orders[0].order_id))
        await self._read("specs", "spec", lambda: system.specs(orders[0].lines[0].sku))

    async def _absent(self, operation: str, read: Callable[[], Awaitable[Any]]) -> None:
        try:
            found = await read()
        except NotFound:
            found = None
        except OrderSystemUnavailable as error:
            self.tried.append(Tried(operation=operation, is_good=False, detail=f"of nothing: {error.detail}"))
            return
        is_absent = found is None
        detail = "what is not there is not found" if is_absent else "something was found under a made-up id"
        self.tried.append(Tried(operation=operation, is_good=is_absent, detail=detail))

    async def _read(self, operation: str, record: str, read: Callable[[], Awaitable[T]]) -> T | None:
        try:
            found = await read()
        except (NotFound, OrderSystemUnavailable) as error:
            self.tried.append(Tried(operation=operation, is_good=False, detail=error.detail))
            return None
        rows: Iterable[Any] = found if isinstance(found, tuple) else (found,)
        rows = tuple(rows)
        fields = self._seen(record, rows)
        self.tried.append(Tried(operation=operation, is_good=True, detail=f"{len(rows)} read", fields=fields))
        return found

    def _seen(self, record: str, rows: tuple[Any, ...]) -> tuple[FieldSeen, ...]:
        if not rows:
            return ()
        mapped = self._mapping.fields[record]
        filled = {
            field.name
            for row in rows
            for field in msgspec.structs.fields(row)
            if getattr(row, field.name) not in (None, (), "")
        }
        return tuple(
            FieldSeen(name=name, state=("filled" if name in filled else "empty") if name in mapped else "not mapped")
            for name in rows[0].__struct_fields__
        )
