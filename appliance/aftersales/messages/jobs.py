"""Sends guides that are due, outside quiet hours: intent sealed, number looked up, one attempt, its end. Or a person.

A worker that dies in between leaves a lease; it is sent again under the same id, by which a gateway knows a repeat.
"""

import logging
from datetime import timedelta
from typing import Final

from appliance.aftersales.cases.port import AuditTrail, Delivery
from appliance.aftersales.messages import records, rules, store
from appliance.aftersales.messages.model import Failure, Guide, GuideState, Manners, Taken, Text
from appliance.aftersales.messages.ports import Gateway, OptOuts, Phones
from appliance.aftersales.work.model import Opening, WorkOrderKind
from appliance.aftersales.work.ports import Transactions
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db import Connection
from appliance.db.restoration import is_reconciling
from appliance.errors import ApplianceError, ConfigurationError, NotFound, OrderSystemUnavailable
from appliance.ids import uuid7
from security.errors import AuditUnavailable

_log = logging.getLogger(__name__)

AT_ONCE: Final = 20
_LEASE: Final = timedelta(minutes=2)


class GuideSender:
    def __init__(
        self,
        *,
        db: Transactions,
        gateway: Gateway,
        phones: Phones,
        opt_outs: OptOuts,
        audit: AuditTrail,
        delivery: Delivery,
        work: WorkOrders,
        clock: Clock,
        manners: Manners,
    ) -> None:
        self._db = db
        self._gateway = gateway
        self._phones = phones
        self._opt_outs = opt_outs
        self._audit = audit
        self._delivery = delivery
        self._work = work
        self._clock = clock
        self._manners = manners

    async def send_due(self) -> int:
        """How many were looked at; none in quiet hours, nor after a restore that nobody has ended."""
        now = self._clock.now()
        if rules.is_quiet(now, self._manners):
            return 0
        async with self._db.system() as conn:
            if await is_reconciling(conn):
                return 0
            due = await store.claim(conn, now=now, until=now + _LEASE, limit=AT_ONCE)
        for guide in due:
            await self._take(guide)
        return len(due)

    async def _take(self, guide: Guide) -> None:
        """Each by itself: one that goes wrong holds up no other, and its lease will end; so often and no more."""
        try:
            if rules.is_worn_out(guide):
                await self._end(guide, GuideState.DEAD, Taken(failure=Failure.BROKEN_OFF))
            elif not rules.is_still_due(guide):
                await self._end(guide, GuideState.SKIPPED, Taken())
            else:
                await self._send_unless_unwanted(guide)
        except Exception:
            _log.exception("guide.left", extra={"message_id": guide.message_id})

    async def _send_unless_unwanted(self, guide: Guide) -> None:
        try:
            wants_none = self._opt_outs.wants_none(guide.shop_id, guide.customer_id)
        except ConfigurationError:
            await self._settle(guide, Taken(failure=Failure.WISHES_UNREADABLE))
            return
        if wants_none:
            await self._end(guide, GuideState.SKIPPED, Taken())
        else:
            await self._settle(guide, await self._attempt(guide))

    async def _attempt(self, guide: Guide) -> Taken:
        intent = records.intent(uuid7(), guide)
        async with self._db.transaction(guide.shop_id) as conn:
            await self._audit.append(conn, [intent])
        try:
            await self._audit.wait_sealed([intent.id])
        except AuditUnavailable:
            return Taken(failure=Failure.UNSEALED)
        phone = await self._number(guide)
        if isinstance(phone, Taken):
            return phone
        params = rules.params_of(guide, self._manners)
        return await self._gateway.send(
            Text(message_id=guide.message_id, phone=phone, template=guide.kind, params=params)
        )

    async def _number(self, guide: Guide) -> str | Taken:
        """Looked up for this one attempt and kept nowhere."""
        try:
            found = rules.mobile_of(await self._phones.of(guide.shop_id, guide.customer_id))
        except NotFound:
            found = None
        except OrderSystemUnavailable:
            return Taken(failure=Failure.NOT_REACHED)
        return found or Taken(failure=Failure.NO_NUMBER)

    async def _settle(self, guide: Guide, taken: Taken) -> None:
        if taken.failure is None:
            await self._end(guide, GuideState.SENT, taken)
            return
        _log.warning("guide.not_sent", extra={"message_id": guide.message_id, "failure": taken.failure})
        pause = rules.pause_after(guide.attempts, taken.failure)
        if pause is None:
            await self._end(guide, GuideState.DEAD, taken)
            return
        async with self._db.transaction(guide.shop_id) as conn:
            if await store.put_off(conn, guide, taken.failure, self._clock.now() + pause):
                await self._audit.append(conn, [records.outcome(guide, taken)])

    async def _end(self, guide: Guide, state: GuideState, taken: Taken) -> None:
        async with self._db.transaction(guide.shop_id) as conn:
            if not await store.end(conn, guide, state, taken, self._clock.now()):
                return
            if state is not GuideState.SKIPPED:
                await self._audit.append(conn, [records.outcome(guide, taken)])
            if state is GuideState.DEAD:
                await self._call_people(conn, guide, taken)
        if state is GuideState.SENT:
            await self._tell(guide)

    async def _call_people(self, conn: Connection, guide: Guide, taken: Taken) -> None:
        opening = Opening(
            kind=WorkOrderKind.GUIDE_UNSENT,
            conversation_id=guide.conversation_id,
            case_id=guide.case_id,
            order_id=guide.order_id,
            summary={"failure": taken.failure, "attempts": guide.attempts},
        )
        await self._work.open(conn, guide.shop_id, opening)

    async def _tell(self, guide: Guide) -> None:
        """The gateway took it, whatever becomes of saying so: a conversation that is gone sends nothing twice."""
        try:
            async with self._db.transaction(guide.shop_id) as conn:
                notice = await store.notice(conn, guide)
                await self._delivery.deliver(conn, guide.shop_id, guide.conversation_id, notice)
        except ApplianceError:
            _log.info("guide.untold", extra={"message_id": guide.message_id})
