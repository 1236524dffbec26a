"""Whether somebody says that he wants no calls any more, by a small grammar of who is asked not to call whom. Pure.

A firm no ends a call for good, so what may mean something else is in doubt, and is asked back.
"""

import re
import tomllib
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import msgspec

FILE: Final = Path(__file__).with_name("refusal.toml")
SILENT: Final = re.compile(r"[\s,.!?;:，。！？；：、…~“”\"'‘’]+")
"""What is written and not said."""
_NOBODY: Final = "|"
"""Stands where somebody else was spoken of: no word of any rule."""
_PART: Final = re.compile(r"\{([a-z]+)\}")
_NEVER: Final = "(?!)"


class Refusal(StrEnum):
    NONE = "none"
    DOUBTFUL = "doubtful"
    FIRM = "firm"


class Others(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    patterns: tuple[str, ...]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pattern: str
    firm: str = _NEVER


class Doubt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pattern: str
    unless: str


class Confirmed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    yes: str
    no: str


class RefusalGrammar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    parts: dict[str, str]
    others: Others
    rules: tuple[Rule, ...]
    doubts: tuple[Doubt, ...]
    confirmed: Confirmed

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), cls)

    def of(self, text: str) -> Refusal:
        words = self._others.sub(_NOBODY, SILENT.sub("", text))
        found = [(firm, match.group()) for pattern, firm in self._rules for match in pattern.finditer(words)]
        if not found:
            return Refusal.NONE
        is_firm = any(firm.search(said) for firm, said in found)
        return Refusal.FIRM if is_firm and not self._is_doubtful(words) else Refusal.DOUBTFUL

    def is_confirmed(self, text: str) -> bool | None:
        """The answer to what was asked back. None: it is no answer to that."""
        words = SILENT.sub("", text)
        if self._no.search(words):
            return False
        return True if self._yes.search(words) or self.of(words) is not Refusal.NONE else None

    def _is_doubtful(self, words: str) -> bool:
        return any(pattern.search(words) and not unless.search(words) for pattern, unless in self._doubts)

    @cached_property
    def _others(self) -> re.Pattern[str]:
        return self._compiled("|".join(self.others.patterns))

    @cached_property
    def _rules(self) -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
        return [(self._compiled(rule.pattern), self._compiled(rule.firm)) for rule in self.rules]

    @cached_property
    def _doubts(self) -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
        return [(self._compiled(doubt.pattern), self._compiled(doubt.unless)) for doubt in self.doubts]

    @cached_property
    def _yes(self) -> re.Pattern[str]:
        return self._compiled(self.confirmed.yes)

    @cached_property
    def _no(self) -> re.Pattern[str]:
        return self._compiled(self.confirmed.no)

    def _compiled(self, pattern: str) -> re.Pattern[str]:
        """With its parts, and theirs, put in."""
        while names := _PART.findall(pattern):
            for name in names:
                pattern = pattern.replace(f"{{{name}}}", self.parts[name])
        return re.compile(pattern)
