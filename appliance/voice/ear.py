"""One turn of the caller: from the first sound to the end of what he has to say."""

import msgspec

from appliance.voice.events import Action, EndUtterance, JudgeTurn
from appliance.voice.phrases import Phrases


class EarPace(msgspec.Struct, frozen=True, kw_only=True):
    """Silences after speech, in milliseconds."""

    judge_ms: int = 200
    """Then the end-of-turn model is asked; if words and model agree that the turn is complete, it is."""
    complete_ms: int = 500
    """Ends a turn whose words sound complete, where no model has judged it."""
    number_ms: int = 900
    """After a number: it may go on."""
    unfinished_ms: int = 1200
    """After words that promise more, and where the model says that the turn is not complete."""
    noise_ms: int = 2500
    """A sound that has brought no words by then is noise."""
    final_ms: int = 1500
    """A final pass that has not come by then is not waited for: the last partial counts."""


class Turn(msgspec.Struct, frozen=True):
    text: str
    alternatives: tuple[str, ...]


class Ear:
    def __init__(self, phrases: Phrases, pace: EarPace) -> None:
        self._phrases = phrases
        self._pace = pace
        self._kept = ""
        self._finals_too_late = 0
        self._forget()

    def _forget(self) -> None:
        self._partial = ""
        self._began_ms: int | None = None
        self._silent_since_ms: int | None = None
        self._asked = False
        self._judged: bool | None = None
        self._ended_ms: int | None = None

    @property
    def text(self) -> str:
        """All of the turn so far."""
        return self._kept + self._partial

    @property
    def is_speaking(self) -> bool:
        return self._began_ms is not None and self._silent_since_ms is None

    def holds_floor(self, at_ms: int) -> bool:
        """Nobody is to talk now. A sound that has no words for long is noise, and holds nothing."""
        return bool(self.text) or (self.is_open and self.speech_ms(at_ms) < self._pace.noise_ms)

    @property
    def is_open(self) -> bool:
        """Something is being said, or what was said is not understood yet."""
        return self._began_ms is not None or bool(self.text)

    def speech_ms(self, at_ms: int) -> int:
        if self._began_ms is None:
            return 0
        return (self._silent_since_ms or at_ms) - self._began_ms

    def began(self, at_ms: int) -> None:
        if self._began_ms is None:
            self._began_ms = at_ms
        self._silent_since_ms = self._ended_ms = None
        self._asked, self._judged = False, None

    def ended(self, at_ms: int) -> None:
        if self.is_speaking:
            self._silent_since_ms = at_ms

    def judged(self, is_complete: bool) -> None:
        if self._asked:
            self._judged = is_complete

    def heard(self, text: str, is_final: bool, alternatives: tuple[str, ...], at_ms: int) -> Turn | None:
        """The whole turn, if this was the final pass of its last words. Words need no sound detected before."""
        if is_final and self._finals_too_late:
            self._finals_too_late -= 1
            return None
        if text and self._began_ms is None:
            self._began_ms = self._silent_since_ms = at_ms
        if not is_final:
            self._partial = text
            return None
        self._kept, self._partial = self._kept + text, ""
        alternatives = alternatives if self._kept == text else ()
        if self._ended_ms is None:
            return None
        return self.take(alternatives)

    def tick(self, at_ms: int) -> list[Action]:
        if self._silent_since_ms is None or self._ended_ms is not None:
            return []
        silence_ms = at_ms - self._silent_since_ms
        if silence_ms >= self._pace.judge_ms and not self._asked:
            self._asked = True
            return [JudgeTurn()]
        if silence_ms < self._needed_ms():
            return []
        self._ended_ms = at_ms
        return [EndUtterance()]

    def overdue(self, at_ms: int) -> Turn | None:
        """The turn whose final pass does not come."""
        if self._ended_ms is None or self.is_speaking or at_ms - self._ended_ms < self._pace.final_ms:
            return None
        self._finals_too_late += 1
        return self.take(())

    def take(self, alternatives: tuple[str, ...] = ()) -> Turn:
        turn = Turn(self.text, alternatives)
        self._kept = ""
        self._forget()
        return turn

    def _needed_ms(self) -> int:
        """Tune and words have to agree that it is the end: the model hears one after 因为, too."""
        pace, is_end = self._pace, self._judged
        if is_end is False or (self.text and not self._phrases.sounds_complete(self.text)):
            return pace.unfinished_ms
        if not self.text:
            return pace.complete_ms if is_end else pace.unfinished_ms
        if self._phrases.ends_in_a_number(self.text):
            return pace.complete_ms if is_end else pace.number_ms
        return pace.judge_ms if is_end else pace.complete_ms
