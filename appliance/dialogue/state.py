"""The state of a dialogue between two turns. Frozen and JSON-ready; sealed by the conversation before it is stored."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.policy.model import AskedLine, Evidence, Quote, Ruling
from appliance.understanding.mood import Mood
from models.commands import Flow, KnownOrder, Reason


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class OwnOrder(KnownOrder, frozen=True, kw_only=True):
    """One of the customer's own orders, as much of it as finding and choosing needs."""

    has_refund: bool = False
    has_case: bool = False
    """An exchange, a resend or a repair that its customer may ask after."""
    awaits_parcel: bool = False
    """A case of it waits for what the customer sends back."""
    withdrawable: str | None = None
    """Of its cases, whether the one can be taken back that is meant first, or why not; None: it has none."""
    tracking_no: str | None = None


class Position(_Frozen, frozen=True):
    """A place in a flow file: which flow, which of its steps comes next."""

    flow: str
    step: int


class Asked(_Frozen, frozen=True):
    """A request as policy is asked it; order, stock and case facts are read when it is decided."""

    flow: Flow
    order_id: str
    lines: tuple[AskedLine, ...] = ()
    """Empty: the whole order."""
    reason: Reason | None = None
    evidence: Evidence = Evidence.NOT_ASKED
    details: dict[str, str] = {}
    """Further words that decision and quote cover: spec, address, invoice title; personal ones as placeholders."""


class Frame(_Frozen, frozen=True):
    """One request being worked on. Its version is pinned: publishing a flow never changes a running one."""

    flow: Flow
    version: int
    path: tuple[Position, ...]
    """Innermost last: a called sub-flow stands on its caller."""
    slots: dict[str, Any] = {}
    """What the customer gave. Personal values are placeholders."""
    asked: Asked | None = None
    ruling: Ruling | None = None
    """What policy was asked last, and what it said."""
    operation_id: str | None = None
    tries: dict[str, int] = {}
    """How often each slot was asked for without success."""
    shown: dict[str, str] = {}
    """Of slots that are placeholders: as much as may be written on a screen."""
    read_back: str | None = None
    """The order that a spoken number may have meant, while a yes to it is awaited."""
    offered: tuple[str, ...] = ()
    """Rules whose offer was already made: an offer is made once."""


class Table(_Frozen, frozen=True):
    """The quote that lies on the table. A yes counts for its hash before ``expires_at`` (business time)."""

    asked: Asked
    quote: Quote
    expires_at: datetime
    shown: dict[str, str] = {}
    """Of its details that are placeholders: as much as may be written on a screen."""


class Request(_Frozen, frozen=True):
    """Something asked for and not begun yet."""

    flow: Flow
    slots: dict[str, Any] = {}


class Identity(_Frozen, frozen=True):
    """Who the customer is. Once verified it never changes within a conversation."""

    customer_id: str | None = None
    claimed_order: str | None = None
    """An order number named before the proof was complete."""
    claimed_tail: str | None = None
    """A phone tail named before the order number was, not tried yet."""
    failures: int = 0
    caller: str | None = None
    """A placeholder of the number that the call came from. Anybody can show any number: it proves nothing alone."""
    tried_with_caller: tuple[str, ...] = ()
    """Order numbers that the caller's number was tried with, in the place of the four digits."""


class Said(_Frozen, frozen=True):
    """One thing the bot said: which reply, with which facts, and what could be pressed."""

    key: str
    facts: dict[str, Any] = {}
    options: tuple["Option", ...] = ()
    receipt: str | None = None
    """The case id of the receipt that it rests on; replies about money and cases need one."""
    own: dict[str, str] = {}
    """Placeholders of what the customer gave himself, by what is written of them: he alone sees it whole."""


class Option(_Frozen, frozen=True):
    """Something to press. ``payload`` is what comes back; ``facts`` render its label or card."""

    key: str
    payload: str
    facts: dict[str, Any] = {}
    is_card: bool = False


class Recording(StrEnum):
    """What a caller is told who asks whether the call is recorded."""

    OFF = "off"
    ON = "on"
    DECLINED = "declined"


class State(_Frozen, frozen=True):
    identity: Identity = Identity()
    stack: tuple[Frame, ...] = ()
    """The request being worked on is last; those below are set aside."""
    queue: tuple[Request, ...] = ()
    outstanding: tuple[Frame, ...] = ()
    """Agreed to and not done yet, with nothing waiting for it: its outcome is told when it comes."""
    awaiting: str | None = None
    options: tuple[Flow, ...] = ()
    """The flows just offered, while an offer, a clarification or a resume is awaited."""
    offered_quantity: int | None = None
    table: Table | None = None
    images: tuple[UUID, ...] = ()
    """Pictures sent before they were asked for."""
    orders: tuple[OwnOrder, ...] = ()
    orders_read_at: datetime | None = None
    misses: int = 0
    clarified: int = 0
    silences: int = 0
    mood: Mood = Mood()
    said: tuple[Said, ...] = ()
    """The last turn's words, to be repeated."""
    awaits_guardian: bool = False
    """A minor has spoken: no quote and no yes until a guardian does."""
    is_handed_off: bool = False
    is_call: bool = False
    """It is held on the phone."""
    recording: Recording = Recording.OFF
    line: dict[str, str] = {}
    """What the switchboard says of the call, masked, for whoever takes it over. It decides nothing."""

    @property
    def top(self) -> Frame | None:
        return self.stack[-1] if self.stack else None
