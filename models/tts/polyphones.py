"""Characters with several readings, in the words of this trade: marked for engines that take pinyin, else replaced.

``polyphones.toml`` is the table. What it does not know stays as it is.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

_INITIALS: Final = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcs")
_MARKED: Final = re.compile(r"(.)\{([^{}]+)\}")


class Notation(StrEnum):
    """How an engine wants to be told."""

    HOMOPHONES = "homophones"
    """退环: eSpeak NG."""
    PINYIN = "pinyin"
    """退[h][uán]: CosyVoice 3."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]
    homophones: dict[str, str]
    unsaid: dict[str, str]


TABLE: Final = msgspec.toml.decode(Path(__file__).with_name("polyphones.toml").read_bytes(), type=_File)


def plain(word: str) -> str:
    """A line of the table without its readings."""
    return _MARKED.sub(r"\1", word)


def _homophones(word: str) -> str:
    """A reading for which no character stands leaves its own."""
    return _MARKED.sub(lambda marked: TABLE.homophones.get(marked[2], marked[1]), word)


def _pinyin(word: str) -> str:
    """CosyVoice has no initials y and w: such a character stays, and it decides."""
    return _MARKED.sub(lambda marked: _syllable(marked[2]) or marked[1], word)


def _syllable(pinyin: str) -> str:
    """``huán`` is ``[h][uán]``; empty for a syllable without an initial."""
    initial = next((each for each in _INITIALS if pinyin.startswith(each)), None)
    return f"[{initial}][{pinyin[len(initial) :]}]" if initial else ""


_SAID: Final = {
    Notation.HOMOPHONES: TABLE.unsaid | {plain(word): _homophones(word) for word in TABLE.words},
    Notation.PINYIN: {plain(word): _pinyin(word) for word in TABLE.words},
}
_WORDS: Final = {
    notation: re.compile("|".join(sorted(said, key=len, reverse=True))) for notation, said in _SAID.items()
}
_ER: Final = re.compile("(?<=[一-鿿])(?<![女婴幼孤少健宠胎患男托育生产小血])儿(?![童子歌科女媳孙])")
"""Joined to the syllable before it: 一会儿, 事儿."""


def mark(text: str, notation: Notation) -> str:
    """``text`` as it was read, for an engine of that notation."""
    said = _SAID[notation]
    marked = _WORDS[notation].sub(lambda word: said[word[0]], text)
    return _ER.sub("", marked) if notation is Notation.HOMOPHONES else marked
