"""What goes into a conversation and what its customer may see. Channels translate their world into these and back."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from appliance.ids import ConversationId
from security.aigc import KEY, Metadata


class Channel(StrEnum):
    WEB = "web"
    VOICE = "voice"


class Awaiting(StrEnum):
    """What the bot waits for besides a slot (CONTRACTS: suite conversations)."""

    CONFIRM = "confirm"
    OFFER = "offer"
    VERIFY = "verify"
    CLARIFY = "clarify"
    RESUME = "resume"
    MESSAGE = "message"
    RECEIPT = "receipt"
    RATING = "rating"


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


MOST_ALTERNATIVES = 4


class Text(_Frozen, frozen=True, tag="text"):
    """Words as typed or heard. ``client_message_id`` makes a repeat harmless; unique within the conversation."""

    client_message_id: str
    text: str
    alternatives: tuple[str, ...] = ()
    """Of speech: what else may have been said, likeliest first; the first MOST_ALTERNATIVES count."""
    is_keyed: bool = False
    """Keys of a telephone that were pressed: digits, ``*`` and ``#``."""
    is_spoken: bool = False
    """Into a call; beside one on a page customers type, too."""
    is_on_line: bool = False
    """Said or keyed on a line that tells how much of the bot's words was heard."""
    masked_us: int | None = None
    """How long it took to find personal values in it; known once it was kept."""
    from_ms: int | None = None
    """On the phone: where in the caller's sound the words begin, and where they end."""
    until_ms: int | None = None
    sounds: str | None = None
    """On the phone: how his voice sounded to the recogniser, where that says anything. People are shown it."""


class HeardOf(_Frozen, frozen=True):
    """How much of the words at ``said_seq`` a caller has heard: ``sentences`` of ``of``, and when, by his own sound."""

    said_seq: int
    sentences: int
    of: int
    from_ms: int | None = None
    until_ms: int | None = None


class Image(_Frozen, frozen=True, tag="image"):
    """A picture that was uploaded and accepted before; ``caption`` is what a describing model read in it."""

    client_message_id: str
    evidence_id: UUID
    caption: str | None = None


class Choice(_Frozen, frozen=True, tag="choice"):
    """A quick reply or card that was pressed; the payload is the one that was offered, and sets slots directly."""

    client_message_id: str
    payload: str


CustomerMessage = Text | Image | Choice


class QuickReply(_Frozen, frozen=True):
    label: str
    payload: str


class Card(_Frozen, frozen=True):
    """An order or a line to choose from."""

    title: str
    lines: tuple[str, ...] = ()
    payload: str | None = None


class Speaker(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class VisibleKind(StrEnum):
    NOTICE = "notice"
    """The first words: a machine speaks, what is kept, where to object."""
    MESSAGE = "message"
    IMAGE = "image"
    HANDOFF = "handoff"
    """A person takes over; the bot says no more."""
    OWNER = "owner"
    """Somebody else speaks from here on: ``holder`` says who, the words tell the customer."""
    RATING = "rating"
    """The service has ended; the customer is asked how it was, where ``awaiting`` is ``rating``. The customer's own
    answer has a ``score``."""
    STATE = "state"
    """A turn has ended: what the bot waits for now."""


class Form(StrEnum):
    """What a bot's words are, besides words."""

    QUOTE = "quote"
    """What would be done, at which price; a plain yes to it comes next."""
    RECEIPT = "receipt"
    """What was done: it rests on a receipt."""
    PROGRESS = "progress"
    """Where something that was asked for stands."""


class Side(StrEnum):
    """Who has the floor in a conversation."""

    BOT = "bot"
    AGENT = "agent"
    NOBODY = "nobody"
    """Waits for a person; the bot is silent."""


class Transfer(_Frozen, frozen=True):
    """Where the telephone system is to move a call, so that people have it."""

    group: str
    """The skill group that takes it."""
    to: str
    """``context,extension`` of its dialplan; empty: where all calls go that no group has a place for."""


class Visible(_Frozen, frozen=True):
    """One event as this conversation's customer may see it. ``seq`` is the place to resume from; gaps are normal."""

    seq: int
    at: datetime
    kind: VisibleKind
    speaker: Speaker
    text: str = ""
    quick_replies: tuple[QuickReply, ...] = ()
    cards: tuple[Card, ...] = ()
    awaiting: str | None = None
    """With ``state``: a slot or a member of Awaiting; None: the bot waits for nothing."""
    is_ai: bool = False
    """Words made by a machine: to be labelled so."""
    holder: Side | None = None
    """Who has the floor from here on, where it may be another."""
    badge: str | None = None
    """Of the agent who speaks, or who has the floor now."""
    client_message_id: str | None = None
    """Of the customer's own messages."""
    score: int | None = None
    """Of the customer's own rating."""
    payload: str | None = None
    """Of the customer's own choice: what was pressed."""
    evidence_id: UUID | None = None
    """Of the customer's own picture."""
    form: Form | None = None
    transfer: Transfer | None = None
    """Of a call that is handed over: its channel moves it there once what was said before has been heard."""


class TraceEvent(_Frozen, frozen=True):
    """One event of the log as the shop's own engineers may read it: codes, and words with personal data masked."""

    seq: int
    at: datetime
    business_at: datetime
    type: str
    v: int
    turn: UUID | None
    data: dict[str, Any]
    words: str | None = None


class TraceExport(_Frozen, frozen=True):
    """Events as they leave the product, labelled: what a machine said stands among them."""

    metadata: Metadata = msgspec.field(name=KEY)
    ai_label: str
    """To be shown with them, in words."""
    models: tuple[str, ...]
    """Name and version of each model that was at work."""
    events: tuple[TraceEvent, ...]


class Started(_Frozen, frozen=True):
    conversation_id: ConversationId
    at: datetime
    ai_label: str
    """To be shown beside the conversation as long as it lasts."""


class Received(_Frozen, frozen=True):
    is_duplicate: bool
