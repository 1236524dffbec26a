"""Tries an order system through its mapping, read by read. It writes only where it is told to, on a marked order."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Any, TypeVar

import msgspec

from appliance.aftersales.orders.answers import decode
from appliance.aftersales.orders.looks import FieldSeen, looked
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.operations import ReadName
from appliance.aftersales.orders.paths import dig
from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.orders.rest import Exchange
from appliance.clock import Clock
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId, uuid7

T = TypeVar("T")

_NOBODY = "no-such-customer-0"
_RECORD_OF = {
    ReadName.CUSTOMER: "customer",
    ReadName.ORDERS_OF: "order",
    ReadName.ORDER: "order",
    ReadName.SPECS: "spec",
}


class Tried(Record, frozen=True):
    """One operation."""

    operation: str
    is_good: bool
    detail: str
    fields: tuple[FieldSeen, ...] = ()


class Timing(Record, frozen=True):
    operation: str
    requests: int
    median_ms: float
    longest_ms: float


class Seen:
    """What went over the wire meanwhile: hand ``note`` to a ``RestOrderSystem`` as its ``watch``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._exchanges: list[tuple[Exchange, datetime]] = []

    def note(self, exchange: Exchange) -> None:
        self._exchanges.append((exchange, self._clock.now()))

    @property
    def count(self) -> int:
        return len(self._exchanges)

    def since(self, begin: int) -> list[Exchange]:
        return [exchange for exchange, _ in self._exchanges[begin:]]

    def timings(self) -> tuple[Timing, ...]:
        took: dict[str, list[float]] = {}
        for exchange, _ in self._exchanges:
            took.setdefault(exchange.operation.name, []).append(exchange.took_s * 1000)
        return tuple(
            Timing(operation=name, requests=len(ms), median_ms=round(median(ms), 1), longest_ms=round(max(ms), 1))
            for name, ms in took.items()
        )

    def clock_skew_s(self) -> float | None:
        """How far the order system's clock is ahead of ours, by the header Date (whole seconds); None without one."""
        ahead = []
        for exchange, at in self._exchanges:
            try:
                there = parsedate_to_datetime(exchange.answer.date or "")
            except (ValueError, TypeError):
                continue
            ahead.append((there - at).total_seconds() if there.tzinfo else 0.0)
        return round(median(ahead), 1) if ahead else None


class Trial:
    """Collects what was tried; later reads take their ids from earlier ones."""

    def __init__(
        self, system: OrderSystem, cannot: frozenset[str], mapping: Mapping | None = None, seen: Seen | None = None
    ) -> None:
        """Without a mapping, as of a Python adapter, fields are told as they came out, not as they went in."""
        self._cannot = cannot
        self._mapping = mapping
        self._seen = seen
        self._system = system
        self.tried: list[Tried] = []

    async def run(self, customer_id: str | None) -> list[Tried]:
        """Without a customer only what is not there is asked for, which shows that it is told apart from trouble."""
        system = self._system
        await self._absent("customer", lambda: system.customer(CustomerId(_NOBODY)))
        await self._absent("order", lambda: system.order(OrderId("no-such-order-0")))
        if ReadName.FIND_OPERATION not in self._cannot:
            await self._absent("find_operation", lambda: system.find_operation(OperationId(uuid7())))
        if customer_id is not None:
            await self._present(CustomerId(customer_id))
        return self.tried

    async def _present(self, customer_id: CustomerId) -> None:
        system = self._system
        await self._read(ReadName.CUSTOMER, lambda: system.customer(customer_id))
        orders = await self._read(ReadName.ORDERS_OF, lambda: system.orders_of(customer_id))
        if orders is None:
            return
        if not orders:
            self._fail("order", "not tried: this customer has no orders; name one who has")
            return
        order = await self._read(ReadName.ORDER, lambda: system.order(orders[0].order_id))
        if order is not None and order != orders[0]:
            strange = [name for name in order.__struct_fields__ if getattr(order, name) != getattr(orders[0], name)]
            detail = f"alone it differs from the list in {', '.join(strange)}"
            self._fail("order and orders_of", detail)
        if ReadName.SPECS in self._cannot:
            return
        if orders[0].lines:
            await self._read(ReadName.SPECS, lambda: system.specs(orders[0].lines[0].sku))
        else:
            self._fail("specs", "not tried: this customer's newest order has no lines; name one whose order has some")

    def _fail(self, operation: str, detail: str) -> None:
        self.tried.append(Tried(operation=operation, is_good=False, detail=detail))

    async def _absent(self, operation: str, read: Callable[[], Awaitable[Any]]) -> None:
        try:
            found = await read()
        except NotFound:
            found = None
        except OrderSystemUnavailable as error:
            self._fail(operation, f"of nothing: {error.detail}")
            return
        is_absent = found is None
        detail = "what is not there is not found" if is_absent else "something was found under a made-up id"
        self.tried.append(Tried(operation=operation, is_good=is_absent, detail=detail))

    async def _read(self, name: ReadName, read: Callable[[], Awaitable[T]]) -> T | None:
        begin = self._seen.count if self._seen else 0
        try:
            found = await read()
        except (NotFound, OrderSystemUnavailable) as error:
            fields = self._looked(name, begin)
            self.tried.append(Tried(operation=name, is_good=False, detail=error.detail, fields=fields))
            return None
        rows: Iterable[Any] = found if isinstance(found, tuple) else (found,)
        rows = tuple(rows)
        fields = self._looked(name, begin) or _come_out(rows)
        requests = len(self._seen.since(begin)) if self._seen else 1
        pages = f" in {requests} requests" if requests > 1 else ""
        self.tried.append(Tried(operation=name, is_good=True, detail=f"{len(rows)} read{pages}", fields=fields))
        return found

    def _looked(self, name: ReadName, begin: int) -> tuple[FieldSeen, ...]:
        if self._mapping is None or self._seen is None:
            return ()
        rows: list[Any] = []
        for exchange in self._seen.since(begin):
            found = dig(decode(exchange.answer.content), exchange.operation.answer)
            rows += found if isinstance(found, list) else [found]
        if not any(isinstance(row, dict) for row in rows):
            return ()
        return looked(self._mapping.readers[_RECORD_OF[name]], rows)


def _come_out(rows: tuple[Any, ...]) -> tuple[FieldSeen, ...]:
    if not rows:
        return ()
    filled = {
        field.name
        for row in rows
        for field in msgspec.structs.fields(row)
        if getattr(row, field.name) not in (None, (), "")
    }
    return tuple(
        FieldSeen(name=name, state="filled" if name in filled else "empty") for name in rows[0].__struct_fields__
    )
