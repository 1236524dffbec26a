"""So many a minute for each key: all at once if the asker likes, and never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import TooManyRequests
from appliance.web import rate
from appliance.web.rate import Rate


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def takes(limiter: Rate, key: str = "a") -> bool:
    try:
        limiter.take(key)
    except TooManyRequests:
        return False
    return True


def test_a_minutes_worth_comes_at_once_and_the_next_is_told_how_long_to_wait() -> None:
    clock = Clock()
    limiter = Rate(6, clock)
    assert [takes(limiter) for _ in range(7)] == [True] * 6 + [False]
    with pytest.raises(TooManyRequests) as refused:
        limiter.take("a")
    assert refused.value.wait_s == 10
    clock.at += 10
    assert [takes(limiter) for _ in range(2)] == [True, False]


def test_one_key_does_not_pay_for_another() -> None:
    limiter = Rate(1, Clock())
    assert [takes(limiter, key) for key in ("a", "a", "b")] == [True, False, True]


def test_those_who_asked_longest_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "MOST_KEYS", 2)
    limiter = Rate(1, Clock())
    assert [takes(limiter, key) for key in ("a", "b", "c", "a")] == [True, True, True, True]


@given(
    per_min=st.integers(1, 50), waits=st.lists(st.floats(0, 90, allow_nan=False, allow_infinity=False), max_size=120)
)
def test_whatever_the_pace_no_more_pass_than_the_time_allows(per_min: int, waits: list[float]) -> None:
    clock = Clock()
    limiter, began, passed = Rate(per_min, clock), clock.at, 0
    for wait in waits:
        clock.at += wait
        passed += takes(limiter)
        assert passed <= per_min * (1 + (clock.at - began) / 60) + 1e-3
