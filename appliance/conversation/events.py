"""The event types of a conversation. Each has a registered struct of codes; words lie in a body of their own.

A change to a struct is additive or raises ``v`` with an upcaster; golden files of every version are replayed by tests.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec

import appliance.conversation.call_events  # noqa: F401 - registers them
from appliance.conversation.event import EventData


class ConversationStarted(EventData, frozen=True, kw_only=True):
    """Body: the notice as it was shown; of a call, the number that it came from as a placeholder."""

    TYPE: ClassVar[str] = "conversation.started"
    channel: str
    is_verified: bool
    is_recorded: bool = False
    """It is a call, and its notice says so."""


class CustomerSaid(EventData, frozen=True, kw_only=True):
    """Body: the words, masked."""

    TYPE: ClassVar[str] = "customer.said"
    client_message_id: str
    masked_us: int | None = None
    """How long it took to find personal values in them."""
    is_keyed: bool = False
    """By the keys of a telephone."""
    from_ms: int | None = None
    """On the phone: where in the caller's sound the words begin, and where they end."""
    until_ms: int | None = None
    sounds: str | None = None
    """On the phone: ``angry``, ``sad`` and the like, as the recogniser guesses by the voice. Decides nothing."""


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


class AskedModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question to the language model."""

    outcome: str
    """``answered``, or the code of the error."""
    took_us: int
    prompt_tokens: int | None = None
    answer_tokens: int | None = None


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
    asked: tuple[AskedModel, ...] = ()
    """The questions that the language model was asked."""


class MoodChanged(EventData, frozen=True, kw_only=True):
    """The customer's mood is another than before these words; ``responses`` follow from it by the settings."""

    TYPE: ClassVar[str] = "mood.changed"
    before: str
    level: str
    risks: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()


class AgentsAlerted(EventData, frozen=True, kw_only=True):
    """Whoever watches over conversations is to look at this one."""

    TYPE: ClassVar[str] = "agents.alerted"
    level: str
    risks: tuple[str, ...] = ()


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
    is_reconciling: bool = False
    """It was not asked to write: the appliance was restored, and that was not settled yet."""


class IdentityChecked(EventData, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "identity.checked"
    is_verified: bool
    by_caller: bool = False
    """The number that the call came from stood for the digits of the account's phone."""


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


class MessageLeft(EventData, frozen=True, kw_only=True):
    """Body: its words, whom to call and when. The work order to answer it names it by ``number``."""

    TYPE: ClassVar[str] = "message.left"
    number: str


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
    is_urgent: bool = False
    """Whoever takes over is to take it before others."""


class BotSaid(EventData, frozen=True, kw_only=True):
    """Body: the words as shown, with what could be pressed."""

    TYPE: ClassVar[str] = "bot.said"
    key: str
    receipt: str | None = None
    is_notice: bool = False
    """People have the floor: this tells what became of something agreed to before, and is no part of the talk."""
    rephrased: bool = False
    """The words are the language model's, compared with the template's."""
    fell_back: str | None = None
    """Why the template's words were said although a language model was asked for others."""


class TicketDrawn(EventData, frozen=True, kw_only=True):
    """The customer stands in a queue for people."""

    TYPE: ClassVar[str] = "ticket.drawn"
    ticket_id: UUID
    group: str
    priority: str
    reason: str


class DeskAway(EventData, frozen=True, kw_only=True):
    """Nobody comes now: it is ``closed`` until ``opens_at``, or ``full``. Body: what the customer was told of it."""

    TYPE: ClassVar[str] = "desk.away"
    why: str
    opens_at: datetime | None = None


class OwnerChanged(EventData, frozen=True, kw_only=True):
    """Somebody else has the floor. Body: what the customer was told of it."""

    TYPE: ClassVar[str] = "owner.changed"
    owner: str
    """``bot``, ``agent`` or ``nobody``."""
    token: int
    """What must be shown by who speaks from now on."""
    why: str
    agent_id: UUID | None = None
    badge: str | None = None
    """The number under which customers know the agent."""
    by: UUID | None = None
    """Who of the staff decided it; None: the desk itself, or the customer."""


class AgentSaid(EventData, frozen=True, kw_only=True):
    """Body: the words, masked."""

    TYPE: ClassVar[str] = "agent.said"
    client_message_id: str
    agent_id: UUID
    badge: str
    token: int


class NoteMade(EventData, frozen=True, kw_only=True):
    """Body: what an agent notes for other agents, masked. Customers never see it."""

    TYPE: ClassVar[str] = "note.made"
    by: UUID


class AnswerMarked(EventData, frozen=True, kw_only=True):
    """An agent says that the bot's words at ``said_seq`` were wrong, and how."""

    TYPE: ClassVar[str] = "answer.marked"
    said_seq: int
    key: str
    why: str
    by: UUID


class ServiceEnded(EventData, frozen=True, kw_only=True):
    """An agent has closed his part. Body: what the customer was told."""

    TYPE: ClassVar[str] = "service.ended"
    reason: str
    agent_id: UUID
    asks_rating: bool = False


class RatingGiven(EventData, frozen=True, kw_only=True):
    """The customer's, of the service that ended last; the last one counts."""

    TYPE: ClassVar[str] = "rating.given"
    score: int


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
    took_us: dict[str, int] = {}
    """Microseconds by stage: ``waited orders burst understanding policy words commit``, and the ``total`` after
    waiting. Of the commit, what comes before its last statement."""


REGISTERED: dict[str, type[EventData]] = {kind.TYPE: kind for kind in EventData.__subclasses__()}
"""All of the above, and those of calls."""


def decode(type_: str, v: int, data: dict[str, Any]) -> EventData:
    """An event's data as its struct. Raises ValueError for a type or version that nobody registered."""
    kind = REGISTERED.get(type_)
    if kind is None or v > kind.V:
        raise ValueError(f"no event type {type_} of version {v} is registered")
    return msgspec.convert(data, kind)
