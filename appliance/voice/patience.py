"""What the call says by itself: a word while the answer takes its time, and a question into a long silence."""

from enum import StrEnum

import msgspec


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    filler_ms: int = 1000
    """An answer that takes longer is bridged by a word."""
    next_filler_ms: int = 6000
    silence_ms: int = 7000
    """Silence after which the call asks whether somebody is there."""
    errand_ms: int = 60_000
    """The same while the caller has something to do: to take a photo, with the phone that he talks with."""


class Nudge(StrEnum):
    FILLER = "filler"
    STILL_THERE = "still_there"
    LEAVE = "leave"


class Patience:
    def __init__(self, wait: Wait, fillers: int, questions: int) -> None:
        self._wait = wait
        self._most_fillers = fillers
        self._most_questions = questions
        self._thinking_since_ms: int | None = None
        self._quiet_since_ms: int | None = None
        self.fillers = 0
        self.questions = 0
        self._is_errand = False

    @property
    def is_thinking(self) -> bool:
        return self._thinking_since_ms is not None

    def passed_on(self, at_ms: int) -> None:
        self._thinking_since_ms = at_ms
        self._quiet_since_ms = None
        self.fillers = self.questions = 0

    def works(self, at_ms: int) -> None:
        """Of a filler that was said before, the next is due after the longer time."""
        self._thinking_since_ms = at_ms
        self._quiet_since_ms = None

    def answered(self, *, is_errand: bool = False) -> None:
        self._thinking_since_ms = None
        self._is_errand = is_errand

    def stirred(self) -> None:
        """Somebody makes a sound: there is no silence."""
        self._quiet_since_ms = None

    def still(self, at_ms: int) -> Nudge | None:
        """Nobody makes a sound now. What is to be done about it; each is counted as done."""
        if self._thinking_since_ms is not None:
            return self._bridge(at_ms, self._thinking_since_ms)
        if self._quiet_since_ms is None:
            self._quiet_since_ms = at_ms
        if at_ms - self._quiet_since_ms < (self._wait.errand_ms if self._is_errand else self._wait.silence_ms):
            return None
        self._quiet_since_ms = None
        self.questions += 1
        return Nudge.STILL_THERE if self.questions <= self._most_questions else Nudge.LEAVE

    def _bridge(self, at_ms: int, since_ms: int) -> Nudge | None:
        due_ms = self._wait.next_filler_ms if self.fillers else self._wait.filler_ms
        if self.fillers >= self._most_fillers or at_ms - since_ms < due_ms:
            return None
        self._thinking_since_ms = at_ms
        self.fillers += 1
        return Nudge.FILLER
