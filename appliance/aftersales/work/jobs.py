"""The clocks of work orders, looked at every minute: warned before they are due, escalated once for each breach.

What waits for its customer goes on once he has answered, or has had his time.

Idempotent: what was noted is noted in the same statement's transaction, so a tick that is repeated, late, or run by
two workers at once finds nothing left to do.
"""

import logging

from appliance.aftersales.work import rules, store
from appliance.aftersales.work.model import APPLIANCE, Asked, Deed, WorkOrder
from appliance.aftersales.work.ports import Answers, Transactions
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db import Connection
from appliance.ids import ShopId

_log = logging.getLogger(__name__)

AT_ONCE = 100


class Watch:
    def __init__(self, *, db: Transactions, orders: WorkOrders, answers: Answers, clock: Clock) -> None:
        self._db = db
        self._orders = orders
        self._answers = answers
        self._clock = clock

    async def look(self) -> int:
        """At every shop's clocks; how many work orders had something to note."""
        async with self._db.system() as conn:
            waiting = await store.shops_waiting(conn)
        gone_on = sum([await self._go_on(shop) for shop in waiting])
        async with self._db.system() as conn:
            shops = await store.shops_with_due(conn, self._clock.now())
        return gone_on + sum([await self._look_at(shop) for shop in shops])

    async def _go_on(self, shop: ShopId) -> int:
        count, after = 0, None
        while True:
            async with self._db.transaction(shop) as conn:
                found = await store.waiting(conn, shop, after, AT_ONCE)
                talks = sorted({order.conversation_id for order in found if order.conversation_id is not None})
                answered = await self._answers.last_words(conn, shop, talks)
                for order in found:
                    at = answered.get(order.conversation_id) if order.conversation_id is not None else None
                    count += await self._orders.go_on(conn, order, at)
            if len(found) < AT_ONCE:
                return count
            after = found[-1].work_order_id

    async def _look_at(self, shop: ShopId) -> int:
        noted = 0
        while True:
            async with self._db.transaction(shop) as conn:
                found = await store.due(conn, shop, self._clock.now(), AT_ONCE)
                for order in found:
                    await self._note(conn, order)
            noted += len(found)
            if len(found) < AT_ONCE:
                return noted

    async def _note(self, conn: Connection, order: WorkOrder) -> None:
        now = self._clock.now()
        late = rules.breaches(order, now)
        if not late:
            await self._orders.warn(conn, order)
            return
        _log.warning("work_order.breached", extra={"work_order_id": order.work_order_id, "breaches": list(late)})
        marked = await self._orders.breach(conn, order, late)
        for _ in late:
            marked = await self._orders.do(conn, marked, Asked(deed=Deed.ESCALATE), APPLIANCE)
