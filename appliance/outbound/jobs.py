"""The worker's side of calls: plans them, dials what is due, and ends what nobody will say anything of any more."""

import logging
from datetime import datetime, timedelta
from typing import Final

from appliance.aftersales.cases.port import AuditTrail
from appliance.aftersales.work.ports import Transactions
from appliance.clock import Clock
from appliance.config_calls import Purpose
from appliance.db import Connection
from appliance.db.restoration import is_reconciling
from appliance.errors import ApplianceError, OrderSystemUnavailable
from appliance.ids import ShopId, uuid7
from appliance.outbound import records, rules, store
from appliance.outbound.model import Attempt, Basis, CallState, Dial, Manners, Outcome, Planned
from appliance.outbound.ports import NotPlaced, Numbers, Pbx
from appliance.outbound.secrets import CallSecrets
from appliance.outbound.service import OutboundDesk
from security.errors import AuditUnavailable

_log = logging.getLogger(__name__)

_PLANNED_AT_ONCE: Final = 100
_LEASE: Final = timedelta(minutes=3)
_SOON: Final = timedelta(minutes=5)
"""A telephone that is being rung, or an order system that is away."""
NEWS_OF: Final = timedelta(days=2)
"""What is older is no news any more."""


class OutboundCaller:
    def __init__(
        self,
        *,
        db: Transactions,
        desk: OutboundDesk,
        secrets: CallSecrets,
        pbx: Pbx,
        numbers: Numbers,
        audit: AuditTrail,
        clock: Clock,
        manners: Manners,
    ) -> None:
        self._db = db
        self._desk = desk
        self._secrets = secrets
        self._pbx = pbx
        self._numbers = numbers
        self._audit = audit
        self._clock = clock
        self._manners = manners

    async def plan(self) -> int:
        """What there is to call for in the shops that want it. Each once, and each with its ground on record."""
        planned = 0
        for shop in self._manners.shops:
            async with self._db.transaction(shop) as conn:
                planned += await self._plan(conn, shop)
        return planned

    async def _plan(self, conn: Connection, shop: ShopId) -> int:
        now = self._clock.now()
        rests = await self._due_call_backs(conn, shop, now) if Purpose.CALL_BACK in self._manners.purposes else []
        if news := [purpose for purpose in self._manners.purposes if purpose is not Purpose.CALL_BACK]:
            rests += await store.plan_news(conn, shop, news, now - NEWS_OF, now)
        for each in rests:
            basis = Basis(each["basis"])
            record = records.planned(shop, each["call_id"], each["purpose"], basis, each["rests_on"])
            await self._audit.append(conn, [record])
        return len(rests)

    async def _due_call_backs(self, conn: Connection, shop: ShopId, now: datetime) -> list[store.Rests]:
        due = [
            work_order_id
            for work_order_id, summary in await store.call_backs(conn, shop, _PLANNED_AT_ONCE)
            if (at := rules.wished_at(summary)) is None or at <= now
        ]
        return await store.plan_call_backs(conn, shop, due, now) if due else []

    async def dial_due(self) -> int:
        """How many were rung; never more at once than may be, and none that could ring in quiet hours, nor after a
        restore that nobody has ended."""
        now = self._clock.now()
        if not rules.may_ring(now, self._manners):
            return 0
        manners = self._manners
        async with self._db.system() as conn:
            if await is_reconciling(conn):
                return 0
            room = manners.at_once - await store.under_way(conn)
            if room <= 0:
                return 0
            due = await store.claim(conn, manners.shops, manners.purposes, now=now, until=now + _LEASE, limit=room)
        return sum([await self._dial_safely(call) for call in due])

    async def _dial_safely(self, call: Planned) -> bool:
        """Each by itself: one that goes wrong holds up no other, and its lease will end."""
        try:
            return await self._dial(call)
        except Exception:
            _log.exception("outbound.left", extra={"call_id": str(call.call_id)})
            return False

    async def _dial(self, call: Planned) -> bool:
        if not call.is_still_due:
            return await self._settle(call, CallState.SKIPPED)
        if call.attempts > self._manners.tries:  # broken off again and again before it was dialled
            return await self._settle(call, CallState.GIVEN_UP)
        attempt_id = uuid7()
        intent = records.intent(uuid7(), call, attempt_id)
        async with self._db.transaction(call.shop_id) as conn:
            if call.customer_id and await store.is_unwanted(
                conn, call.shop_id, [self._secrets.of_customer(call.shop_id, call.customer_id)]
            ):
                await store.settle(
                    conn, call.shop_id, call.call_id, call.attempts, CallState.SKIPPED, None, self._clock.now()
                )
                return False
            await self._audit.append(conn, [intent])
        attempt = Attempt(
            shop_id=call.shop_id,
            call_id=call.call_id,
            attempt_id=attempt_id,
            number=call.attempts,
            purpose=call.purpose,
            work_order_id=call.work_order_id,
            customer_id=call.customer_id,
            number_mac=b"",
            answered_at=None,
        )
        try:
            await self._audit.wait_sealed([intent.id])
            number = await self._number(call)
        except AuditUnavailable:
            return await self._not_rung(call, attempt, Outcome.UNSEALED)
        except OrderSystemUnavailable:
            return await self._not_rung(call, attempt, Outcome.NOT_PLACED)
        if number is None:
            return await self._not_rung(call, attempt, Outcome.NO_NUMBER)
        if not rules.may_ring(self._clock.now(), self._manners):  # the seal or the order system took its time
            return await self._not_rung(call, attempt, Outcome.NOT_PLACED)
        return await self._ring(call, attempt, number)

    async def _number(self, call: Planned) -> str | None:
        if call.phone is not None:
            async with self._db.transaction(call.shop_id) as conn:
                given = await self._numbers.left(conn, call.shop_id, call.conversation_id, call.phone)
        else:
            customer_id = call.customer_id
            given = None if customer_id is None else await self._numbers.of_account(call.shop_id, customer_id)
        return rules.dialable(given) if given else None

    async def _ring(self, call: Planned, attempt: Attempt, number: str) -> bool:
        shop, now = call.shop_id, self._clock.now()
        token, number_mac = self._secrets.token(attempt.attempt_id), self._secrets.of_number(number)
        async with self._db.transaction(shop) as conn:
            if await store.is_unwanted(conn, shop, [self._secrets.wish_of_number(shop, number_mac)]):
                await store.settle(conn, shop, call.call_id, call.attempts, CallState.SKIPPED, None, now)
                await self._audit.append(conn, [records.ended(attempt, Outcome.OPTED_OUT)])
                return False
            token_mac = self._secrets.of_token(token)
            if not await store.begin(
                conn, call, attempt.attempt_id, token_mac=token_mac, number_mac=number_mac, now=now
            ):
                await store.put_off(conn, call, now + _SOON)
                await self._audit.append(conn, [records.ended(attempt, Outcome.BUSY)])
                return False
            await store.settle(conn, shop, call.call_id, call.attempts, CallState.DIALLING, None, now)
        try:
            until = now + rules.RINGS_WITHIN
            await self._pbx.place(Dial(attempt_id=attempt.attempt_id, token=token, number=number, until=until))
        except NotPlaced as refused:
            _log.warning("outbound.not_placed", extra={"call_id": str(call.call_id), "why": str(refused)})
            await self._desk.ended(attempt, Outcome.NOT_PLACED)
            return False
        return True

    async def _not_rung(self, call: Planned, attempt: Attempt, outcome: Outcome) -> bool:
        """No telephone was rung for it, so there is no attempt of it; the log has an end to its intent all the same."""
        now = self._clock.now()
        state, due_at = rules.after(outcome, call.attempts, now, self._manners)
        async with self._db.transaction(call.shop_id) as conn:
            await store.settle(conn, call.shop_id, call.call_id, call.attempts, state, due_at, now)
            await self._audit.append(conn, [records.ended(attempt, outcome)])
        return False

    async def _settle(self, call: Planned, state: CallState) -> bool:
        async with self._db.transaction(call.shop_id) as conn:
            await store.settle(conn, call.shop_id, call.call_id, call.attempts, state, None, self._clock.now())
        return False

    async def clear(self) -> int:
        """Rung and never heard of again: nobody answered. Answered and never ended: its process died."""
        now, manners = self._clock.now(), self._manners
        rung_before = now - timedelta(seconds=manners.ring_s) - rules.RINGING_TOO_LONG
        async with self._db.system() as conn:
            overdue = await store.overdue(conn, rung_before, now - rules.LONGEST_CALL)
        return sum([await self._end(attempt) for attempt in overdue])

    async def _end(self, attempt: Attempt) -> bool:
        outcome = Outcome.NO_ANSWER if attempt.answered_at is None else Outcome.HUNG_UP
        try:
            await self._pbx.take_back(attempt.attempt_id)
            return await self._desk.ended(attempt, outcome)
        except ApplianceError as put_off:
            _log.warning("outbound.not_ended", extra={"why": type(put_off).__name__})
            return False
