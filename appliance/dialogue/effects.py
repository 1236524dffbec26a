"""What the engine asks of the world, and what the world answers. Each answer is recorded, so a replay can feed it back.

The engine yields an effect and is resumed with its result. Effects without a result (``Say``, ``HandOff`` …) are
resumed with None.
"""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from appliance.aftersales.orders.model import Coupon, Order, OrderCase, Spec
from appliance.aftersales.orders.model import Level as MemberLevel
from appliance.aftersales.policy.model import Quote, Refusal, Ruling, Verdict
from appliance.config import MoodResponse
from appliance.dialogue.photo_way import OfferPhotoLink, PhotoWay
from appliance.dialogue.state import Asked, OwnOrder, Said
from appliance.understanding.mood import Level, Risk
from models.commands import Flow, HandoffReason


class _Frozen(msgspec.Struct, frozen=True, kw_only=True):
    pass


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
    | OfferPhotoLink
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
    | PhotoWay
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
