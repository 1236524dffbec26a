"""What guides say to the audit log: that a number is about to be used, and what came of it. Never the number."""

from uuid import UUID

from appliance.aftersales.messages.model import Failure, Guide, Taken
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Outcome, Target

SENDER = Actor(type=ActorType.SERVICE, id="messages")
_WITHOUT_INTENT = frozenset({Failure.WISHES_UNREADABLE, Failure.BROKEN_OFF})
"""Nothing was begun: no number was to be used."""


def intent(intent_id: UUID, guide: Guide) -> AuditEvent:
    return AuditEvent(
        id=intent_id,
        actor=SENDER,
        cat=Category.PII,
        action="message.send",
        object=Target(type="case", id=str(guide.case_id)),
        outcome=Outcome.PENDING,
        kind=Kind.INTENT,
        reason="return_guide",
        tenant=guide.shop_id,
        req=str(guide.message_id),
        detail={"template": guide.kind.value, "fields": "phone", "attempt": str(guide.attempts)},
    )


def outcome(guide: Guide, taken: Taken) -> AuditEvent:
    detail = {"template": guide.kind.value, "attempt": str(guide.attempts), "reference": taken.reference}
    if taken.failure is not None:
        detail |= {"failure": taken.failure.value, "word": taken.word}
    return AuditEvent(
        actor=SENDER,
        cat=Category.PII,
        action="message.send",
        object=Target(type="case", id=str(guide.case_id)),
        outcome=Outcome.SUCCESS if taken.failure is None else Outcome.FAILURE,
        kind=Kind.EVENT if taken.failure in _WITHOUT_INTENT else Kind.OUTCOME,
        reason="return_guide",
        tenant=guide.shop_id,
        req=str(guide.message_id),
        detail={name: value for name, value in detail.items() if value},
    )
