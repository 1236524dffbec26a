"""What special refunds say to the audit log: who proposed, decided, was refused, and about how much. No words."""

from collections.abc import Mapping
from uuid import UUID

from appliance.ids import ShopId
from security.access import records
from security.access.model import Principal
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target

CLOCK = Actor(type=ActorType.SERVICE, id="special-refunds")


def of(
    shop: ShopId,
    thing: UUID,
    who: Principal | None,
    deed: str,
    detail: Mapping[str, str],
    *,
    refused: str = "",
) -> AuditEvent:
    return AuditEvent(
        actor=records.actor_of(who) if who else CLOCK,
        cat=Category.MONEY,
        action=f"special_refund.{deed}",
        object=Target(type="special_refund", id=str(thing)),
        outcome=Outcome.DENIED if refused else Outcome.SUCCESS,
        tenant=shop,
        reason=refused,
        detail=dict(detail),
    )
