"""Which time a report is of, and with which it is compared. Pure."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from appliance.errors import InvalidInput
from appliance.reports.model import Period, PeriodTooLong, Span, Step

MOST_DAYS: Final = {Step.HOUR: 7, Step.DAY: 92, Step.WEEK: 366, Step.MONTH: 366}
"""So that a chart can be read, and a statement reads a year at most."""
_ONE_DAY: Final = timedelta(days=1)


def period_of(first: date | None, last: date | None, step: Step | None, now: datetime, zone: ZoneInfo) -> Period:
    """InvalidInput for days in the wrong order or to come, PeriodTooLong for more than the step allows."""
    today = now.astimezone(zone).date()
    last = last or max(first or today, today)
    first = first or last
    if first > last or first > today:
        raise InvalidInput("the first day comes after the last one, or is still to come")
    days = (min(last, today) - first).days + 1
    step = step or _fitting(days)
    if days > MOST_DAYS[step]:
        raise PeriodTooLong(f"by the {step}, {MOST_DAYS[step]} days at most are counted at a time")
    span = Span(since=_begin(first, zone), until=min(_begin(last + _ONE_DAY, zone), now))
    return Period(
        span=span, before=Span(since=_back(span.since, days, zone), until=_back(span.until, days, zone)), step=step
    )


def steps_of(span: Span, step: Step, zone: ZoneInfo) -> tuple[str, ...]:
    """The beginning of each step that the span touches, as the statements write it."""
    at, until = _floor(span.since.astimezone(zone).replace(tzinfo=None), step), _local(span.until, zone)
    found = []
    while at < until:
        found.append(at.strftime("%Y-%m-%dT%H:%M"))
        at = _next(at, step)
    return tuple(found)


def _fitting(days: int) -> Step:
    if days <= 2:
        return Step.HOUR
    return Step.DAY if days <= MOST_DAYS[Step.DAY] else Step.WEEK


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _back(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    return (_local(at, zone) - timedelta(days=days)).replace(tzinfo=zone)


def _floor(at: datetime, step: Step) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    match step:
        case Step.HOUR:
            return at.replace(minute=0, second=0, microsecond=0)
        case Step.DAY:
            return midnight
        case Step.WEEK:
            return midnight - timedelta(days=at.weekday())
        case Step.MONTH:
            return midnight.replace(day=1)


def _next(at: datetime, step: Step) -> datetime:
    match step:
        case Step.HOUR:
            return at + timedelta(hours=1)
        case Step.DAY:
            return at + _ONE_DAY
        case Step.WEEK:
            return at + timedelta(days=7)
        case Step.MONTH:
            return (at + timedelta(days=32)).replace(day=1)
