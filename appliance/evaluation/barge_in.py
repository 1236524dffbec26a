"""How well a call yields: each case is something said while the bot speaks, played by a clock of its own.

A yield counts when the bot is silent within 200 ms of the words that tell; a back-channel when it never was.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.evaluation import lines
from appliance.voice.events import (
    Action,
    BotSays,
    EndUtterance,
    Event,
    SpeechBegan,
    SpeechEnded,
    StopSpeaking,
    TextHeard,
    Tick,
)
from appliance.voice.model import FRAME_MS, Prompt
from appliance.voice.phrases import Phrases
from appliance.voice.turn_taking import TurnTaking

YIELD_MS = 200
_FINAL_PASS_MS = 150
_WATCHED_MS = 5000
_PROMPT = Prompt(id=1, sentences=("您这一单可以退货，退回的运费由我们承担。", "请您在七天之内寄回。"))


class Wanted(StrEnum):
    YIELD = "yield"
    GO_ON = "go_on"


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All times in milliseconds since the caller began to speak."""

    id: str
    partials: tuple[tuple[int, str], ...]
    speech_ms: int
    final: str
    wanted: Wanted
    decidable_ms: int | None = None
    """When the words that tell have been heard."""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    case: Case
    stopped_ms: int | None

    @property
    def is_right(self) -> bool:
        if self.case.wanted is Wanted.GO_ON:
            return self.stopped_ms is None
        return self.stopped_ms is not None and self.stopped_ms <= (self.case.decidable_ms or 0) + YIELD_MS


class BargeIn(msgspec.Struct, frozen=True, kw_only=True):
    cases: int
    yield_rate: float
    selectivity: float
    """Of the back-channels, the share that left the bot speaking."""
    wrong: tuple[str, ...]


def load(suites: Sequence[Path]) -> list[Case]:
    """Every case of these files, and of all ``*.jsonl`` in these folders."""
    return lines.read(suites, lambda line, _: msgspec.json.decode(line, type=Case))


def play(case: Case, phrases: Phrases) -> Played:
    turns, to_come, stopped_ms, utterance = TurnTaking(phrases), _script(case), None, 0
    turns.on(BotSays(_PROMPT), 0)
    for at_ms in range(0, _WATCHED_MS, FRAME_MS):
        due = [event for when, event in to_come if at_ms - FRAME_MS < when <= at_ms]
        done: list[Action] = [action for event in (*due, Tick()) for action in turns.on(event, at_ms)]
        if any(isinstance(action, EndUtterance) for action in done):
            heard = TextHeard(case.final, is_final=True, utterance=utterance)
            to_come.append((at_ms + _FINAL_PASS_MS, heard))
            utterance += 1
        if any(isinstance(action, StopSpeaking) for action in done) and stopped_ms is None:
            stopped_ms = at_ms
    return Played(case=case, stopped_ms=stopped_ms)


def _script(case: Case) -> list[tuple[int, Event]]:
    partials = [(at_ms, TextHeard(text, is_final=False)) for at_ms, text in case.partials]
    return [(0, SpeechBegan()), (case.speech_ms, SpeechEnded()), *partials]


def summed(played: Sequence[Played]) -> BargeIn:
    return BargeIn(
        cases=len(played),
        yield_rate=_share(played, Wanted.YIELD),
        selectivity=_share(played, Wanted.GO_ON),
        wrong=tuple(each.case.id for each in played if not each.is_right),
    )


def _share(played: Sequence[Played], wanted: Wanted) -> float:
    asked = [each.is_right for each in played if each.case.wanted is wanted]
    return sum(asked) / len(asked)
