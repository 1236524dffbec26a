"""What the engine asks of the world, and what the world answers. Each answer is recorded, so a replay can feed it back.

The engine yields an effect and is resumed with its result. Effects without a result (``Say``, ``HandOff`` …) are
resumed with None.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from appliance.aftersales.orders.model import CaseReceipt, Order
from appliance.aftersales.policy.model import Quote, Refusal, Ruling, Verdict
from appliance.dialogue.state import Asked, OwnOrder, Said
from models.commands import Command, Flow, HandoffReason


class _Frozen(msgspec.Struct, frozen=True, kw_only=True):
    pass


# What comes into a turn.


class Tone(StrEnum):
    """How something was said, where the wording of the answer hangs on it."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    SELF_HARM = "self_harm"
    ORDERS_US = "orders_us"
    """Words that try to give the bot orders: an injection."""


SMALL_TALK = frozenset({Tone.GREETING, Tone.THANKS, Tone.GOODBYE})


class Heard(_Frozen, frozen=True, tag="heard"):
    """The customer's turn, understood."""

    commands: tuple[Command, ...]
    images: tuple[UUID, ...] = ()
    foreign_orders: tuple[str, ...] = ()
    """Order numbers said that are none of the customer's own."""
    numbers: tuple[str, ...] = ()
    """Digit runs said that could be meant as proof of identity."""
    quote_hash: str | None = None
    """Of the confirmation button that was pressed."""
    tone: Tone | None = None
    confidence: float = 1.0


class Done(_Frozen, frozen=True, tag="done"):
    """An operation ended with a receipt."""

    operation_id: str
    receipt: CaseReceipt
    is_by_staff: bool = False
    """The shop's people agreed to it: he hears of it here first."""


class NotDone(_Frozen, frozen=True, tag="not_done"):
    """An operation ended without: refused by the order system, or handed over to a person."""

    operation_id: str
    is_refused: bool


class Delayed(_Frozen, frozen=True, tag="delayed"):
    """The order system does not answer an accepted operation; the appliance goes on trying."""

    operation_id: str


class Progress(_Frozen, frozen=True, tag="progress"):
    """The order system reports that a case moved on."""

    case_id: str
    stage: str
    refund_fen: int = 0


class WorkProgress(_Frozen, frozen=True, tag="work_progress"):
    """People have taken up a work order of this conversation, wait for the customer, or have resolved it."""

    work_order_id: str
    stage: str
    """Its state; once resolved, its outcome."""


class Tick(_Frozen, frozen=True, tag="tick"):
    """A timer ran out: the receipt is late, or the customer silent."""


class GivenUp(_Frozen, frozen=True, tag="given_up"):
    """A turn failed again and again; what it was about is kept."""


Happening = Heard | Done | NotDone | Delayed | Progress | WorkProgress | Tick | GivenUp


# What the engine asks for.


class Say(_Frozen, frozen=True):
    said: Said


class ReadOrders(_Frozen, frozen=True):
    """→ tuple[OwnOrder, ...] of the verified customer."""


class ReadOrder(_Frozen, frozen=True):
    """→ OrderFacts | None if there is no such order or it is not this customer's."""

    order_id: str


class ReadAccount(_Frozen, frozen=True):
    """→ dict of what the customer may be told of his account."""


class VerifyProof(_Frozen, frozen=True):
    """→ customer id, or None. ``phone_tail`` may be a placeholder of a whole phone number."""

    order_id: str
    phone_tail: str


class Decide(_Frozen, frozen=True):
    """→ Ruling, by the policy in force and the order as it is now."""

    asked: Asked


class LayQuote(_Frozen, frozen=True):
    """The ruling's quote is shown now, and a yes to it counts until then (business time)."""

    quote_hash: str
    expires_at: datetime


class Accept(_Frozen, frozen=True):
    """The yes to a quote. → Accepted, or the Ruling that holds now if anything changed since the quote."""

    asked: Asked
    quote: Quote
    images: tuple[UUID, ...] = ()


class Accepted(_Frozen, frozen=True):
    operation_id: str


class Lookup(_Frozen, frozen=True):
    """→ Answer from the approved set, or None."""

    query: str


class Answer(_Frozen, frozen=True):
    topic: str
    key: str


class RecordDecision(_Frozen, frozen=True):
    """A decision made outside the tables (G1, M1), for the log."""

    rule: str
    verdict: Verdict
    flow: Flow | None = None
    refusal: Refusal | None = None


class HandOff(_Frozen, frozen=True):
    reason: HandoffReason
    summary: dict[str, Any]
    with_work_order: bool = False


class WorkOrder(_Frozen, frozen=True):
    """Work for people without handing the conversation over."""

    kind: str
    order_id: str | None = None


class Conclude(_Frozen, frozen=True):
    """A request has come to an end. ``outcome``: case_created, refused, handed_off, answered, cancelled."""

    outcome: str
    flow: Flow | None = None
    rule: str | None = None
    refusal: Refusal | None = None


Effect = (
    Say
    | ReadOrders
    | ReadOrder
    | ReadAccount
    | VerifyProof
    | Decide
    | LayQuote
    | Accept
    | Lookup
    | RecordDecision
    | HandOff
    | WorkOrder
    | Conclude
)


class OrderFacts(_Frozen, frozen=True):
    """An order with what the engine needs beside it."""

    order: Order
    free: dict[str, int]
    """Units by line that stand in no case."""
    now: datetime


Result = tuple[OwnOrder, ...] | OrderFacts | Ruling | Accepted | Answer | str | dict[str, Any] | None

T = TypeVar("T")


def expect(kind: type[T], result: Result) -> T:
    """The result of an effect, which can be of one kind only."""
    if not isinstance(result, kind):
        raise TypeError(f"an effect was answered with {type(result).__name__}, not {kind.__name__}")
    return result


def known(value: T | None) -> T:
    """What the steps before this one have made sure of."""
    if value is None:
        raise LookupError("a step was reached without what the steps before it give")
    return value
