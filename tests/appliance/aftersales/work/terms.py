"""Work orders as parts of other tests need them: the terms that ship, and nobody to be told."""

from collections.abc import Sequence

from appliance.aftersales.work.model import WorkNews
from appliance.aftersales.work.ports import AuditTrail, Mask, News
from appliance.aftersales.work.service import WorkOrders
from appliance.aftersales.work.terms import shipped_terms
from appliance.clock import Clock
from appliance.conversation import store as conversations
from appliance.db import Connection, Database
from appliance.ids import ConversationId, ShopId, SubjectId
from appliance.joints.people_desks import Ground
from appliance.joints.webhooks import WorkAnnouncements
from security.audit.append import append
from security.audit.record import AuditEvent
from security.crypto.keyring import KeyRing


class Untold:
    """Keeps what would have been told."""

    def __init__(self) -> None:
        self.told: list[WorkNews] = []

    async def tell(
        self,
        conn: Connection,  # noqa: ARG002 (as the protocol hands it)
        shop: ShopId,  # noqa: ARG002
        conversation_id: ConversationId,  # noqa: ARG002
        news: WorkNews,
    ) -> None:
        self.told.append(news)


def work_orders(audit: AuditTrail, clock: Clock, news: News | None = None) -> WorkOrders:
    return WorkOrders(
        audit=audit,
        news=news or Untold(),
        announcements=WorkAnnouncements(),
        clock=clock,
        terms=shipped_terms(),
    )


class Owners:
    """``Subjects`` of conversations that are really there."""

    async def subject_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId:
        return await conversations.find_subject(conn, shop, conversation_id)


class Trail:
    """The audit log, whose seals nobody waits for."""

    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None:
        await append(conn, events)


def ground(db: Database, ring: KeyRing, clock: Clock, mask: Mask) -> Ground:
    return Ground(db, ring, Owners(), mask, Trail(), clock)
