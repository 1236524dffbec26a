"""Leaves something alone that failed again and again, and then lets one try it for all.

It counts and knows the time, no more: what a failure is, and what is told to who may not ask, is said by who asks.
"""

from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self


def _tells_nobody(_: float) -> None:
    return


class Breaker:
    """Of one thing that many tasks of one event loop ask."""

    def __init__(self, failures: int, rest_s: float, *, rests: Callable[[float], None] = _tells_nobody) -> None:
        """``failures``: so many in a row, and it is left alone. ``rests``: told each time for how many seconds."""
        self._failures = failures
        self._rest_s = rest_s
        self._rests = rests
        self._in_row = 0
        self._rests_until: float | None = None
        """By the monotonic clock."""
        self._is_tried = False
        """After its rest one is under way."""

    @property
    def is_resting(self) -> bool:
        """Until who tried it after its rest was answered."""
        return self._rests_until is not None

    @property
    def may_be_tried(self) -> bool:
        """Its rest is over, and nobody tries it yet."""
        return self._rests_until is not None and not self._is_tried and monotonic() >= self._rests_until

    def begin(self) -> "Attempt | None":
        """None: it is left alone."""
        if self._rests_until is None:
            return Attempt(self, is_trial=False)
        if not self.may_be_tried:
            return None
        self._is_tried = True
        return Attempt(self, is_trial=True)

    def answered(self) -> None:
        """Whoever asked: it is there."""
        self._in_row, self._rests_until = 0, None

    def failed(self, *, is_trial: bool) -> None:
        """What was asked before its rest, and ends during it, says nothing new; nor does a trial that others have
        overtaken: to whom it answered meanwhile."""
        self._in_row += 1
        has_enough = is_trial if self.is_resting else self._in_row >= self._failures
        if has_enough:
            self._rests_until = monotonic() + self._rest_s
            self._rests(self._rest_s)

    def trial_ended(self) -> None:
        """However it did: if it said nothing, the next may try."""
        self._is_tried = False


class Attempt:
    """One question, from its beginning to its end. What was given up is neither an answer nor a failure."""

    def __init__(self, breaker: Breaker, *, is_trial: bool) -> None:
        self._breaker = breaker
        self._is_trial = is_trial

    def answered(self) -> None:
        self._breaker.answered()

    def failed(self) -> None:
        self._breaker.failed(is_trial=self._is_trial)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_trial:
            self._breaker.trial_ended()
