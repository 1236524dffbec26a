"""The worker's side of photo links: sends the SMS, ends what counts no more, sees that nobody is forgotten."""

import logging
from datetime import timedelta
from typing import Final

from appliance.aftersales.cases.port import AuditTrail
from appliance.aftersales.messages.model import Failure, Taken, Text
from appliance.aftersales.messages.ports import Gateway, Phones
from appliance.aftersales.messages.rules import mobile_of
from appliance.aftersales.photo_links import records, rules, store
from appliance.aftersales.photo_links.model import Link, LinkState, Terms, TextState
from appliance.aftersales.photo_links.ports import Talk
from appliance.aftersales.photo_links.secrets import LinkSecrets
from appliance.aftersales.work.model import Opening, WorkOrderKind
from appliance.aftersales.work.ports import Transactions
from appliance.aftersales.work.service import WorkOrders
from appliance.clock import Clock
from appliance.errors import ApplianceError, NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, uuid7
from security.errors import AuditUnavailable

_log = logging.getLogger(__name__)

TEMPLATE: Final = "photo_link"
AT_ONCE: Final = 20
_LEASE: Final = timedelta(minutes=1)
_FINAL: Final = frozenset({Failure.REFUSED, Failure.NO_NUMBER, Failure.ADDRESS_REFUSED})
"""No repeat helps within a call."""


class PhotoLinkCare:
    def __init__(
        self,
        *,
        db: Transactions,
        secrets: LinkSecrets,
        talk: Talk,
        audit: AuditTrail,
        work: WorkOrders,
        phones: Phones,
        gateway: Gateway | None,
        clock: Clock,
        terms: Terms,
    ) -> None:
        """``gateway``: None where no SMS can be sent; then codes are read out and nothing is ever pending."""
        self._db = db
        self._secrets = secrets
        self._talk = talk
        self._audit = audit
        self._work = work
        self._phones = phones
        self._gateway = gateway
        self._clock = clock
        self._terms = terms

    async def send_due(self) -> int:
        """At any hour: whoever gets it is on the phone and waits for it."""
        if self._gateway is None:
            return 0
        now = self._clock.now()
        async with self._db.system() as conn:
            due = await store.claim_texts(conn, now=now, until=now + _LEASE, limit=AT_ONCE)
        for link, attempt, customer_id in due:
            try:
                await self._settle(link, attempt, await self._attempt(self._gateway, link, attempt, customer_id))
            except Exception:
                _log.exception("photo_link.left", extra={"link_id": str(link.link_id)})
        return len(due)

    async def _attempt(self, gateway: Gateway, link: Link, attempt: int, customer_id: CustomerId | None) -> Taken:
        if customer_id is None:
            return Taken(failure=Failure.NO_NUMBER)
        intent = records.intent(uuid7(), link, attempt)
        async with self._db.transaction(link.shop_id) as conn:
            await self._audit.append(conn, [intent])
        try:
            await self._audit.wait_sealed([intent.id])
        except AuditUnavailable:
            return Taken(failure=Failure.UNSEALED)
        try:
            phone = mobile_of(await self._phones.of(link.shop_id, customer_id))
        except NotFound:
            phone = None
        except OrderSystemUnavailable:
            return Taken(failure=Failure.NOT_REACHED)
        if phone is None:
            return Taken(failure=Failure.NO_NUMBER)
        params = {
            "link": rules.link_of(self._terms, self._secrets.token(link.link_id)),
            "valid_min": str(self._terms.valid_min),
        }
        return await gateway.send(Text(message_id=link.link_id, phone=phone, template=TEMPLATE, params=params))

    async def _settle(self, link: Link, attempt: int, taken: Taken) -> None:
        now = self._clock.now()
        pause = None if taken.failure in _FINAL else rules.pause_after(attempt)
        if taken.failure is None:
            state, due_at = TextState.SENT, None
        elif pause is None:
            state, due_at = TextState.FAILED, None
        else:
            state, due_at = TextState.PENDING, now + pause
        async with self._db.transaction(link.shop_id) as conn:
            await store.end_text(conn, link, attempt, state, taken.failure, due_at)
            await self._audit.append(conn, [records.outcome(link, attempt, taken)])

    async def end_due(self) -> int:
        """Links that have run out, and those whose request has ended. What had come by one is not lost."""
        async with self._db.system() as conn:
            links = await store.open_ones(conn)
        ended = 0
        for link in links:
            try:
                ended += await self._end(link)
            except ApplianceError as put_off:
                _log.warning("photo_link.not_ended", extra={"code": put_off.code})
        return ended

    async def _end(self, link: Link) -> bool:
        now = self._clock.now()
        async with self._db.transaction(link.shop_id) as conn:
            awaiting = await self._talk.awaiting(conn, link.shop_id, link.conversation_id)
        if rules.is_open(link, awaiting, now):
            return False
        state = LinkState.REVOKED if awaiting is None else LinkState.EXPIRED
        if state is LinkState.EXPIRED and link.evidence:
            await self._talk.show(link.shop_id, link.conversation_id, link.evidence)
        async with self._db.transaction(link.shop_id) as conn:
            follow_up_at = now + rules.FOLLOW_UP_AFTER if state is LinkState.EXPIRED else None
            if not await store.end(conn, link, state, now, follow_up_at):
                return False
            await self._audit.append(conn, [records.ended(link, state, len(link.evidence))])
        return True

    async def follow_up(self) -> int:
        """Whose photos came, or never came, while nobody was on the line any more is called back."""
        now = self._clock.now()
        async with self._db.system() as conn:
            due = await store.claim_follow_ups(conn, now, AT_ONCE)
            open_ones = [link for link, has_spoken in due if not has_spoken]
        opened = 0
        for link in open_ones if self._terms.calls_back else ():
            async with self._db.transaction(link.shop_id) as conn:
                if await self._talk.awaiting(conn, link.shop_id, link.conversation_id) is None:
                    continue
                reason = "photos_came" if link.state is LinkState.USED else "photos_never_came"
                summary = {"reason": reason, "pictures": len(link.evidence)}
                opening = Opening(kind=WorkOrderKind.CALL_BACK, summary=summary, conversation_id=link.conversation_id)
                await self._work.open(conn, link.shop_id, opening)
                opened += 1
        return opened
