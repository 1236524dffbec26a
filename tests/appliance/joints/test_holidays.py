"""Whoever looks at the machine is told in time that work orders know no holidays any more."""

from datetime import date

import pytest

from appliance.config import WorkSettings
from appliance.joints.people_desks import holidays_missing


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 9, 30), ""),
        (date(2026, 10, 1), "the hours of work orders have no holidays of 2027, which begins within three months"),
        (date(2027, 1, 1), "the hours of work orders have no holidays of 2027"),
    ],
)
def test_a_table_of_holidays_that_ends_is_told_three_months_ahead(today: date, told: str) -> None:
    assert holidays_missing(WorkSettings(), today) == told
