"""After some failures in a row nobody is let through; then one, who decides for all."""

import pytest

from models.breaker import Attempt, Breaker

LONG, NONE = 3600.0, 0.0


def begun(breaker: Breaker) -> Attempt:
    attempt = breaker.begin()
    assert attempt is not None
    return attempt


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        with begun(breaker) as attempt:
            attempt.failed()


def test_after_so_many_failures_in_a_row_it_rests_and_says_for_how_long() -> None:
    told = list[float]()
    breaker = Breaker(3, LONG, rests=told.append)
    fail(breaker, 2)
    with begun(breaker) as attempt:
        attempt.answered()
    fail(breaker, 2)
    assert (breaker.is_resting, told) == (False, [])
    fail(breaker, 1)
    assert (breaker.is_resting, breaker.may_be_tried, breaker.begin(), told) == (True, False, None, [LONG])


def test_after_its_rest_one_tries_and_the_others_are_not_let_through() -> None:
    breaker = Breaker(1, NONE)
    fail(breaker, 1)
    with begun(breaker) as trial:
        assert breaker.begin() is None
        trial.answered()
    assert (breaker.is_resting, breaker.begin() is not None, breaker.begin() is not None) == (False, True, True)


def test_a_trial_that_fails_begins_another_rest() -> None:
    told = list[float]()
    breaker = Breaker(5, NONE, rests=told.append)
    fail(breaker, 5)
    fail(breaker, 1)
    assert (breaker.is_resting, told) == (True, [NONE, NONE])


def test_a_trial_that_fails_when_others_were_answered_meanwhile_is_one_failure() -> None:
    breaker = Breaker(2, NONE)
    with begun(breaker) as early:
        fail(breaker, 2)
        with begun(breaker) as trial:
            early.answered()
            trial.failed()
    assert not breaker.is_resting
    fail(breaker, 1)
    assert breaker.is_resting


def test_a_trial_that_is_given_up_decides_nothing_and_leaves_its_place() -> None:
    breaker = Breaker(1, NONE)
    fail(breaker, 1)
    with pytest.raises(KeyError), begun(breaker):
        raise KeyError
    assert (breaker.is_resting, breaker.may_be_tried) == (True, True)


def test_what_was_given_up_ends_no_row_of_failures() -> None:
    breaker = Breaker(2, LONG)
    fail(breaker, 1)
    with begun(breaker):
        pass
    fail(breaker, 1)
    assert breaker.is_resting


def test_what_was_asked_before_its_rest_and_fails_during_it_makes_it_no_longer() -> None:
    told = list[float]()
    breaker = Breaker(1, LONG, rests=told.append)
    early, late = begun(breaker), begun(breaker)
    early.failed()
    late.failed()
    assert told == [LONG]
    late.answered()
    assert not breaker.is_resting
