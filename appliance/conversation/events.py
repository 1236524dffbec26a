"""The event types of a conversation. Each has a registered struct of codes; words lie in a body of their own.

A change to a struct is additive or raises ``v`` with an upcaster; golden files of every version are replayed by tests.
"""

from typing import Any, ClassVar
from uuid import UUID

import msgspec


class EventData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    TYPE: ClassVar[str]
    V: ClassVar[int] = 1


class ConversationStarted(EventData, frozen=True, kw_only=True):
    """Body: the notice as it was shown."""

    TYPE: ClassVar[str] = "conversation.started"
    channel: str
    is_verified: bool


class CustomerSaid(EventData, frozen=True, kw_only=True):
    """Body: the words, masked."""

    TYPE: ClassVar[str] = "customer.said"
    client_message_id: str


class CustomerShowed(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "customer.showed"
    client_message_id: str
    evidence_id: UUID


class CustomerChose(EventData, frozen=True, kw_only=True):
    """Body: the payload that was pressed."""

    TYPE: ClassVar[str] = "customer.chose"
    client_message_id: str


class WordsMasked(EventData, frozen=True, kw_only=True):
    """A later message told what earlier ones had held: it was masked in them, wherever they lie."""

    TYPE: ClassVar[str] = "words.masked"
    types: tuple[str, ...]
    messages: int


class CommandsUnderstood(EventData, frozen=True, kw_only=True):
    """Body: what was heard in full: the commands with the words they rest on, and what stood beside them."""

    TYPE: ClassVar[str] = "commands.understood"
    types: tuple[str, ...]
    flows: tuple[str, ...] = ()
    source: str
    confidence: float
    took_us: int
    fell_back: str | None = None
    """Why the model that is asked first did not answer."""


class FactsRead(EventData, frozen=True, kw_only=True):
    """Body: what the order system said; a replay feeds it back."""

    TYPE: ClassVar[str] = "facts.read"
    what: str
    order_id: str | None = None
    is_found: bool = True


class OrderSystemAway(EventData, frozen=True, kw_only=True):
    """It did not answer when the engine asked for this effect."""

    TYPE: ClassVar[str] = "order_system.away"
    effect: str


class IdentityChecked(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "identity.checked"
    is_verified: bool


class KnowledgeSearched(EventData, frozen=True, kw_only=True):
    """Body: the question."""

    TYPE: ClassVar[str] = "knowledge.searched"
    topic: str | None = None
    key: str | None = None


class DecisionMade(EventData, frozen=True, kw_only=True):
    """Body: the ruling in full."""

    TYPE: ClassVar[str] = "decision.made"
    decision_id: UUID | None = None
    flow: str | None
    verdict: str
    rule: str
    refusal: str | None = None
    kind: str | None = None
    freight_payer: str | None = None
    order_id: str | None = None
    policy: str | None = None


class QuoteOffered(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "quote.offered"
    hash: str
    kind: str
    order_id: str
    total_fen: int


class OperationAccepted(EventData, frozen=True, kw_only=True):
    """A plain yes to the quote that stood."""

    TYPE: ClassVar[str] = "operation.accepted"
    operation_id: str
    quote_hash: str
    kind: str


class QuoteFell(EventData, frozen=True, kw_only=True):
    """A yes came to a quote that does not hold any more. Body: the ruling that holds now."""

    TYPE: ClassVar[str] = "quote.fell"
    quote_hash: str


class ReceiptReceived(EventData, frozen=True, kw_only=True):
    """Body: the notice in full."""

    TYPE: ClassVar[str] = "receipt.received"
    operation_id: str
    case_id: str
    kind: str
    refund_fen: int


class OperationFailed(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "operation.failed"
    operation_id: str
    how: str


class CaseProgressed(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "case.progressed"
    case_id: str
    stage: str | None = None


class TimerRan(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "timer.ran"
    awaiting: str | None = None


class TurnGivenUp(EventData, frozen=True, kw_only=True):
    """It failed again and again; a person takes over with what was said."""

    TYPE: ClassVar[str] = "turn.given_up"


class WorkOrderCreated(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "work_order.created"
    work_order_id: UUID
    kind: str


class WorkOrderProgressed(EventData, frozen=True, kw_only=True):
    """Body: the news in full."""

    TYPE: ClassVar[str] = "work_order.progressed"
    work_order_id: UUID
    kind: str
    state: str
    outcome: str | None = None


class HandoffMade(EventData, frozen=True, kw_only=True):
    """Body: the summary for whoever takes over."""

    TYPE: ClassVar[str] = "handoff.made"
    reason: str


class BotSaid(EventData, frozen=True, kw_only=True):
    """Body: the words as shown, with what could be pressed."""

    TYPE: ClassVar[str] = "bot.said"
    key: str
    receipt: str | None = None


class ConversationConcluded(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "conversation.outcome"
    outcome: str
    flow: str | None = None
    rule: str | None = None
    refusal: str | None = None


class TurnEnded(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "turn.ended"
    awaiting: str | None = None
    owner: str = "bot"


REGISTERED: dict[str, type[EventData]] = {
    kind.TYPE: kind
    for kind in (
        ConversationStarted,
        CustomerSaid,
        CustomerShowed,
        CustomerChose,
        WordsMasked,
        CommandsUnderstood,
        FactsRead,
        OrderSystemAway,
        IdentityChecked,
        KnowledgeSearched,
        DecisionMade,
        QuoteOffered,
        OperationAccepted,
        QuoteFell,
        ReceiptReceived,
        OperationFailed,
        CaseProgressed,
        TimerRan,
        TurnGivenUp,
        WorkOrderCreated,
        WorkOrderProgressed,
        HandoffMade,
        BotSaid,
        ConversationConcluded,
        TurnEnded,
    )
}


def decode(type_: str, v: int, data: dict[str, Any]) -> EventData:
    """An event's data as its struct. Raises ValueError for a type or version that nobody registered."""
    kind = REGISTERED.get(type_)
    if kind is None or v > kind.V:
        raise ValueError(f"no event type {type_} of version {v} is registered")
    return msgspec.convert(data, kind)
