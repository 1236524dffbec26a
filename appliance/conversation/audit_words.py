"""What the audit log is told of a conversation: codes and ids, no words."""

from collections.abc import Collection

from appliance.aftersales.policy.model import Decision, Quote, Verdict
from appliance.ids import ConversationId, ShopId
from security.access.records import MACHINE
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target

_BOT = Actor(type=ActorType.SERVICE, id="dialogue")


def decided(shop: ShopId, conversation_id: ConversationId, decision: Decision, quote: Quote | None) -> AuditEvent:
    detail = {"rule": decision.rule, "flow": decision.flow.value, "policy": decision.policy}
    if decision.refusal:
        detail["refusal"] = decision.refusal.value
    if quote is not None:
        detail |= {"quote": quote.hash, "total_fen": str(quote.total_fen)}
    return AuditEvent(
        actor=_BOT,
        cat=Category.MONEY,
        action="policy.decided",
        object=Target(type="order", id=decision.order_id),
        outcome=Outcome.DENIED if decision.verdict is Verdict.REFUSE else Outcome.SUCCESS,
        reason=decision.verdict.value,
        tenant=shop,
        req=str(conversation_id),
        detail=detail,
    )


def gate(shop: ShopId, conversation_id: ConversationId, rule: str, verdict: Verdict) -> AuditEvent:
    return AuditEvent(
        actor=_BOT,
        cat=Category.RIGHTS,
        action="gate.decided",
        object=Target(type="conversation", id=str(conversation_id)),
        outcome=Outcome.DENIED,
        reason=verdict.value,
        tenant=shop,
        req=str(conversation_id),
        detail={"rule": rule},
    )


def identity_checked(
    shop: ShopId, conversation_id: ConversationId, customer_id: str | None, *, by_caller: bool
) -> AuditEvent:
    """``by_caller``: the number that the call came from stood for the digits of the account's phone."""
    return AuditEvent(
        actor=Actor(type=ActorType.CUSTOMER, id=customer_id or "unknown"),
        cat=Category.LOGIN,
        action="customer.verified",
        object=Target(type="conversation", id=str(conversation_id)),
        outcome=Outcome.SUCCESS if customer_id else Outcome.DENIED,
        tenant=shop,
        req=str(conversation_id),
        detail={"by": "caller_number"} if by_caller else {},
    )


def looked_into(shop: ShopId, conversation_id: ConversationId) -> AuditEvent:
    """By whoever may run commands on the machine."""
    return AuditEvent(
        actor=MACHINE,
        cat=Category.PII,
        action="conversation.diagnosed",
        object=Target(type="conversation", id=str(conversation_id)),
        outcome=Outcome.SUCCESS,
        tenant=shop,
        req=str(conversation_id),
    )


def shown_to_owner(
    shop: ShopId, conversation_id: ConversationId, key: str, placeholders: Collection[str]
) -> AuditEvent:
    """What the customer gave himself is shown to him whole, for him to agree to."""
    return AuditEvent(
        actor=_BOT,
        cat=Category.PII,
        action="pii.shown_to_owner",
        object=Target(type="conversation", id=str(conversation_id)),
        outcome=Outcome.SUCCESS,
        reason="confirmation",
        tenant=shop,
        req=str(conversation_id),
        detail={"reply": key, "placeholders": ",".join(placeholders)},
    )


def words_masked(shop: ShopId, conversation_id: ConversationId, types: Collection[str], messages: int) -> AuditEvent:
    return AuditEvent(
        actor=_BOT,
        cat=Category.PII,
        action="pii.masked_afterwards",
        object=Target(type="conversation", id=str(conversation_id)),
        outcome=Outcome.SUCCESS,
        tenant=shop,
        req=str(conversation_id),
        detail={"types": ",".join(sorted(types)), "messages": str(messages)},
    )
