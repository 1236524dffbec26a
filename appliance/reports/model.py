"""A figure, as it is declared and as it is answered."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from appliance.errors import InvalidInput

Value = float | None
"""None: nothing was there to count a share or a time of."""


class PeriodTooLong(InvalidInput):
    """So many steps, or so many conversations, are not counted while somebody waits."""

    code = "period_too_long"


class Step(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Unit(StrEnum):
    COUNT = "count"
    SHARE = "share"
    """From 0 to 1."""
    SECONDS = "seconds"
    SCORE = "score"
    """From 1 to 5."""


class Group(StrEnum):
    NOW = "now"
    VOLUME = "volume"
    RESULT = "result"
    HANDOFF = "handoff"
    SPEED = "speed"
    CALL = "call"
    QUEUE = "queue"
    QUALITY = "quality"


class Better(StrEnum):
    MORE = "more"
    LESS = "less"
    NEITHER = "neither"


class Slice(StrEnum):
    """Of what a row of a statement tells."""

    ALL = "all"
    AT = "at"
    CHANNEL = "channel"
    SHOP = "shop"
    CODE = "code"


class Figure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``key`` is the column of the statement ``query`` that it is read from."""

    key: str
    query: str
    unit: Unit
    group: Group
    better: Better
    zh: str
    en: str
    definition_zh: str
    definition_en: str


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All figures, and the rules by which days and waits are counted."""

    figures: tuple[Figure, ...]
    zone: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """``first`` and ``last`` are days of the zone, both included; None: today."""

    shops: tuple[str, ...]
    first: date | None = None
    last: date | None = None
    channel: str | None = None
    step: Step | None = None
    """None: as fine as the period allows to read."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """``until`` is not included."""

    since: datetime
    until: datetime


class Period(msgspec.Struct, frozen=True, kw_only=True):
    span: Span
    before: Span
    """As many days just before, up to the same time of the day."""
    step: Step


class Part(msgspec.Struct, frozen=True, kw_only=True):
    part: str
    value: Value
    before: Value


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Of one figure. ``series`` has a value for each of the report's steps; what stands now has none, and no before."""

    key: str
    value: Value
    before: Value = None
    series: tuple[Value, ...] = ()
    series_before: tuple[Value, ...] = ()
    channels: tuple[Part, ...]
    shops: tuple[Part, ...]
    codes: tuple[Part, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    shops: tuple[str, ...]
    channel: str | None
    since: datetime
    until: datetime
    before_since: datetime
    before_until: datetime
    step: Step
    steps: tuple[str, ...]
    """The beginning of each, in the zone's own time."""
    figures: tuple[Answer, ...]


class ByHand(msgspec.Struct, frozen=True, kw_only=True):
    """One statement with its values put in, as ``psql`` takes it."""

    key: str
    sql: str
