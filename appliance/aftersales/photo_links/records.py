"""What photo links say to the audit log. Never the link, the code or the number that an SMS goes to."""

from uuid import UUID

from appliance.aftersales.messages.model import Taken
from appliance.aftersales.photo_links.model import Link
from appliance.ids import ConversationId, ShopId
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Outcome, Target

SERVICE = Actor(type=ActorType.SERVICE, id="photo-links")
HOLDER = Actor(type=ActorType.CUSTOMER, id="photo-link")
"""Whoever holds the link."""


def opened(shop: ShopId, conversation_id: ConversationId, link_id: UUID, *, by_text: bool) -> AuditEvent:
    detail = {"conversation": str(conversation_id), "way": "sms" if by_text else "read_out"}
    return _say("photo_link.open", shop, link_id, SERVICE, detail)


def ended(link: Link, how: str, pictures: int) -> AuditEvent:
    """``how``: used, expired or revoked."""
    actor = HOLDER if how == "used" else SERVICE
    detail = {"conversation": str(link.conversation_id), "how": how, "pictures": str(pictures)}
    return _say("photo_link.end", link.shop_id, link.link_id, actor, detail)


def intent(intent_id: UUID, link: Link, attempt: int) -> AuditEvent:
    return AuditEvent(
        id=intent_id,
        actor=SERVICE,
        cat=Category.PII,
        action="photo_link.send",
        object=Target(type="photo_link", id=str(link.link_id)),
        outcome=Outcome.PENDING,
        kind=Kind.INTENT,
        reason="photo_evidence",
        tenant=link.shop_id,
        req=str(link.link_id),
        detail={"fields": "phone", "attempt": str(attempt)},
    )


def outcome(link: Link, attempt: int, taken: Taken) -> AuditEvent:
    detail = {"attempt": str(attempt), "reference": taken.reference, "word": taken.word}
    if taken.failure is not None:
        detail["failure"] = taken.failure.value
    return AuditEvent(
        actor=SERVICE,
        cat=Category.PII,
        action="photo_link.send",
        object=Target(type="photo_link", id=str(link.link_id)),
        outcome=Outcome.SUCCESS if taken.failure is None else Outcome.FAILURE,
        kind=Kind.OUTCOME,
        reason="photo_evidence",
        tenant=link.shop_id,
        req=str(link.link_id),
        detail={name: value for name, value in detail.items() if value},
    )


def _say(action: str, shop: ShopId, link_id: UUID, actor: Actor, detail: dict[str, str]) -> AuditEvent:
    return AuditEvent(
        actor=actor,
        cat=Category.PII,
        action=action,
        object=Target(type="photo_link", id=str(link_id)),
        outcome=Outcome.SUCCESS,
        tenant=shop,
        detail=detail,
    )
