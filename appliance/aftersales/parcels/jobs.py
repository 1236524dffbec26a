"""The clocks of approved returns, looked at every few minutes: the customer reminded, people called, money watched.

Idempotent: a step is noted in the transaction that does it, so a look that is repeated, late, or made by two workers
at once does nothing twice. Of reminders that were all missed, one is said.
"""

import logging
from uuid import UUID

from appliance.aftersales.cases.port import Delivery
from appliance.aftersales.parcels import store
from appliance.aftersales.parcels.deadlines import LOOKS_BACK, Days, Does, Step, Watched, due
from appliance.aftersales.work import store as work_store
from appliance.aftersales.work.model import APPLIANCE, Asked, Deed, Opening, Priority, WorkOrderKind
from appliance.aftersales.work.ports import Transactions
from appliance.aftersales.work.rules import OPEN
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db import Connection
from appliance.errors import ApplianceError
from appliance.ids import ShopId, uuid7

_log = logging.getLogger(__name__)

AT_ONCE = 200
_FIRST = UUID(int=0)
_WARNING = "refund_warning"


class ReturnWatch:
    def __init__(self, *, db: Transactions, delivery: Delivery, work: WorkOrders, clock: Clock, days: Days) -> None:
        self._db = db
        self._delivery = delivery
        self._work = work
        self._clock = clock
        self._days = days

    async def look(self) -> int:
        """At every shop's open returns; how many steps were done."""
        async with self._db.system() as conn:
            shops = await store.shops_with_returns(conn)
        return sum([await self._look_at(shop) for shop in shops])

    async def _look_at(self, shop: ShopId) -> int:
        done, after = 0, _FIRST
        while True:
            async with self._db.transaction(shop) as conn:
                found = await store.watched(conn, shop, self._clock.now() - LOOKS_BACK, after, AT_ONCE)
            for case in found:
                done += await self._take(shop, case)
            if len(found) < AT_ONCE:
                return done
            after = found[-1].case_id

    async def _take(self, shop: ShopId, case: Watched) -> int:
        """Each case by itself: one that cannot be told of keeps no other waiting, and is tried again."""
        ready = due(case, self._days, self._clock.now())
        if not ready:
            return 0
        try:
            async with self._db.transaction(shop) as conn:
                return sum([await self._do(conn, shop, case, step, is_last=step is ready[-1]) for step in ready])
        except ApplianceError:
            _log.warning("return_watch.put_off", extra={"case_id": case.case_id})
            return 0

    async def _do(self, conn: Connection, shop: ShopId, case: Watched, step: Step, *, is_last: bool) -> int:
        opens = step.does in (Does.WORK_ORDER, Does.WARN_FINANCE)
        work_order_id = uuid7() if opens else None
        if not await store.do_step(conn, shop, case.case_id, step.name, self._clock.now(), work_order_id):
            return 0
        match step.does:
            case Does.REMIND if is_last:
                notice = await store.reminder(conn, shop, case.case_id)
                await self._delivery.deliver(conn, shop, case.conversation_id, notice)
            case Does.WORK_ORDER:
                await self._open(conn, shop, case, WorkOrderKind.RETURN_OVERDUE, work_order_id)
            case Does.WARN_FINANCE:
                await self._open(conn, shop, case, WorkOrderKind.REFUND_DUE, work_order_id)
            case Does.ESCALATE:
                await self._escalate(conn, shop, case)
        return 1

    async def _escalate(self, conn: Connection, shop: ShopId, case: Watched) -> None:
        """The warning's work order; where it is closed and the money is still not back, a new and urgent one."""
        _log.warning("refund.overdue", extra={"case_id": case.case_id})
        warned = await store.work_order_of(conn, shop, case.case_id, _WARNING)
        order = await work_store.lock(conn, shop, warned) if warned else None
        if order is not None and order.state in OPEN:
            await self._work.do(conn, order, Asked(deed=Deed.ESCALATE), APPLIANCE)
            return
        await self._open(conn, shop, case, WorkOrderKind.REFUND_DUE, None, Priority.URGENT)

    async def _open(
        self,
        conn: Connection,
        shop: ShopId,
        case: Watched,
        kind: WorkOrderKind,
        work_order_id: UUID | None,
        priority: Priority | None = None,
    ) -> None:
        opening = Opening(
            kind=kind,
            conversation_id=case.conversation_id,
            case_id=case.case_id,
            order_id=case.order_id,
            priority=priority,
            summary={"case_kind": case.kind, "refund_fen": case.refund_fen},
        )
        await self._work.open(conn, shop, opening, work_order_id=work_order_id)
