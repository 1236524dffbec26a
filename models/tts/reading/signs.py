"""What is left when words and numbers are read: signs are said or dropped, emoji dropped, pauses put in order."""

import unicodedata
from typing import Final

from models.tts.reading.words import HAN, WORDS, Rule, any_of, rule

_SAME: Final = str.maketrans(dict(zip(",.!?;:…—–-~/｡､", "，。！？；：。，，，，，。、", strict=True)))
PAUSES: Final = "？！。；：，、"
"""The strongest first: of several side by side it is the one that is kept."""
_SIGN: Final = any_of(WORDS.symbols)
_AHEAD: Final = any_of(WORDS.symbols_ahead)
_BETWEEN: Final = f"[A-Za-z{HAN}]"

_RULES: Final[tuple[Rule, ...]] = (
    rule(rf"(?<={_BETWEEN})\s*({_SIGN})\s*(?={_BETWEEN})", lambda match: WORDS.symbols[match[1]]),
    rule(rf"({_AHEAD})\s*(?={_BETWEEN})", lambda match: WORDS.symbols_ahead[match[1]]),
    rule(r"\n+", lambda _: "。"),
)
_TIDY: Final[tuple[Rule, ...]] = (
    rule(r"\s+", lambda _: " "),
    rule(rf"\s*([{PAUSES}])\s*", lambda match: match[1]),
    rule(rf"[{PAUSES}]{{2,}}", lambda match: min(match[0], key=PAUSES.index)),
    rule(r"(?<![A-Za-z]) | (?![A-Za-z])", lambda _: ""),
    rule(rf"^[{PAUSES}]+|[，、：]+$", lambda _: ""),
)


def settle(text: str) -> str:
    """Signs said, punctuation of one kind, no space but between words of Latin letters."""
    for each in _RULES:
        text = each.apply(text)
    text = "".join(each if _is_said(each) else " " for each in text.translate(_SAME))
    for each in _TIDY:
        text = each.apply(text)
    return text


def _is_said(character: str) -> bool:
    return character in PAUSES or character == " " or unicodedata.category(character).startswith("L")
