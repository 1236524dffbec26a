"""What is asked of a size, what it rests on, and what it says."""

from enum import StrEnum

import msgspec


class Sureness(StrEnum):
    MEASURED = "measured"
    """On the machine named, as it is."""
    SCALED = "scaled"
    """A measured figure times a load, by the queueing model."""
    GUESSED = "guessed"
    """An assumption: put your own in its place."""


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """Of a shop, on a day that is not special."""

    conversations_per_day: int
    phone_share: float = 0.1
    peak_hour_share: float = 0.12
    """Of the day's conversations that fall into its busiest hour."""
    burst: float = 3.0
    """How much more it is in the busiest hour of a promotion."""
    conversation_min: float = 6.0
    call_min: float = 3.0
    retention_days: int = 180
    recording_days: int = 30
    has_language_model: bool = False
    people_share: float = 0.2
    """Of conversations that people take over."""
    people_min: float = 5.0


class Capacity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one unit of work costs, and where that was measured."""

    machine: str
    measured_at: str
    note: str
    cpu_ms_per_turn: float
    turns_per_conversation: float
    memory_kb_per_connection: float
    tls_kb_per_connection: float
    """That TLS adds to it, where no proxy before the appliance ends it."""
    guessed_too: tuple[str, ...] = ()
    """Of these above, those that nobody measured."""
    guessed: dict[str, float]
    """By name: what nobody has measured. The names say the unit."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: float
    unit: str
    sureness: Sureness
    why: str


class Size(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    demand: Demand
    capacity: Capacity
    lines: tuple[Line, ...]
