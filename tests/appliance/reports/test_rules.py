"""Which time a report is of."""

from datetime import UTC, date, datetime

import pytest

from appliance.clock import SHANGHAI
from appliance.errors import InvalidInput
from appliance.reports.model import Period, PeriodTooLong, Span, Step
from appliance.reports.rules import period_of, steps_of
from tests.appliance.reports.world import NOW

DAY = date(2026, 11, 26)


def period(first: date | None = None, last: date | None = None, step: Step | None = None) -> Period:
    return period_of(first, last, step, NOW, SHANGHAI)


def local(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def test_nothing_asked_for_is_today_so_far_beside_yesterday_until_the_same_time() -> None:
    assert period() == Period(
        span=Span(since=local(11, 26), until=local(11, 26, 15, 30)),
        before=Span(since=local(11, 25), until=local(11, 25, 15, 30)),
        step=Step.HOUR,
    )


def test_days_that_are_over_are_whole_and_stand_beside_as_many_before() -> None:
    found = period(date(2026, 11, 16), date(2026, 11, 22))
    assert found == Period(
        span=Span(since=local(11, 16), until=local(11, 23)),
        before=Span(since=local(11, 9), until=local(11, 16)),
        step=Step.DAY,
    )


@pytest.mark.parametrize(
    ("first", "last", "step"),
    [
        (date(2026, 11, 25), DAY, Step.HOUR),
        (date(2026, 11, 24), DAY, Step.DAY),
        (date(2026, 9, 1), DAY, Step.DAY),
        (date(2026, 1, 1), DAY, Step.WEEK),
    ],
)
def test_a_step_is_chosen_by_which_the_course_can_be_read(first: date, last: date, step: Step) -> None:
    assert period(first, last).step is step


@pytest.mark.parametrize(("first", "last"), [(DAY, date(2026, 11, 25)), (date(2026, 11, 27), None)])
def test_days_in_the_wrong_order_or_to_come_are_refused(first: date, last: date | None) -> None:
    with pytest.raises(InvalidInput):
        period(first, last)


@pytest.mark.parametrize(("first", "step"), [(date(2026, 11, 19), Step.HOUR), (date(2025, 11, 1), Step.MONTH)])
def test_more_than_a_step_allows_is_refused_with_how_many_there_may_be(first: date, step: Step) -> None:
    with pytest.raises(PeriodTooLong, match="days at most"):
        period(first, DAY, step)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step.DAY, ("2026-10-30T00:00", "2026-10-31T00:00", "2026-11-01T00:00")),
        (Step.WEEK, ("2026-10-26T00:00",)),
        (Step.MONTH, ("2026-10-01T00:00", "2026-11-01T00:00")),
    ],
)
def test_steps_begin_in_the_zones_own_time_and_none_is_left_out(step: Step, expected: tuple[str, ...]) -> None:
    span = Span(since=datetime(2026, 10, 29, 16, tzinfo=UTC), until=datetime(2026, 11, 1, 16, tzinfo=UTC))
    assert steps_of(span, step, SHANGHAI) == expected
