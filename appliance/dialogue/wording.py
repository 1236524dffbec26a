"""Whether words that a model has put anew say what the template says: nothing added, lost or turned round.

It is no judge of meaning. It compares what can be compared, figures, names, who pays, yes and no, and lets nothing pass
that it does not know; what does not pass costs nothing, for the template stands ready.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from appliance.dialogue.claims import claims_in, with_plain_ends
from appliance.dialogue.figures import codes, figures, level, without_figures
from appliance.dialogue.reply import Reply
from appliance.errors import ConfigurationError

WORDING: Final = Path(__file__).with_name("wording.toml")
LONGEST: Final = 300
_ROOM: Final = 40
_QUOTED = re.compile(r"「[^」]*」|《[^》]*》|“[^”]*”")
_PLACEHOLDER = re.compile(r"⟨[^⟩]*⟩?|⟩")
_MARKUP = re.compile(r"[<>{}\[\]\\|`*#@~^_=\n\r\t]|://|【|】")
_HARMLESS = frozenset("¥￥～")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PUNCTUATION = re.compile(r"[\s,.!?:;~…、。「」《》“”‘’'\"()·\-—%¥□]+")


class Flaw(StrEnum):
    """Why new words do not count."""

    EMPTY = "empty"
    LENGTH = "length"
    FORMAT = "format"
    LANGUAGE = "language"
    PLACEHOLDER = "placeholder"
    NAME = "name"
    FACT = "fact"
    CODE = "code"
    FIGURE = "figure"
    CLAIM = "claim"
    PROMISE = "promise"
    DENY = "deny"
    PARTY = "party"
    CONDITION = "condition"
    BLAME = "blame"
    PERSON = "person"
    ASIDE = "aside"
    OUTSIDE = "outside"
    TERM = "term"
    QUESTION = "question"
    ADDED = "added"
    LOST = "lost"


class Wording:
    def __init__(self, table: Mapping[str, Any]) -> None:
        self._may_change: list[str] = table["may_change"]
        self._counts_nothing = re.compile("|".join(table["counts_nothing"]))
        self._denies_nothing = re.compile("|".join(table["denies_nothing"]))
        self._same_order = {Flaw(kind): _ideas(words) for kind, words in table["same_order"].items()}
        self._same_terms = {Flaw(kind): _ideas(words) for kind, words in table["same_terms"].items()}
        self.joins = frozenset(table["joins"]["words"])
        self._longest_join = max(map(len, self.joins))

    @classmethod
    def load(cls, path: Path, replies: Mapping[str, Reply]) -> "Wording":
        """ConfigurationError where it would let a model touch what rests on a receipt."""
        wording = cls(tomllib.loads(path.read_text(encoding="utf-8")))
        resting = [key for key, reply in replies.items() if reply.claims == "receipt" and wording.may_change(key)]
        if resting:
            raise ConfigurationError(f"{path}: {', '.join(resting)} rests on a receipt and may not be reworded")
        return wording

    def may_change(self, key: str) -> bool:
        return any(fnmatchcase(key, pattern) for pattern in self._may_change)

    def flaw(self, template: str, words: str, facts: Sequence[str] = ()) -> Flaw | None:
        """What is wrong with ``words`` for ``template``, which has these ``facts`` in it; None: nothing."""
        shape = _shape(template, words)
        if shape is not None:
            return shape
        if any(template.count(fact) != words.count(fact) for fact in facts):
            return Flaw.FACT
        before, after = level(with_plain_ends(template)), level(with_plain_ends(words))
        return (
            _facts(before, after, self._counts_nothing)
            or self._ideas_kept(before, after)
            or (Flaw.QUESTION if ("?" in before) != ("?" in after) else None)
            or self._word_for_word(before, after)
        )

    def _ideas_kept(self, before: str, after: str) -> Flaw | None:
        if set(claims_in(after)) - set(claims_in(before)):
            return Flaw.CLAIM
        before, after = (self._denies_nothing.sub("□", _QUOTED.sub("□", text)) for text in (before, after))
        for kind, ideas in self._same_order.items():
            if _found(ideas, before) != _found(ideas, after):
                return kind
        for kind, ideas in self._same_terms.items():
            if list(dict.fromkeys(_found(ideas, before))) != list(dict.fromkeys(_found(ideas, after))):
                return kind
        return None

    def _word_for_word(self, before: str, after: str) -> Flaw | None:
        """Either is made of the other and of words that join. Figures have been compared before this."""
        before, after = (without_figures(text, self._counts_nothing) for text in (before, after))
        if not self._is_made_of(after, before):
            return Flaw.ADDED
        return None if self._is_made_of(before, after) else Flaw.LOST

    def _is_made_of(self, text: str, other: str) -> bool:
        """Every character belongs to a piece of ``other`` of two or more, or to a word that joins."""
        parts = set(_PUNCTUATION.split(other))
        return all(part in parts or self._is_covered(part, other) for part in _PUNCTUATION.split(text))

    def _is_covered(self, part: str, other: str) -> bool:
        reached = [True] + [False] * len(part)
        for start in range(len(part)):
            if not reached[start]:
                continue
            for end in range(start + 1, len(part) + 1):
                piece = part[start:end]
                is_piece = len(piece) > 1 and piece in other
                if is_piece or piece in self.joins:
                    reached[end] = True
                elif len(piece) > self._longest_join:
                    break
        return reached[-1]


def _ideas(words: Sequence[str]) -> re.Pattern[str]:
    """Group *n* is the *n*th idea."""
    return re.compile("|".join(f"({word})" for word in words))


def _found(ideas: re.Pattern[str], text: str) -> list[int | None]:
    return [match.lastindex for match in ideas.finditer(text)]


def _shape(template: str, words: str) -> Flaw | None:
    if not words.strip():
        return Flaw.EMPTY
    if len(words) > min(LONGEST, 2 * len(template) + _ROOM) or 3 * len(words) < len(template):
        return Flaw.LENGTH
    if _is_ill_formed(template, words):
        return Flaw.FORMAT
    if _PLACEHOLDER.findall(template) != _PLACEHOLDER.findall(words):
        return Flaw.PLACEHOLDER
    if _QUOTED.findall(template) != _QUOTED.findall(words):
        return Flaw.NAME
    return None if _HAN.search(words) else Flaw.LANGUAGE


def _is_ill_formed(template: str, words: str) -> bool:
    odd = {c for c in words if unicodedata.category(c)[0] in "CS" and c not in template}
    return bool(odd - _HARMLESS) or bool(_MARKUP.search(words) and not _MARKUP.search(template))


def _facts(before: str, after: str, counts_nothing: re.Pattern[str]) -> Flaw | None:
    if codes(before) != codes(after):
        return Flaw.CODE
    if figures(counts_nothing.sub("□", before)) != figures(counts_nothing.sub("□", after)):
        return Flaw.FIGURE
    return _letters(before, after)


def _letters(before: str, after: str) -> Flaw | None:
    """Letters of other scripts that the template has not."""
    strange = {c for c in after if c.isalpha() and not _HAN.match(c) and not c.isascii() and c not in before}
    return Flaw.LANGUAGE if strange else None
