"""How a call that we make begins: is it a good moment, is it the right person, is it a person at all? Pure.

Until that is known nothing is said but who calls and why in general; on a machine nothing is left.
"""

import re
import tomllib
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import msgspec

FILE: Final = Path(__file__).with_name("opening.toml")
_SILENT: Final = re.compile(r"[\s,.!?;:，。！？；：、…~]+")
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
    REFUSES = "refuses"
    MACHINE = "machine"


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    again: str
    go_on: str
    not_now: str
    refused: str
    wrong: str


class OpeningWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    refuses: tuple[str, ...]
    wrong: tuple[str, ...]
    not_now: tuple[str, ...]
    yes: tuple[str, ...]
    machine: tuple[str, ...]
    long_characters: int
    said: Said

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), cls)

    @property
    def spoken(self) -> tuple[str, ...]:
        """All that is said in the opening, to be made ahead."""
        return msgspec.structs.astuple(self.said)

    def refuses_calls(self, text: str) -> bool:
        """Also in the middle of a call."""
        return self._refuses.search(_SILENT.sub("", text)) is not None

    def answer(self, text: str, digits: str, *, is_first: bool) -> Answer:
        """``is_first``: nobody has said anything yet on this call."""
        words = _SILENT.sub("", text)
        if digits:
            return {REFUSES: Answer.REFUSES, AGREES: Answer.YES, DECLINES: Answer.NOT_NOW}.get(digits, Answer.UNCLEAR)
        if self._machine.search(words) or (is_first and len(words) >= self.long_characters):
            return Answer.MACHINE
        for said, answer in (
            (self._refuses, Answer.REFUSES),
            (self._wrong, Answer.WRONG_PERSON),
            (self._not_now, Answer.NOT_NOW),
        ):
            if said.search(words):
                return answer
        if self._yes.fullmatch(words):
            return Answer.YES
        return Answer.MATTER if len(words) >= _SAYS_SOMETHING else Answer.UNCLEAR

    @cached_property
    def _refuses(self) -> re.Pattern[str]:
        return _any_of(self.refuses)

    @cached_property
    def _wrong(self) -> re.Pattern[str]:
        return _any_of(self.wrong)

    @cached_property
    def _not_now(self) -> re.Pattern[str]:
        return _any_of(self.not_now)

    @cached_property
    def _machine(self) -> re.Pattern[str]:
        return _any_of(self.machine)

    @cached_property
    def _yes(self) -> re.Pattern[str]:
        """Rows of them, with the particles that go between: 嗯方便你说."""
        return re.compile(f"(?:{_any_of(self.yes).pattern}|[的吧啊呀啦了呢喂你您现在])+")


_SAYS_SOMETHING: Final = 6
"""Characters: 喂你好 is a greeting, 我要退鞋子尺码不合适 is a matter."""


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
