"""Latin letters: capitals are spelled, S F; what people say as a word stays one; the rest is left to the engine."""

import re
from typing import Final

from models.tts.reading.words import WORDS, Rule, any_of, rule

_KEPT: Final = {word.lower(): word for word in WORDS.english.kept} | WORDS.english.same
_VOWELS: Final = frozenset("aeiouyAEIOUY")
_SHORTEST_WORD: Final = 3


def _said(match: re.Match[str]) -> str:
    word = match[0]
    known = _KEPT.get(word.lower())
    if known is not None:
        return known
    is_word = len(word) >= _SHORTEST_WORD and not word.isupper() and not _VOWELS.isdisjoint(word)
    return word if is_word else " ".join(word.upper())


RULES: Final[tuple[Rule, ...]] = (
    rule(rf"(?i)(?<![A-Za-z])({any_of(WORDS.english.same)})(?![A-Za-z])", lambda match: _KEPT[match[1].lower()]),
    rule(r"(?<=[A-Za-z])[-_'’](?=[A-Za-z])", lambda _: " "),
    rule(r"(?<=[A-Za-z])\.(?=[A-Za-z])", lambda _: "点"),
    rule(r"[A-Za-z]+", _said),
)
