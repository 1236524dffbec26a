"""What work orders say to the audit log: who opened, moved or read what. Codes and ids, no words."""

from collections.abc import Mapping
from uuid import UUID

from appliance.aftersales.work.model import Author, AuthorType
from appliance.ids import ShopId
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target

_ACTORS = {
    AuthorType.STAFF: ActorType.STAFF,
    AuthorType.CLIENT: ActorType.CLIENT,
    AuthorType.SERVICE: ActorType.SERVICE,
}


def changed(
    shop: ShopId,
    work_order_id: UUID,
    author: Author,
    deed: str,
    detail: Mapping[str, str],
    *,
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
) -> AuditEvent:
    return AuditEvent(
        actor=Actor(type=_ACTORS[author.type], id=author.id),
        cat=Category.SERVICE,
        action=f"work_order.{deed}",
        object=Target(type="work_order", id=str(work_order_id)),
        outcome=outcome,
        tenant=shop,
        reason=reason,
        detail=dict(detail),
    )


def member_set(shop: ShopId, staff_id: UUID, author: Author, detail: Mapping[str, str]) -> AuditEvent:
    return AuditEvent(
        actor=Actor(type=_ACTORS[author.type], id=author.id),
        cat=Category.POLICY,
        action="work_team.set",
        object=Target(type="staff", id=str(staff_id)),
        outcome=Outcome.SUCCESS,
        tenant=shop,
        detail=dict(detail),
    )
