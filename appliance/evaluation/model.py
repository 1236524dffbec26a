"""One conversation case as a suite file states it, and what became of it. Frozen; knows no file and no wire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec import UnsetType as Unset

from appliance.aftersales.orders.model import CaseKind, FreightPayer
from appliance.conversation.model import Channel
from models.commands import Flow, HandoffReason, Reason


class Outcome(StrEnum):
    CASE_CREATED = "case_created"
    REFUSED = "refused"
    HANDED_OFF = "handed_off"
    ANSWERED = "answered"
    CANCELLED = "cancelled"


class Stated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a suite file states. Unknown keys are refused: a misspelt expectation would always hold."""


class Say(Stated, frozen=True, tag="say"):
    text: str


class Show(Stated, frozen=True, tag="show"):
    """A picture under this file name; the caption is what a describing model would read in it."""

    image: str
    caption: str | None = None


class Burst(Stated, frozen=True, tag="burst"):
    """All sent at once, none waiting for an answer: one turn."""

    parts: tuple[Say | Show, ...]


class Silence(Stated, frozen=True, tag="silence"):
    seconds: int


Utterance = Say | Show | Burst | Silence


class Interjection(Stated, frozen=True):
    when: str
    say: str


class UnitsOfLine(Stated, frozen=True):
    line_id: str
    quantity: int


class ExpectedCase(Stated, frozen=True):
    """Every key may be absent (UNSET): then it is not compared. None is compared."""

    kind: CaseKind | Unset | None = UNSET
    reason: Reason | Unset | None = UNSET
    refund_fen: int | Unset | None = UNSET
    freight_payer: FreightPayer | Unset | None = UNSET
    lines: tuple[UnitsOfLine, ...] | Unset | None = UNSET
    target_sku: str | Unset | None = UNSET
    address: str | Unset | None = UNSET
    invoice_title: str | Unset | None = UNSET
    tax_id: str | Unset | None = UNSET
    order_id: str | Unset | None = UNSET


class Expect(Stated, frozen=True):
    outcome: Outcome | tuple[Outcome, ...] | Unset = UNSET
    rule: str | Unset | None = UNSET
    rules_before: tuple[str, ...] | Unset = UNSET
    flow: Flow | Unset | None = UNSET
    refusal: str | Unset | None = UNSET
    case: ExpectedCase | Unset | None = UNSET
    cases_before: tuple[ExpectedCase, ...] | Unset = UNSET
    freight_payer: FreightPayer | Unset | None = UNSET
    order_system_writes: int | Unset = UNSET
    handoff_reason: HandoffReason | tuple[HandoffReason | None, ...] | Unset | None = UNSET
    work_order: bool | Unset = UNSET
    replies_contain: tuple[str, ...] = ()
    replies_never_contain: tuple[str, ...] = ()


class Customer(Stated, frozen=True):
    """Who speaks. What else the file says of the customer goes to the order system as it stands."""

    id: str
    verified: bool = True


class Case(Stated, frozen=True):
    id: str
    channel: Channel
    now: datetime
    customer: Customer
    fixtures: dict[str, Any]
    """What the demo order system loads: customer, customers, catalog, orders."""
    opening: Utterance | None = None
    answers: dict[str, tuple[Utterance, ...]] = {}
    """A single answer is a list of one whose slot stands in ``repeating``."""
    repeating: frozenset[str] = frozenset()
    interject: tuple[Interjection, ...] = ()
    then: tuple[str, ...] = ()
    script: tuple[Utterance, ...] = ()
    after_receipt: tuple[Utterance, ...] = ()
    otherwise: str | None = None
    max_turns: int = 12
    attack: str | None = None
    expect: Expect = Expect()

    @property
    def flow(self) -> str:
        """Under what the case is counted: its expected flow, else the class of the attack."""
        if isinstance(self.expect.flow, Flow):
            return self.expect.flow.value
        return self.attack or "none"

    @property
    def outcome(self) -> str:
        match self.expect.outcome:
            case Outcome() as one:
                return one.value
            case tuple() as several:
                return "|".join(several)
            case _:
                return "any"


class ReceivedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A write as the order system received it, in the words of the suites."""

    operation_id: str
    """Its idempotency key."""
    kind: str
    order_id: str = ""
    customer_id: str = ""
    reason: str | None = None
    refund_fen: int | None = None
    freight_payer: str | None = None
    lines: tuple[UnitsOfLine, ...] = ()
    target_sku: str | None = None
    address: str | None = None
    invoice_title: str | None = None
    tax_id: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log: its type and codes, and what stands in its body, for people to read."""

    type: str
    data: Mapping[str, Any]
    words: str = ""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be seen of one finished conversation from outside."""

    awaiting: str | None
    log: Sequence[Entry]
    shown: tuple[str, ...]
    """Every string that the bot showed: text, quick replies, cards."""
    received: tuple[ReceivedCase, ...]
    writes: int
    turns: int
    turn_ms: tuple[float, ...]
    ended: str
    """Why it ended, in words."""
    transcript: tuple[tuple[str, str], ...] = ()
    error: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One case, played and compared."""

    case: Case
    played: Played
    why: tuple[str, ...]
    """What was not as expected; empty: passed."""
    are_writes_right: bool

    @property
    def is_passed(self) -> bool:
        return not self.why
