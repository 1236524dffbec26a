"""What calls say to the audit log: ground, intent, outcome, wishes. Never a number."""

from uuid import UUID

from appliance.ids import ShopId
from appliance.outbound.model import Attempt, Basis, Outcome, Planned, Refused, Withdrawn
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Target
from security.audit.record import Outcome as AuditOutcome

CALLER = Actor(type=ActorType.SERVICE, id="outbound")
_WELL: frozenset[Outcome] = frozenset({Outcome.TALKED, Outcome.OPTED_OUT, Outcome.NOT_NOW, Outcome.WRONG_PERSON})
"""Somebody was spoken with."""


def intent(intent_id: UUID, call: Planned, attempt_id: UUID) -> AuditEvent:
    return AuditEvent(
        id=intent_id,
        actor=CALLER,
        cat=Category.PII,
        action="outbound.call",
        object=Target(type="outbound_call", id=str(call.call_id)),
        outcome=AuditOutcome.PENDING,
        kind=Kind.INTENT,
        reason=call.purpose.value,
        tenant=call.shop_id,
        req=str(attempt_id),
        detail={
            "basis": call.basis.value,
            "rests_on": _rests_on(call),
            "fields": "phone",
            "attempt": str(call.attempts),
        },
    )


def ended(attempt: Attempt, outcome: Outcome) -> AuditEvent:
    return AuditEvent(
        actor=CALLER,
        cat=Category.PII,
        action="outbound.call",
        object=Target(type="outbound_call", id=str(attempt.call_id)),
        outcome=AuditOutcome.SUCCESS if outcome in _WELL else AuditOutcome.FAILURE,
        kind=Kind.OUTCOME,
        reason=attempt.purpose.value,
        tenant=attempt.shop_id,
        req=str(attempt.attempt_id),
        detail={"outcome": outcome.value, "attempt": str(attempt.number)},
    )


def planned(shop: ShopId, call_id: UUID, purpose: str, basis: Basis, rests_on: str) -> AuditEvent:
    """The ground of a call, before anything else is done for it."""
    return AuditEvent(
        actor=CALLER,
        cat=Category.RIGHTS,
        action="outbound.plan",
        object=Target(type="outbound_call", id=str(call_id)),
        outcome=AuditOutcome.SUCCESS,
        reason=purpose,
        tenant=shop,
        detail={"basis": basis.value, "rests_on": rests_on},
    )


def wished(shop: ShopId, how: Refused, actor: Actor, about: Target) -> AuditEvent:
    """That somebody is called no more."""
    return _of_wish(shop, "outbound.refuse", {"how": how.value}, actor, about)


def withdrawn(shop: ShopId, why: Withdrawn, actor: Actor, about: Target) -> AuditEvent:
    """That somebody may be called again."""
    return _of_wish(shop, "outbound.allow", {"why": why.value}, actor, about)


def _of_wish(shop: ShopId, action: str, detail: dict[str, str], actor: Actor, about: Target) -> AuditEvent:
    return AuditEvent(
        actor=actor,
        cat=Category.RIGHTS,
        action=action,
        object=about,
        outcome=AuditOutcome.SUCCESS,
        tenant=shop,
        detail=detail,
    )


def _rests_on(call: Planned) -> str:
    about = ("work_order", call.work_order_id) if call.basis is Basis.ASKED_FOR else ("case", call.case_id)
    return f"{about[0]}/{about[1]}"
