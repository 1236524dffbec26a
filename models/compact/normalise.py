"""Customers' spelling made regular, without losing where each character stood.

``plain`` has one character for each of the original's (so slots can be cut from the customer's own words);
``spoken`` is for classification only: abbreviations expanded, fillers and emoji dropped, digits levelled.
"""

import re
import tomllib
import unicodedata
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

_TABLES = Path(__file__).with_name("tables")
_MAX = 600
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\x00-\x08\x0b-\x1f\x7f]")
_FILLERS = re.compile(
    r"嗯+(?=[^，,。\s呐哪])|呃+|额(?![度外])+|唉+|哎呀?|诶+|那什么|就是说|那个那个|这个这个|(?<=那)个那个"
)
_STICKER = re.compile(
    r"[【\[(（][^】\])）]{0,4}表情[^】\])）]{0,4}[】\])）]|\[[\u4e00-\u9fff]{1,3}\]|/[\u4e00-\u9fff]{1,2}(?=\s|$)"
)
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"(?<![a-z0-9])[a-z0-9]+(?![a-z0-9])")
AROUND = " 。？?！!，,"
"""What may stand around a question without being a part of it."""
_SPACE = re.compile(r"[^\S\n]+")


class Text(msgspec.Struct, frozen=True):
    raw: str
    plain: str
    """Same length as ``raw``; simplified, half-width, lower case, typos mended."""
    spoken: str


class _Spelling(msgspec.Struct, frozen=True):
    characters: dict[int, str]
    typos: dict[str, str]
    typo_pattern: re.Pattern[str]
    within: tuple[tuple[re.Pattern[str], str], ...]
    words: dict[str, str]


@cache
def _spelling() -> _Spelling:
    lines = (_TABLES / "traditional.txt").read_text(encoding="utf-8").splitlines()
    traditional, simplified = [line for line in lines if line and not line.startswith("#")]
    table = tomllib.loads((_TABLES / "spelling.toml").read_text(encoding="utf-8"))
    typos: dict[str, str] = {**_homophones(table), **table["same_length"]}
    pattern = re.compile("|".join(re.escape(t) for t in sorted(typos, key=len, reverse=True)))
    characters = {ord(a): b for a, b in zip(traditional, simplified, strict=True)}
    within = tuple((re.compile(where), word) for where, word in table["within"].items())
    return _Spelling(characters=characters, typos=typos, typo_pattern=pattern, within=within, words=table["expand"])


def _homophones(table: dict[str, Any]) -> dict[str, str]:
    """Every spelling of each word that is heard the same, but those that are words of their own."""
    own = table["words_of_their_own"]["not_homophones"]
    spellings = {"".join(mix): word for word, sounds in table["homophones"].items() for mix in product(*sounds)}
    return {spelling: word for spelling, word in spellings.items() if spelling != word and spelling not in own}


def _narrow(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


@cache
def _folds(character: str) -> str:
    return _narrow(character).lower() if len(character.lower()) == 1 else character


def fold(text: str) -> str:
    """Half-width, lower case, simplified, typos mended; same length. Also used on titles."""
    spelling = _spelling()
    if not text.isascii():
        text = "".join([c if "\u4e00" <= c <= "\u9fff" else _folds(c) for c in text])
        text = text.translate(spelling.characters)
        text = spelling.typo_pattern.sub(lambda m: spelling.typos[m[0]], text)
        for where, word in spelling.within:
            text = where.sub(word, text)
        return text
    return text.lower()


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk", "Cs", "Cn", "Co") or "\ufe00" <= character <= "\ufe0f"


def _say(plain: str) -> str:
    words = _spelling().words
    text = _STICKER.sub(" ", plain)
    text = "".join([" " if c > "\u2000" and _is_symbol(c) else c for c in text])
    text = _WORD.sub(lambda m: words.get(m[0], m[0]), text)
    text = _FILLERS.sub("", text)
    text = _DIGITS.sub(lambda m: "00000" if len(m[0]) > 4 else "0", text)
    return _SPACE.sub(" ", text).strip()


def normalise(raw: str) -> Text:
    raw = _INVISIBLE.sub("", raw)[:_MAX]
    plain = fold(raw)
    return Text(raw=raw, plain=plain, spoken=_say(plain))


def say(plain: str) -> str:
    """The form for classification of a part of a plain text."""
    return _say(plain)
