"""The business clock: working days, hours, holidays and make-up days. Pure; says when so much working time has passed.

All arithmetic is on instants; only a day's hours are read in the shop's own zone.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from appliance.errors import ConfigurationError

_FARTHEST_DAYS = 3660
"""Ten years without working time are a mistake in the configuration."""
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    zone: str = "Asia/Shanghai"
    weekdays: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = (1, 2, 3, 4, 5)
    """Monday is 1."""
    spans: tuple[str, ...] = ("09:00-12:00", "13:30-18:00")
    """Of a working day, in order."""
    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    """Worked although their weekday is free (调休)."""

    def __post_init__(self) -> None:
        self._check_zone()
        ends = [minute for span in self.spans for minute in _minutes(span)]
        if not ends or any(a >= b for a, b in pairwise(ends)):
            raise ConfigurationError("work hours: spans must be in order, not overlap, and at least one must be there")
        if not self.weekdays:
            raise ConfigurationError("work hours: name at least one weekday")
        if both := self.holidays & self.make_up_days:
            raise ConfigurationError(f"work hours: {min(both)} is a holiday and a make-up day: choose one")

    def is_worked(self, day: date) -> bool:
        if day in self.make_up_days:
            return True
        return day.isoweekday() in self.weekdays and day not in self.holidays

    def years_without_holidays(self, first: date, last: date) -> tuple[int, ...]:
        """Years between the two that none is listed for. None where the shop keeps no holidays at all."""
        known = {day.year for day in self.holidays}
        return tuple(year for year in range(first.year, last.year + 1) if known and year not in known)

    def after(self, start: datetime, working: timedelta) -> datetime:
        """The instant at which ``working`` time has passed since ``start``."""
        left = working
        for opens, closes in self._spans_from(start):
            begin = max(opens, start)
            if left <= closes - begin:
                return begin + left
            left -= closes - begin
        raise ConfigurationError("work hours: no working time within ten years; look at weekdays and holidays")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from ``start`` to ``end``; none if ``end`` is not later."""
        passed = timedelta()
        if end <= start:
            return passed
        for opens, closes in self._spans_from(start):
            if opens >= end:
                break
            passed += max(timedelta(), min(closes, end) - max(opens, start))
        return passed

    def _spans_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working spans that end after ``start``, as UTC."""
        first = start.astimezone(ZoneInfo(self.zone)).date()
        for number in range(_FARTHEST_DAYS):
            day = first + timedelta(days=number)
            if not self.is_worked(day):
                continue
            for span in self.spans:
                opens, closes = (self._instant(day, minute) for minute in _minutes(span))
                if closes > start:
                    yield opens, closes

    def _instant(self, day: date, minute: int) -> datetime:
        midnight = datetime.combine(day + timedelta(days=minute // 1440), time(), ZoneInfo(self.zone))
        return midnight.replace(hour=minute % 1440 // 60, minute=minute % 60).astimezone(UTC)

    def _check_zone(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ConfigurationError(f"work hours: no zone {self.zone!r}; write it as Asia/Shanghai") from unknown


def _minutes(span: str) -> tuple[int, int]:
    """Of the day, from and to."""
    found = _SPAN.fullmatch(span)
    if not found:
        raise ConfigurationError(f"work hours: {span!r} is not of the form 09:00-18:00")
    from_hour, from_minute, *to = [int(part) for part in found.groups() if part is not None]
    return from_hour * 60 + from_minute, to[0] * 60 + to[1]
