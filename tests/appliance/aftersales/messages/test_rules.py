"""Whose number it can be, when nobody is written to, how often it is tried."""

from datetime import UTC, datetime, time, timedelta

import pytest

from appliance.aftersales.messages import rules
from appliance.aftersales.messages.model import Failure, Manners


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("86 13800138000", "13800138000"),
        ("138****8000", None),
        ("010-62345678", None),
        ("12345678901", None),
        ("", None),
    ],
)
def test_a_message_goes_to_a_mobile_only(phone: str, mobile: str | None) -> None:
    assert rules.mobile_of(phone) == mobile


@pytest.mark.parametrize(
    ("hour", "quiet_from", "quiet_until", "is_quiet"),
    [
        (20, time(21), time(8), False),
        (21, time(21), time(8), True),
        (3, time(21), time(8), True),
        (8, time(21), time(8), False),
        (13, time(12), time(14), True),
        (14, time(12), time(14), False),
        (3, time(0), time(0), False),
    ],
)
def test_quiet_hours_are_of_shanghai_and_may_span_midnight(
    hour: int, quiet_from: time, quiet_until: time, *, is_quiet: bool
) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=hour - 8)
    assert rules.is_quiet(at, Manners(quiet_from=quiet_from, quiet_until=quiet_until)) is is_quiet


@pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.NO_NUMBER])
def test_what_no_repeat_helps_is_given_up_at_once(failure: Failure) -> None:
    assert rules.pause_after(1, failure) is None


@pytest.mark.parametrize("failure", [Failure.NOT_REACHED, Failure.NO_ANSWER, Failure.UNSEALED, Failure.ADDRESS_REFUSED])
def test_pauses_grow_and_come_to_an_end(failure: Failure) -> None:
    pauses = [rules.pause_after(attempts, failure) for attempts in range(1, len(rules.PAUSES) + 2)]
    assert pauses == [*sorted(rules.PAUSES), None]
