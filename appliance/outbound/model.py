"""A call that is to be made, one attempt at it, and how that can end. No number is kept of any of it."""

from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from appliance.aftersales.orders.model import Record
from appliance.config_calls import Purpose
from appliance.ids import ConversationId, CustomerId, ShopId


class Basis(StrEnum):
    """Why a call is lawful (PIPL 13); without one none is made."""

    ASKED_FOR = "asked_for"
    """He asked for it himself: a message that he left."""
    CONTRACT = "contract"
    """Needed to carry out the after-sales case that he agreed to."""


BASIS_OF = {
    Purpose.CALL_BACK: Basis.ASKED_FOR,
    Purpose.PARCEL_BACK: Basis.CONTRACT,
    Purpose.REFUNDED: Basis.CONTRACT,
    Purpose.SEND_BACK: Basis.CONTRACT,
}


class CallState(StrEnum):
    WAITING = "waiting"
    DIALLING = "dialling"
    """An attempt is under way."""
    REACHED = "reached"
    """He was spoken with."""
    GIVEN_UP = "given_up"
    """As often as may be, and nobody was reached: people have it."""
    SKIPPED = "skipped"
    """Not wanted any more: somebody else has done it, or he has told us otherwise."""


class Outcome(StrEnum):
    """Of one attempt."""

    TALKED = "talked"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    """The network says so: off, out of reach, no such number."""
    MACHINE = "machine"
    """Probably an answering machine; nothing was left on it."""
    STAND_IN = "stand_in"
    """Somebody took the call for him: a front desk, his family."""
    NOT_NOW = "not_now"
    """He was reached, and it is no good moment."""
    HUNG_UP = "hung_up"
    """Somebody answered and said nothing that helps."""
    OPTED_OUT = "opted_out"
    WRONG_PERSON = "wrong_person"
    NO_NUMBER = "no_number"
    """There is none that could be dialled."""
    NOT_PLACED = "not_placed"
    """The switchboard took no call."""
    UNSEALED = "unsealed"
    """The audit log took no intent, so no number was looked up."""


class Refused(StrEnum):
    """How somebody said that he wants no calls."""

    ON_THE_CALL = "on_the_call"
    BY_STAFF = "by_staff"
    BY_SYSTEM = "by_system"
    """One of the shop's own systems was told so."""


class Withdrawn(StrEnum):
    """Why a wish for no calls counts no more. A closed set: what people write freely may name somebody."""

    CUSTOMER_ASKED = "customer_asked"
    """He wants to be called again, and said so."""
    NOTED_BY_MISTAKE = "noted_by_mistake"
    """It never was his wish."""


class Planned(Record, frozen=True):
    """A call that somebody may make now, claimed. ``attempts`` counts this one."""

    shop_id: ShopId
    call_id: UUID
    purpose: Purpose
    basis: Basis
    conversation_id: ConversationId
    """Of the matter that it is about."""
    work_order_id: UUID | None
    case_id: UUID | None
    customer_id: CustomerId | None
    """Who is known to be meant; None: whoever left the message."""
    phone: str | None
    """A placeholder of that conversation: the number that he left."""
    attempts: int
    is_still_due: bool
    """Nothing else has come of it since it was planned."""


class Attempt(Record, frozen=True):
    """One that is under way."""

    shop_id: ShopId
    call_id: UUID
    attempt_id: UUID
    number: int
    """Counted from 1."""
    purpose: Purpose
    work_order_id: UUID | None
    customer_id: CustomerId | None
    number_mac: bytes
    answered_at: datetime | None


class Told(Record, frozen=True):
    """An attempt as people are shown it."""

    purpose: Purpose
    basis: Basis
    state: CallState
    """Of the call that it belongs to."""
    number: int | None
    """Counted from 1; None: nobody was rung for it yet."""
    placed_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    conversation_id: UUID | None
    next_at: datetime | None
    """When the call is tried again, if it is."""


class Dial(Record, frozen=True):
    """What the switchboard is asked for."""

    attempt_id: UUID
    token: str
    number: str
    until: datetime
    """Later it is not to ring any more: what lay in a switchboard that was away may come back at night."""

    def __repr__(self) -> str:
        return f"Dial({self.attempt_id})"


class Manners(Record, frozen=True):
    """By the settings."""

    shops: tuple[ShopId, ...]
    purposes: tuple[Purpose, ...]
    quiet_from: time = time(21)
    quiet_until: time = time(9)
    quiet_days: frozenset[str] = frozenset()
    on_weekends: bool = True
    tries: int = 3
    between_min: int = 120
    at_once: int = 2
    ring_s: int = 30
