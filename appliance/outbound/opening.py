"""How a call that we make begins: is it a good moment, is it the right person, is it a person at all? Pure.

Until that is known nothing is said but who calls and why in general; on a machine nothing is left.
"""

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import msgspec

from appliance.outbound.refusal import SILENT, Refusal, RefusalGrammar

FILE: Final = Path(__file__).with_name("opening.toml")
REFUSES, AGREES, DECLINES = "9", "1", "2"
"""Keys."""
NO_RECORDING = "0"
MOST_ASKED: Final = 2


class Answer(StrEnum):
    YES = "yes"
    MATTER = "matter"
    """He says what he wants instead: that is the conversation's."""
    UNCLEAR = "unclear"
    NOT_NOW = "not_now"
    WRONG_PERSON = "wrong_person"
    STAND_IN = "stand_in"
    """Somebody takes calls for who is meant."""
    REFUSES = "refuses"
    DOUBTFUL = "doubtful"
    """He may mean that he wants no calls any more: he is asked."""
    MACHINE = "machine"


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    again: str
    go_on: str
    not_now: str
    ask_back: str
    """Whether he wants no calls any more."""
    still_called: str
    refused: str
    not_kept: str
    """Instead of a promise that nobody could keep."""
    wrong: str


class OpeningWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    wrong: tuple[str, ...]
    not_now: tuple[str, ...]
    later: tuple[str, ...]
    later_with: tuple[str, ...]
    declines: tuple[str, ...]
    polite: tuple[str, ...]
    yes: tuple[str, ...]
    go_ahead: tuple[str, ...]
    puts_off: tuple[str, ...]
    matters: tuple[str, ...]
    machine: tuple[str, ...]
    perhaps_machine: tuple[str, ...]
    no_yes: tuple[str, ...]
    announces: tuple[str, ...]
    """Patterns, as in the three that follow; all others are words."""
    assistant: tuple[str, ...]
    asks_whom: tuple[str, ...]
    stand_in: tuple[str, ...]
    long_characters: int
    said: Said

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), cls)

    @property
    def spoken(self) -> tuple[str, ...]:
        """All that is said in the opening, to be made ahead."""
        return msgspec.structs.astuple(self.said)

    def refusal(self, text: str) -> Refusal:
        """Also in the middle of a call."""
        return self._grammar.of(text)

    def is_refusal_confirmed(self, text: str, digits: str) -> bool | None:
        """The answer to ``said.ask_back``. None: it is about something else."""
        if digits:
            return True if digits == REFUSES else None
        return self._grammar.is_confirmed(text)

    def answer(self, text: str, digits: str, *, is_first: bool) -> Answer:
        """``is_first``: nobody has said anything yet on this call."""
        words = SILENT.sub("", text)
        if digits:
            return {REFUSES: Answer.REFUSES, AGREES: Answer.YES, DECLINES: Answer.NOT_NOW}.get(digits, Answer.UNCLEAR)
        if self._machine.search(words):
            return Answer.MACHINE
        if refused := _REFUSED.get(self.refusal(words)):
            return refused
        is_matter = self._matters.search(words) is not None
        is_long = is_first and len(words) >= self.long_characters
        if self._perhaps_machine.search(words) or (is_long and not is_matter and not self._is_reply(words)):
            return Answer.MACHINE
        if self._stand_in.search(words) and not is_matter:
            return Answer.STAND_IN
        if self._wrong.search(words):
            return Answer.WRONG_PERSON
        if self._go_ahead.search(words) and not is_matter:
            return Answer.YES
        if self._not_now.search(words) or self._declines.fullmatch(words):
            return Answer.NOT_NOW
        if self._yes.fullmatch(words):
            return Answer.YES
        return Answer.MATTER if is_matter or len(words) >= _SAYS_SOMETHING else Answer.UNCLEAR

    def _is_reply(self, words: str) -> bool:
        """A person was asked, and says yes before all else, or that it is not him; 请 is what recordings say."""
        says_go_ahead = "请" not in words and self._go_ahead.search(words)
        return bool(self._begins.match(words) or self._wrong.search(words) or says_go_ahead)

    @cached_property
    def _grammar(self) -> RefusalGrammar:
        return RefusalGrammar.load()

    @cached_property
    def _wrong(self) -> re.Pattern[str]:
        return re.compile("|".join((_any_of(self.wrong).pattern, *self.asks_whom)))

    @cached_property
    def _not_now(self) -> re.Pattern[str]:
        later = f"(?:{_any_of(self.later).pattern}).?(?:{_any_of(self.later_with).pattern})"
        return re.compile(f"{_any_of(self.not_now).pattern}|{later}")

    @cached_property
    def _declines(self) -> re.Pattern[str]:
        """Nothing else is said."""
        said = _any_of((*self.later, *self.declines)).pattern
        return re.compile(f"(?=.*(?:{said}))(?:{said}|{_any_of(self.polite).pattern})+")

    @cached_property
    def _machine(self) -> re.Pattern[str]:
        return re.compile("|".join((_any_of(self.machine).pattern, *self.announces)), re.IGNORECASE)

    @cached_property
    def _perhaps_machine(self) -> re.Pattern[str]:
        return re.compile("|".join((_any_of(self.perhaps_machine).pattern, *self.assistant)), re.IGNORECASE)

    @cached_property
    def _stand_in(self) -> re.Pattern[str]:
        return re.compile("|".join(self.stand_in))

    @cached_property
    def _matters(self) -> re.Pattern[str]:
        return _any_of(self.matters)

    @cached_property
    def _go_ahead(self) -> re.Pattern[str]:
        """再说吧 puts it off, and so does whoever has no time."""
        off, ahead = _any_of(self.puts_off).pattern, _any_of(self.go_ahead).pattern
        return re.compile(f"^(?!.*(?:{off})).*(?:{ahead})(?:{_any_of(self.polite).pattern})*$")

    @cached_property
    def _yes(self) -> re.Pattern[str]:
        """Rows of them, with what goes between: 嗯方便你说."""
        return re.compile(f"(?:{_any_of((*self.yes, *self.polite)).pattern})+")

    @cached_property
    def _begins(self) -> re.Pattern[str]:
        """With a yes: 嗯可以我正好想问, and not 您好."""
        greets, unlike = _any_of((*_GREETINGS, *self.polite)).pattern, _any_of(self.no_yes).pattern
        return re.compile(f"(?:{greets})*+(?!{unlike})(?:{_any_of(self.yes).pattern})")


_SAYS_SOMETHING: Final = 6
"""Characters: 喂你好 is a greeting, and what is longer than that says something."""
_GREETINGS: Final = ("您好", "你好")
_REFUSED: Final = {Refusal.FIRM: Answer.REFUSES, Refusal.DOUBTFUL: Answer.DOUBTFUL}


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
