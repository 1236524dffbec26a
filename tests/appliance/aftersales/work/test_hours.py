"""The business clock: working time runs within hours and stands still outside."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.aftersales.work.hours import Hours
from appliance.aftersales.work.terms import shipped_terms
from appliance.errors import ConfigurationError

HOURS = shipped_terms().hours
YEAR = (datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-11-30"))
INSTANTS = st.datetimes(*YEAR).map(lambda at: at.replace(tzinfo=UTC))
WORKED = st.integers(1, 40 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-26T09:00", 1, "2026-11-26T10:00"),
        ("2026-11-26T11:30", 1, "2026-11-26T14:00"),  # over noon
        ("2026-11-27T17:30", 1, "2026-11-30T09:30"),  # over a week-end
        ("2026-09-30T17:00", 2, "2026-10-08T10:00"),  # over the national holiday
        ("2026-10-09T17:00", 2, "2026-10-10T10:00"),  # into a Saturday that is worked
        ("2026-11-28T03:00", 1, "2026-11-30T10:00"),  # opened on a Saturday night
    ],
)
def test_a_deadline_falls_where_so_much_working_time_has_passed(start: str, hours: int, end: str) -> None:
    assert HOURS.after(local(start), timedelta(hours=hours)) == local(end)


@given(start=INSTANTS, worked=WORKED)
def test_between_a_start_and_its_deadline_lies_exactly_that_much_working_time(
    start: datetime, worked: timedelta
) -> None:
    end = HOURS.after(start, worked)
    assert HOURS.between(start, end) == worked
    assert HOURS.between(start, end - timedelta(seconds=1)) == worked - timedelta(seconds=1)


@given(start=INSTANTS, first=WORKED, second=WORKED)
def test_working_time_adds_up(start: datetime, first: timedelta, second: timedelta) -> None:
    middle = HOURS.after(start, first)
    assert HOURS.after(middle, second) == HOURS.after(start, first + second)


def test_round_the_clock_is_a_span_too() -> None:
    always = Hours(weekdays=(1, 2, 3, 4, 5, 6, 7), spans=("00:00-24:00",))
    assert always.after(local("2026-11-28T23:30"), timedelta(hours=1)) == local("2026-11-29T00:30")


@pytest.mark.parametrize(
    "wrong",
    [
        {"spans": ()},
        {"spans": ("9-18",)},
        {"spans": ("13:00-18:00", "09:00-12:00")},
        {"spans": ("09:00-12:00", "11:00-18:00")},
        {"weekdays": ()},
        {"zone": "Peking"},
        {"holidays": frozenset({date(2026, 1, 4)}), "make_up_days": frozenset({date(2026, 1, 4)})},
    ],
)
def test_hours_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="work hours"):
        Hours(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("last", "missing"), [(date(2026, 12, 31), ()), (date(2027, 1, 1), (2027,)), (date(2028, 1, 1), (2027, 2028))]
)
def test_a_year_whose_holidays_are_not_listed_is_named(last: date, missing: tuple[int, ...]) -> None:
    listed = Hours(holidays=frozenset({date(2026, 10, 1)}))
    assert listed.years_without_holidays(date(2026, 11, 26), last) == missing
    assert Hours().years_without_holidays(date(2026, 11, 26), last) == ()
