"""When words were said, as far as a recogniser's times can be true. Pure.

Times are told from the beginning of the call. A recogniser that begins anew with each turn, or whose clock is wrong,
would have other sound silenced on the tape than what was meant, so its times count for nothing where they lie outside
what was just said; then all of that is meant.
"""

from collections.abc import Sequence
from typing import Final

from models.asr.heard import Word

SLACK_MS: Final = 1_500
"""Speech is noticed when a part of it has been heard, and where a word begins is a matter of opinion."""


class WordTimes:
    def __init__(self) -> None:
        self._utterance = 0
        self._began_ms: dict[int, int] = {}
        """By utterance, of those whose final has not come; a later one may have begun by then."""
        self._until_ms = 0
        """Where the last words ended."""

    def began(self, at_ms: int) -> None:
        """Speech: the utterance has begun, or goes on."""
        self._began_ms.setdefault(self._utterance, at_ms)

    def ended(self) -> None:
        """The utterance: its final is still to come, and what is said from now on is another."""
        self._utterance += 1

    def of(self, words: Sequence[Word], now_ms: int, *, utterance: int, is_final: bool) -> tuple[Word, ...]:
        """The words, or none of them. ``now_ms``: of the caller's sound, up to which he has been heard."""
        began = {number: at_ms for number, at_ms in self._began_ms.items() if number <= utterance}
        since_ms = began.get(utterance, self._until_ms)
        if is_final:
            for number in began:
                del self._began_ms[number]
        if not words or words[0].start_ms < since_ms - SLACK_MS or words[-1].end_ms > now_ms + SLACK_MS:
            return ()
        if is_final:
            self._until_ms = words[-1].end_ms
        return tuple(words)
