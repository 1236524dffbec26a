"""What the shop's people work with beside conversations, put together: work orders and special refunds."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.aftersales.policy.model import Evidence
from appliance.aftersales.special.model import Limits, Wanted
from appliance.aftersales.special.ports import Talk
from appliance.aftersales.special.service import SpecialRefunds
from appliance.aftersales.work.desk import WorkDesk
from appliance.aftersales.work.jobs import Watch
from appliance.aftersales.work.ports import AuditTrail, Mask, Subjects
from appliance.aftersales.work.service import WorkOrders
from appliance.aftersales.work.terms import Terms, load_terms, shipped_terms
from appliance.aftersales.work.words import Words
from appliance.clock import Clock
from appliance.config import WorkSettings
from appliance.conversation import store
from appliance.conversation.order_desks import OrderDesks
from appliance.conversation.ports import Masking, ShopContexts
from appliance.conversation.rulings import Question, Rulings
from appliance.db import Connection, Database
from appliance.dialogue.state import Asked
from appliance.identity.model import subject_of
from appliance.ids import ConversationId, CustomerId, ShopId
from appliance.jobs.queue import Jobs
from security.crypto.keyring import KeyRing

HOLIDAYS_AHEAD = timedelta(days=92)
"""The State Council arranges a year's in the November before."""


class ConversationTalks:
    """``special.ports.Talks``"""

    async def talk(self, conn: Connection, conversation_id: ConversationId) -> Talk | None:
        found = await store.find_talk(conn, conversation_id)
        if found is None:
            return None
        customer = CustomerId(found.customer_id) if found.customer_id else None
        return Talk(shop_id=found.shop_id, subject_id=found.subject_id, customer_id=customer)


class CustomersWords:
    """``work.ports.Answers``"""

    async def last_words(
        self, conn: Connection, shop: ShopId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, datetime]:
        return await store.last_words(conn, shop, conversations)


class WantedRulings:
    """``special.ports.Policy``"""

    def __init__(self, rulings: Rulings) -> None:
        self._rulings = rulings

    async def put(self, wanted: Wanted) -> Question:
        asked = Asked(
            flow=wanted.flow,
            order_id=wanted.order_id,
            lines=wanted.lines,
            reason=wanted.reason,
            evidence=Evidence.YES if wanted.evidence else Evidence.NONE,
        )
        return await self._rulings.put(wanted.conversation_id, asked)


class Ground(msgspec.Struct, frozen=True):
    """What both desks stand on."""

    db: Database
    ring: KeyRing
    subjects: Subjects
    mask: Mask
    audit: AuditTrail
    clock: Clock


def work_desk(ground: Ground, orders: WorkOrders) -> WorkDesk:
    return WorkDesk(
        db=ground.db,
        orders=orders,
        words=Words(
            keys=ground.ring,
            subjects=ground.subjects,
            shop_subject=subject_of,
            mask=ground.mask,
            clock=ground.clock,
        ),
        subjects=ground.subjects,
        pictures=_pictures(ground),
        audit=ground.audit,
        clock=ground.clock,
    )


def order_desks(ground: Ground, cases: CaseService, shops: ShopContexts, masking: Masking) -> OrderDesks:
    return OrderDesks(db=ground.db, cases=cases, masking=masking, keys=ground.ring, shops=shops, clock=ground.clock)


def rulings(ground: Ground, cases: CaseService, shops: ShopContexts, masking: Masking) -> Rulings:
    return Rulings(ground.db, order_desks(ground, cases, shops, masking))


def special_refunds(ground: Ground, cases: CaseService, policy: Rulings, settings: WorkSettings) -> SpecialRefunds:
    return SpecialRefunds(
        db=ground.db,
        cases=cases,
        talks=ConversationTalks(),
        policy=WantedRulings(policy),
        pictures=_pictures(ground),
        keys=ground.ring,
        mask=ground.mask,
        audit=ground.audit,
        clock=ground.clock,
        limits=limits_of(settings),
    )


def limits_of(settings: WorkSettings) -> Limits:
    named = {field.name: getattr(settings, field.name) for field in msgspec.structs.fields(Limits)}
    return Limits(**named)


def terms_of(settings: WorkSettings) -> Terms:
    return load_terms(Path(settings.terms_file)) if settings.terms_file else shipped_terms()


def holidays_missing(settings: WorkSettings, today: date) -> str:
    """What is not known of the next three months. Without it work orders would be due on days on which nobody works."""
    missing = terms_of(settings).hours.years_without_holidays(today, today + HOLIDAYS_AHEAD)
    if not missing:
        return ""
    soon = "" if missing[0] == today.year else ", which begins within three months"
    return f"the hours of work orders have no holidays of {missing[0]}{soon}"


def watch_desks(jobs: Jobs, watch: Watch, special: SpecialRefunds) -> None:
    async def look() -> None:
        await watch.look()

    async def expire() -> None:
        await special.expire()

    jobs.every("* * * * *", "work_orders.watch", look)
    jobs.every("*/5 * * * *", "special_refunds.expire", expire)


def _pictures(ground: Ground) -> EvidenceRoom:
    return EvidenceRoom(ground.db, ground.ring, ground.subjects, ground.clock)
