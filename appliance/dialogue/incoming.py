"""What comes into a turn of the dialogue: the customer's words, understood, or news of what was begun for him."""

from enum import StrEnum
from uuid import UUID

import msgspec

from appliance.aftersales.orders.model import CaseKind, CaseReceipt
from appliance.config import MoodResponse
from appliance.understanding.mood import Mood
from models.commands import Command, HandoffReason


class _Frozen(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Tone(StrEnum):
    """How something was said, where the wording of the answer hangs on it."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ACKNOWLEDGES = "acknowledges"
    """好的, 知道了: an answer to what was told, where nothing was asked."""
    ASKS_TO_WAIT = "asks_to_wait"
    """等一下, 我找找: whoever says it comes back to what is awaited."""
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
    is_only_a_number: bool = False
    """The words name an order by its number, and say nothing else."""
    declines_recording: bool = False
    """The key that says so was pressed, or it was said."""
    asks_about_recording: bool = False
    cut: tuple[int, ...] = ()
    """Places of the last turn's words that a caller has not heard to their end."""


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


class GivenToPeople(_Frozen, frozen=True, tag="given_to_people"):
    """The telephone system moved the call to people, and the dialogue had no part in it."""

    cut: tuple[int, ...] = ()
    """As of ``Heard``."""


Happening = Heard | Done | NotDone | Delayed | Progress | WorkProgress | Tick | GivenUp | GivenToPeople
