"""One turn of the caller: from the first sound to the end of what he has to say."""

import msgspec

from appliance.voice.events import Action, EndUtterance, JudgeTurn, TextHeard
from appliance.voice.model import Sounds
from appliance.voice.phrases import Phrases


class EarPace(msgspec.Struct, frozen=True, kw_only=True):
    """Silences after speech, in milliseconds."""

    ask_ms: int = 100
    """Then the end-of-turn model is asked, so that its answer is there when it is needed."""
    judge_ms: int = 200
    """If words and model agree that the turn is complete, it is."""
    complete_ms: int = 500
    """Ends a turn whose words sound complete, where no model has judged it."""
    number_ms: int = 900
    """After a number: it may go on."""
    tune_ms: int = 900
    """After words that sound complete, where the model says that the turn is not."""
    number_tune_ms: int = 1000
    """The same after a number, between whose groups of digits some breathe."""
    unfinished_ms: int = 1200
    """After words that promise more, and after none where the model says so."""
    noise_ms: int = 2500
    """A sound that has brought no words by then is noise."""
    final_ms: int = 1500
    """A final pass that has not come by then is not waited for."""


class Turn(msgspec.Struct, frozen=True):
    text: str
    alternatives: tuple[str, ...]
    from_ms: int | None = None
    until_ms: int | None = None
    sounds: Sounds | None = None
    is_guess: bool = False
    """The recogniser did not keep up: a part of it has not passed twice."""


class Ear:
    def __init__(self, phrases: Phrases, pace: EarPace) -> None:
        self._phrases = phrases
        self._pace = pace
        self._kept = ""
        self._from_ms: int | None = None
        self._until_ms: int | None = None
        self._sounds: Sounds | None = None
        self._has_guess = False
        self._ends = 0
        """Utterances that were ended so far."""
        self._given_up = 0
        """Of those before this one nothing is heard any more."""
        self._partials: dict[int, str] = {}
        """By utterance: who speaks on before a final has come has two that are not settled."""
        self._forget()

    def _forget(self) -> None:
        self._partials.clear()
        self._began_ms: int | None = None
        self._silent_since_ms: int | None = None
        self._asked = False
        self._judged: bool | None = None
        self._ended_ms: int | None = None

    @property
    def text(self) -> str:
        """All of the turn so far."""
        return self._kept + "".join(text for _, text in sorted(self._partials.items()))

    @property
    def is_settled(self) -> bool:
        """All of the text has passed twice."""
        return not self._has_guess and not any(self._partials.values())

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

    def heard(self, heard: TextHeard, at_ms: int) -> Turn | None:
        """The whole turn, if this was the final pass of its last words. Words need no sound detected before."""
        if heard.utterance < self._given_up:
            return None
        if heard.text and self._began_ms is None:
            self._began_ms = self._silent_since_ms = at_ms
        if not heard.is_final:
            self._partials[heard.utterance] = heard.text
            return None
        self._partials.pop(heard.utterance, None)
        self._kept += heard.text
        self._sounds = heard.sounds or self._sounds
        self._has_guess = self._has_guess or heard.is_guess
        if heard.words:
            self._from_ms = heard.words[0].start_ms if self._from_ms is None else self._from_ms
            self._until_ms = heard.words[-1].end_ms
        if self._ended_ms is None or heard.utterance < self._ends - 1:
            return None
        return self.take(heard.alternatives if self._kept == heard.text else ())

    def tick(self, at_ms: int) -> list[Action]:
        if self._silent_since_ms is None or self._ended_ms is not None:
            return []
        silence_ms = at_ms - self._silent_since_ms
        if silence_ms >= self._pace.ask_ms and not self._asked:
            self._asked = True
            return [JudgeTurn()]
        if silence_ms < self._needed_ms():
            return []
        self._ended_ms = at_ms
        self._ends += 1
        return [EndUtterance()]

    def overdue(self, at_ms: int) -> Turn | None:
        """The turn whose final pass does not come."""
        if self._ended_ms is None or self.is_speaking or at_ms - self._ended_ms < self._pace.final_ms:
            return None
        self._given_up = self._ends
        return self.take(())

    def take(self, alternatives: tuple[str, ...] = ()) -> Turn:
        turn = Turn(self.text, alternatives, self._from_ms, self._until_ms, self._sounds, self._has_guess)
        self._kept, self._has_guess = "", False
        self._from_ms = self._until_ms = self._sounds = None
        self._forget()
        return turn

    def _needed_ms(self) -> int:
        """Tune and words have to agree that it is the end: the model hears one after 因为, too."""
        pace, is_end = self._pace, self._judged
        if not self.text:
            return pace.complete_ms if is_end else pace.unfinished_ms
        if not self._phrases.sounds_complete(self.text):
            return pace.unfinished_ms
        judged, open_, not_judged = (
            (pace.complete_ms, pace.number_tune_ms, pace.number_ms)
            if self._phrases.ends_in_a_number(self.text)
            else (pace.judge_ms, pace.tune_ms, pace.complete_ms)
        )
        return not_judged if is_end is None else judged if is_end else open_
