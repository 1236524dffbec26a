"""An order system that keeps everybody waiting and answers nothing is left alone for a while.

Without that each turn, and each write that is due, would wait for the whole deadline to learn the same. One that fails
at once costs nobody time, and is asked every time. One process counts for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from appliance.aftersales.orders.model import CaseReceipt, CaseRequest, Customer, Order, Spec
from appliance.aftersales.orders.port import OrderSystem, PartlyReadable
from appliance.config_orders import OrderSettings
from appliance.errors import ApplianceError, OrderSystemUnavailable
from appliance.ids import CustomerId, OperationId, OrderId
from models.breaker import Breaker

Answer = TypeVar("Answer")


class RestingOrderSystem:
    """``OrderSystem`` of one shop. While it rests, everything is OrderSystemUnavailable at once: surely not sent."""

    def __init__(self, system: OrderSystem, settings: OrderSettings, *, rests: Callable[[float], None]) -> None:
        """Any answer, also a no, begins the count of silences anew. ``rests``: told for how many seconds it will."""
        self._system = system
        self._settings = settings
        self._breaker = Breaker(settings.silences, settings.rest_s, rests=rests)

    async def customer(self, customer_id: CustomerId) -> Customer:
        return await self._asked(lambda: self._system.customer(customer_id))

    async def orders_of(self, customer_id: CustomerId) -> tuple[Order, ...]:
        return await self._asked(lambda: self._system.orders_of(customer_id))

    async def order(self, order_id: OrderId) -> Order:
        return await self._asked(lambda: self._system.order(order_id))

    async def specs(self, sku: str) -> tuple[Spec, ...]:
        return await self._asked(lambda: self._system.specs(sku))

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        return await self._asked(lambda: self._system.execute(request))

    async def find_operation(self, operation_id: OperationId) -> CaseReceipt | None:
        return await self._asked(lambda: self._system.find_operation(operation_id))

    async def aclose(self) -> None:
        await self._system.aclose()

    async def _asked(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        attempt = self._breaker.begin()
        if attempt is None:
            raise OrderSystemUnavailable("it gave no answer in time again and again, and is left alone")
        began = monotonic()
        with attempt:
            try:
                answer = await ask()
            except PartlyReadable:
                attempt.answered()
                raise
            except (OrderSystemUnavailable, asyncio.CancelledError):
                if monotonic() - began >= self._settings.silence_s:
                    attempt.failed()
                raise
            except ApplianceError:
                attempt.answered()
                raise
            attempt.answered()
            return answer
