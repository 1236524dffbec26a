"""How days and hours are counted, and when a tax id is right."""

from datetime import datetime, timedelta

import pytest

from appliance.aftersales.policy.facts import days_between, hours_between
from appliance.aftersales.policy.tax_id import is_valid_tax_id

DELIVERED = datetime.fromisoformat("2026-03-10T23:30:00+08:00")


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-03-10T23:59:00+08:00", 0),
        ("2026-03-11T00:00:00+08:00", 1),
        ("2026-03-10T16:00:00+00:00", 1),
        ("2026-03-17T23:59:59+08:00", 7),
    ],
)
def test_days_are_calendar_days_in_shanghai(now: str, days: int) -> None:
    assert days_between(DELIVERED, datetime.fromisoformat(now)) == days


@pytest.mark.parametrize(
    ("elapsed", "hours"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=1), 1),
        (timedelta(hours=48), 48),
        (timedelta(hours=48, microseconds=1), 49),
    ],
)
def test_a_begun_hour_counts(elapsed: timedelta, hours: int) -> None:
    assert hours_between(DELIVERED, DELIVERED + elapsed) == hours


def test_what_has_not_happened_has_no_age() -> None:
    assert days_between(None, DELIVERED) is None
    assert hours_between(None, DELIVERED) is None


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("91350100M000100Y43", True),
        (" 91350100m000100y43 ", True),
        ("91350100M000100Y44", False),
        ("91350100M000100Y4", False),
        ("91350100I000100Y43", False),
        ("", False),
    ],
)
def test_a_tax_id_has_eighteen_signs_and_a_check_digit(text: str, is_valid: bool) -> None:
    assert is_valid_tax_id(text) is is_valid
