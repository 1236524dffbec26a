"""The side of the call and of people: an attempt is answered, ends, and says what follows; wishes are kept."""

import logging
from datetime import datetime
from uuid import UUID

from appliance.aftersales.cases.port import AuditTrail
from appliance.aftersales.work import store as work_store
from appliance.aftersales.work.model import Asked, Author, AuthorType, Deed, NotInThisState
from appliance.aftersales.work.model import Outcome as WorkOutcome
from appliance.aftersales.work.ports import Transactions
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId
from appliance.outbound import records, rules, store
from appliance.outbound.model import Attempt, CallState, Manners, Outcome, Refused, Told, Withdrawn
from appliance.outbound.secrets import CallSecrets
from security.audit.record import Actor, ActorType, Target

_log = logging.getLogger(__name__)

OUTBOUND = Author(type=AuthorType.SERVICE, id="outbound")
_CUSTOMER = Actor(type=ActorType.CUSTOMER, id="called")


class OutboundDesk:
    def __init__(
        self,
        *,
        db: Transactions,
        secrets: CallSecrets,
        audit: AuditTrail,
        work: WorkOrders,
        clock: Clock,
        manners: Manners,
    ) -> None:
        self._db = db
        self._secrets = secrets
        self._audit = audit
        self._work = work
        self._clock = clock
        self._manners = manners

    async def answered(self, token: str, number: str) -> Attempt | None:
        """Once. None: no such attempt is under way, or the number is not the one that was to be rung."""
        async with self._db.system() as conn:
            attempt = await store.by_token(conn, self._secrets.of_token(token))
        if attempt is None or self._secrets.of_number(number) != attempt.number_mac:
            return None
        async with self._db.transaction(attempt.shop_id) as conn:
            is_first = await store.answer(conn, attempt, self._clock.now())
        return attempt if is_first else None

    async def held_in(self, attempt: Attempt, conversation_id: ConversationId) -> None:
        async with self._db.transaction(attempt.shop_id) as conn:
            await store.held_in(conn, attempt, conversation_id)

    async def tried(self, token: str, dialstatus: str) -> None:
        """What the dialplan says of one that nobody answered, or that came too late to ring. Nothing for one that it
        has said already."""
        async with self._db.system() as conn:
            attempt = await store.by_token(conn, self._secrets.of_token(token))
        outcome = rules.outcome_of(dialstatus)
        if attempt is not None and outcome is not None and attempt.answered_at is None:
            await self.ended(attempt, outcome)

    async def refused(self, attempt: Attempt) -> None:
        """He wants no calls any more: kept now, whatever becomes of the rest of this one."""
        async with self._db.transaction(attempt.shop_id) as conn:
            await self._refuse(conn, attempt, self._clock.now())

    async def refused_late(self, shop: ShopId, attempt_id: UUID) -> None:
        """What could not be kept when it was said; and how that call ended, if nobody could say so either."""
        async with self._db.transaction(shop) as conn:
            attempt = await store.by_id(conn, shop, attempt_id)
            if attempt is None:
                _log.error("outbound.wish_of_no_attempt", extra={"attempt_id": str(attempt_id)})
            elif not await self.end(conn, attempt, Outcome.OPTED_OUT):
                await self._refuse(conn, attempt, self._clock.now())

    async def ended(self, attempt: Attempt, outcome: Outcome) -> bool:
        """And what follows: another try, or the end. False: somebody has said so before."""
        async with self._db.transaction(attempt.shop_id) as conn:
            return await self.end(conn, attempt, outcome)

    async def end(self, conn: Connection, attempt: Attempt, outcome: Outcome) -> bool:
        """What he has said of calls on it counts, also where nobody is left who heard it."""
        now = self._clock.now()
        outcome = Outcome.OPTED_OUT if await self._has_refused(conn, attempt) else outcome
        if not await store.end(conn, attempt, outcome, now):
            return False
        state, due_at = rules.after(outcome, attempt.number, now, self._manners)
        await store.settle(conn, attempt.shop_id, attempt.call_id, attempt.number, state, due_at, now)
        if outcome is Outcome.OPTED_OUT:
            await self._refuse(conn, attempt, now)
        if state is CallState.REACHED and attempt.work_order_id is not None:
            await self._resolve(conn, attempt.shop_id, attempt.work_order_id)
        await self._audit.append(conn, [records.ended(attempt, outcome)])
        return True

    async def refuse_for(self, conn: Connection, shop: ShopId, work_order_id: UUID, how: Refused, actor: Actor) -> bool:
        """For the account that a work order is about, and the numbers rung for it. False: neither is known."""
        macs = await self._meant(conn, shop, work_order_id)
        if macs:
            await store.refuse(conn, shop, macs, how, self._clock.now())
            about = Target(type="work_order", id=str(work_order_id))
            await self._audit.append(conn, [records.wished(shop, how, actor, about)])
        return bool(macs)

    async def allow_for(
        self, conn: Connection, shop: ShopId, work_order_id: UUID, why: Withdrawn, actor: Actor
    ) -> bool:
        """What was refused for them counts no more, whoever took it down. False: nothing was. No call that was left
        out meanwhile is made up for."""
        if not await store.withdraw(conn, shop, await self._meant(conn, shop, work_order_id)):
            return False
        about = Target(type="work_order", id=str(work_order_id))
        await self._audit.append(conn, [records.withdrawn(shop, why, actor, about)])
        return True

    async def of_work_order(self, conn: Connection, shop: ShopId, work_order_id: UUID) -> list[Told]:
        """Every attempt at calling for it, oldest first."""
        return await store.told(conn, shop, work_order_id)

    async def _meant(self, conn: Connection, shop: ShopId, work_order_id: UUID) -> list[bytes]:
        customer_id, numbers = await store.meant(conn, shop, work_order_id)
        macs = [self._secrets.wish_of_number(shop, mac) for mac in numbers]
        if customer_id is not None:
            macs.append(self._secrets.of_customer(shop, customer_id))
        return macs

    async def _has_refused(self, conn: Connection, attempt: Attempt) -> bool:
        answered_at = attempt.answered_at
        if answered_at is None:
            return False
        said = await store.refusals(conn, attempt.shop_id, self._macs(attempt))
        return any(how is Refused.ON_THE_CALL and since >= answered_at for how, since in said)

    def _macs(self, attempt: Attempt) -> list[bytes]:
        macs = [self._secrets.wish_of_number(attempt.shop_id, attempt.number_mac)]
        if attempt.customer_id is not None:
            macs.append(self._secrets.of_customer(attempt.shop_id, attempt.customer_id))
        return macs

    async def _refuse(self, conn: Connection, attempt: Attempt, now: datetime) -> None:
        """A repeat changes nothing."""
        shop = attempt.shop_id
        if await store.refuse(conn, shop, self._macs(attempt), Refused.ON_THE_CALL, now):
            about = Target(type="outbound_call", id=str(attempt.call_id))
            await self._audit.append(conn, [records.wished(shop, Refused.ON_THE_CALL, _CUSTOMER, about)])

    async def _resolve(self, conn: Connection, shop: ShopId, work_order_id: UUID) -> None:
        """He was spoken with. What a person has taken up meanwhile, or ended, is his."""
        order = await work_store.lock(conn, shop, work_order_id)
        if order is None or order.responded_at is not None:
            return
        try:
            await self._work.do(conn, order, Asked(deed=Deed.RESOLVE, outcome=WorkOutcome.DONE), OUTBOUND)
        except NotInThisState:
            return
