"""``words.toml`` as types, the shape of a rule, and the patterns that many rules share."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec


class English(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kept: tuple[str, ...]
    same: dict[str, str]
    """By small letters."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    counted: tuple[str, ...]
    not_counted: tuple[str, ...]
    """Words that only begin like one that is counted."""
    called_out_after: tuple[str, ...]
    dialled_after: tuple[str, ...]
    service_numbers: tuple[str, ...]
    brands: tuple[str, ...]
    behind_a_model: tuple[str, ...]
    each: tuple[str, ...]
    short_numbers: tuple[str, ...]
    link: str
    email: str
    someone: str
    last_digits: str
    begins_with: str
    placeholders: dict[str, str]
    sale_behind: tuple[str, ...]
    """Behind a day that is written with a point."""
    sales: dict[str, str]
    """Days that have a name."""
    currencies: dict[str, str]
    units: dict[str, str]
    english: English
    symbols: dict[str, str]
    """Between words."""
    symbols_ahead: dict[str, str]
    """Before a word, whatever stands before them."""
    phrases: dict[str, str]


WORDS: Final = msgspec.toml.decode(Path(__file__).with_name("words.toml").read_bytes(), type=Words)


class Rule(NamedTuple):
    """Wherever ``written`` stands, ``said`` tells what is said instead."""

    written: re.Pattern[str]
    said: Callable[[re.Match[str]], str]

    def apply(self, text: str) -> str:
        return self.written.sub(self.said, text)


def rule(written: str, said: Callable[[re.Match[str]], str]) -> Rule:
    return Rule(re.compile(written), said)


def any_of(words: Iterable[str]) -> str:
    """A pattern; longer words are tried first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


HAN: Final = "〇一-鿿"
NUMBER: Final = r"\d+(?:\.\d+)?"
ALONE: Final = r"(?<![0-9A-Za-z.])"
"""Before a number that no letter, figure or point touches."""
COUNTED: Final = rf"(?!{any_of(WORDS.not_counted)}){any_of(WORDS.counted)}"
