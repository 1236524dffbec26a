"""A call on paper: turn taking, a clock that is moved by hand, and what it did so far."""

from typing import TypeVar

import pytest

from appliance.voice.events import (
    Action,
    BotSays,
    EndUtterance,
    Event,
    LeaveCall,
    PassOn,
    SentencePlayed,
    Speak,
    SpeechBegan,
    SpeechEnded,
    StopSpeaking,
    TextHeard,
    Tick,
)
from appliance.voice.model import FRAME_MS, Prompt
from appliance.voice.phrases import Phrases
from appliance.voice.turn_taking import Pace, TurnTaking

T = TypeVar("T", bound=Action)
PHRASES = Phrases.load()


class PaperCall:
    """The recogniser of it answers at once, with ``final``."""

    def __init__(self, pace: Pace | None = None, out_of_order: LeaveCall | None = None) -> None:
        self.turns = TurnTaking(PHRASES, pace, out_of_order)
        self.at_ms = 0
        self.done: list[Action] = []
        self.speaking: Speak | None = None
        self.final = ""
        self.alternatives: tuple[str, ...] = ()
        self.utterance = 0
        self.is_heard_in_time = True
        self.is_guessed = False
        """Its finals are what was heard on the way."""

    def _heard(self, text: str, *, is_final: bool) -> TextHeard:
        alternatives = self.alternatives if is_final else ()
        is_guess = is_final and self.is_guessed
        return TextHeard(
            text, is_final=is_final, alternatives=alternatives, utterance=self.utterance, is_guess=is_guess
        )

    def on(self, *events: Event) -> list[Action]:
        now: list[Action] = []
        for event in events:
            now += self._line(self.turns.on(event, self.at_ms))
        self.done += now
        return now

    def _line(self, actions: list[Action]) -> list[Action]:
        """A line plays one thing at a time."""
        for action in actions:
            match action:
                case Speak():
                    assert self.speaking is None
                    self.speaking = action
                case StopSpeaking():
                    assert self.speaking is not None
                    self.speaking = None
                case _:
                    pass
        return actions

    def wait(self, ms: int) -> list[Action]:
        now: list[Action] = []
        for _ in range(ms // FRAME_MS):
            self.at_ms += FRAME_MS
            step = self.on(Tick())
            if any(isinstance(action, EndUtterance) for action in step):
                text, self.final = self.final, ""
                if self.is_heard_in_time:
                    step += self.on(self._heard(text, is_final=True))
                self.utterance += 1
            now += step
        return now

    def bot_says(self, *sentences: str, id: int = 1, may_interrupt: bool = True, **kind: bool) -> None:  # noqa: A002
        self.on(BotSays(Prompt(id=id, sentences=sentences, may_interrupt=may_interrupt, **kind)))

    def play_out(self) -> None:
        """Every sentence that is begun reaches the line."""
        while self.speaking is not None:
            self.play_sentence()

    def play_sentence(self) -> None:
        last, self.speaking = self.speaking, None
        assert last is not None
        self.on(SentencePlayed(last.prompt_id, last.index))

    def caller_says(self, text: str, ms: int = 600) -> list[Action]:
        """All of it, as a partial and then to the end of the turn."""
        before = len(self.done)
        self.on(SpeechBegan())
        self.wait(ms)
        self.final = text
        if text:
            self.on(self._heard(text, is_final=False))
        self.on(SpeechEnded())
        self.wait(1400)
        return self.done[before:]

    def all(self, kind: type[T]) -> list[T]:
        return [action for action in self.done if isinstance(action, kind)]

    @property
    def passed(self) -> list[str]:
        return [action.spoken.text or f"#{action.spoken.digits}" for action in self.all(PassOn)]

    @property
    def said(self) -> list[str]:
        return [action.text for action in self.all(Speak)]


@pytest.fixture
def call() -> PaperCall:
    return PaperCall()
