"""What the engine asks of the world, and what the world answers. Each answer is recorded, so a replay can feed it back.

The engine yields an effect and is resumed with its result. Effects without a result (``Say``, ``HandOff`` …) are
resumed with None.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from appliance.aftersales.orders.model import CaseKind, CaseReceipt, Coupon, Order, OrderCase, Spec
from appliance.aftersales.orders.model import Level as MemberLevel
from appliance.aftersales.policy.model import Quote, Refusal, Ruling, Verdict
from appliance.config import MoodResponse
from appliance.dialogue.state import Asked, OwnOrder, Said
from appliance.understanding.mood import Level, Mood, Risk
from models.commands import Command, Flow, HandoffReason


class _Frozen(msgspec.Struct, frozen=True, kw_only=True):
    pass


# What comes into a turn.


class Tone(StrEnum):
    """How something was said, where the wording of the answer hangs on it."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ACKNOWLEDGES = "acknowledges"
    """好的, 知道了: an answer to what was told, where nothing was asked."""
    SELF_HARM = "self_harm"
    ORDERS_US = "orders_us"
    """Words that try to give the bot orders: an injection."""
    THREATENS = "threatens"
    ANGRY = "angry"


SMALL_TALK = frozenset({Tone.GREETING, Tone.THANKS, Tone.GOODBYE})


class Reaction(_Frozen, frozen=True):
    """The customer's mood after these words, and what follows from it by the settings that were in force."""

    mood: Mood
    responses: tuple[MoodResponse, ...] = ()
    reason: HandoffReason | None = None
    """Of the hand-off, where there is to be one."""
    is_guardian: bool = False
    """A parent or guardian says that it is he who speaks."""


class SpokenNumber(_Frozen, frozen=True):
    """A number by which a caller named an order, as it was heard."""

    digits: str
    order_id: str | None = None
    """His own order that is meant; None: none of them, or it could be several."""
    is_sure: bool = False


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
    words: str = ""
    """As they were said, masked: only where a message is awaited, which is words and nothing else."""
    reaction: Reaction | None = None
    """None: no words were said, or the log is older than moods."""
    confidence: float = 1.0
    trigger: HandoffReason | None = None
    """Why a person answers although nobody asked for one: settled by the settings before the engine runs."""
    most_misses: int = 3
    """So many in a row hand over."""
    number: SpokenNumber | None = None
    """On the phone, where an order was named by its number."""
    declines_recording: bool = False
    """The key that says so was pressed."""


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
    is_by_hand: bool = False
    """The order system has no such write; a person does it, and nothing was sent."""


class Delayed(_Frozen, frozen=True, tag="delayed"):
    """The order system does not answer an accepted operation; the appliance goes on trying."""

    operation_id: str


class Progress(_Frozen, frozen=True, tag="progress"):
    """The order system reports that a case moved on."""

    case_id: str
    stage: str
    refund_fen: int = 0
    kind: CaseKind | None = None
    """None: the log is older than that."""


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


class ReadSpecs(_Frozen, frozen=True):
    """→ tuple[Spec, ...]: what is on sale today of the product that this SKU is one of; empty: nothing is known."""

    sku: str


class ReadAddress(_Frozen, frozen=True):
    """→ AddressFacts of what was said of an address, by itself or together with what was said of it before."""

    said: str
    before: str | None = None
    phone: str | None = None
    """A placeholder: the number that is to go with it."""


class ReadAccount(_Frozen, frozen=True):
    """→ Account of the verified customer."""


class Keep(_Frozen, frozen=True):
    """→ the placeholder that stands for the value from now on; ``type`` is one of the vault's."""

    value: str
    type: str


class VerifyProof(_Frozen, frozen=True):
    """→ customer id, or None. ``phone_tail`` may be a placeholder of a whole phone number."""

    order_id: str
    phone_tail: str
    is_callers: bool = False
    """He did not say it: it is the number that the call came from."""


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


class ChangeMood(_Frozen, frozen=True):
    """The mood is another than before these words."""

    before: Level
    level: Level
    risks: tuple[Risk, ...]
    responses: tuple[MoodResponse, ...]


class Alert(_Frozen, frozen=True):
    """Whoever watches over conversations is to look at this one."""

    level: Level
    risks: tuple[Risk, ...]


class HandOff(_Frozen, frozen=True):
    reason: HandoffReason
    summary: dict[str, Any]
    with_work_order: bool = False


class WorkOrder(_Frozen, frozen=True):
    """Work for people without handing the conversation over."""

    kind: str
    order_id: str | None = None
    summary: dict[str, Any] = {}
    """Codes only."""


class LeaveMessage(_Frozen, frozen=True):
    """A message for people, and the work order to answer it. → its number, as the customer is told it."""

    words: str
    phone: str
    """A placeholder."""
    callback_time: str | None = None
    """ISO with offset; None: any time."""


class DeclineRecording(_Frozen, frozen=True):
    """The caller does not want the call recorded from now on."""


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
    | ReadSpecs
    | ReadAddress
    | ReadAccount
    | Keep
    | VerifyProof
    | Decide
    | LayQuote
    | Accept
    | Lookup
    | RecordDecision
    | ChangeMood
    | Alert
    | HandOff
    | WorkOrder
    | LeaveMessage
    | DeclineRecording
    | Conclude
)


class OrderFacts(_Frozen, frozen=True):
    """An order with what the engine needs beside it."""

    order: Order
    free: dict[str, int]
    """Units by line that stand in no case."""
    now: datetime
    protectable: dict[str, int] = {}
    """Units by line that were neither refunded nor had their price protected."""
    own: tuple[OrderCase, ...] = ()
    """The appliance's own cases that the order does not show: not written yet, or never shown by its order system."""
    return_addresses: dict[str, str] = {}
    """Where the goods of a case go back to, by the order system's number of it, as its receipt said."""


class Account(_Frozen, frozen=True):
    """What the order system keeps of the customer, as far as he may be told it here."""

    balance_fen: int = 0
    points: int = 0
    level: str = MemberLevel.NORMAL
    level_expires_at: datetime | None = None
    benefits: tuple[str, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    phone: str | None = None
    """A placeholder."""


class AddressFacts(_Frozen, frozen=True):
    """An address as far as it is known by now."""

    address: str
    """A placeholder for the whole of it."""
    missing: tuple[str, ...] = ()
    """``city`` ``district`` ``detail``: without all three nothing can be delivered."""
    shown: str = ""
    """As much of it as may be written on a screen."""
    phone_shown: str = ""


Result = (
    tuple[OwnOrder, ...]
    | tuple[Spec, ...]
    | AddressFacts
    | Account
    | OrderFacts
    | Ruling
    | Accepted
    | Answer
    | str
    | dict[str, Any]
    | None
)

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
