"""One normalised reading of a text, with the way back to the original's code points.

Full-width and other compatibility forms are folded, invisible characters and combining marks dropped, digits of every
script made ASCII, letters that stand for digits in a long number (`lookalikes`) too. Where at least three digits stand
together, Chinese, formal and radio digits become ASCII, "三个一" becomes 111, and what people put between digits
(spaces, dots, arrows, emoji, "嗯", "然后") shrinks to one character. A phone, card or identity number told in tens and
hundreds or in English (`numerals`) becomes digits as a whole, or not at all.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from security.pii.digits import ANY_DIGIT, DIGIT, DIGITS, FILLER, FILLER_ALOUD, REPEAT, SEPARATOR, SPOKEN, repeated
from security.pii.lookalikes import lookalikes_read
from security.pii.numerals import PLACES, numerals_read
from security.pii.strangers import without_strangers

_EMPTY = r"[\s.\-\u2010-\u2015…·_~]"
"""May go on for longer without saying anything."""


class _Grammar(NamedTuple):
    run: re.Pattern[str]
    token: re.Pattern[str]


def _grammar(filler: str, most_fillers: int) -> _Grammar:
    words = f"{SEPARATOR}{{0,2}}(?:(?:{filler}){SEPARATOR}{{0,2}}){{1,{most_fillers}}}"
    gap = f"(?:{words}|{_EMPTY}{{4,8}}|{SEPARATOR}{{1,3}})"
    digits = f"(?:{REPEAT}|{DIGIT})"
    return _Grammar(re.compile(f"{digits}(?:{gap}?{digits}){{2,}}"), re.compile(f"({REPEAT})|({DIGIT})|({gap})"))


_WRITTEN = _grammar(FILLER, most_fillers=2)
_SPOKEN_ALOUD = _grammar(FILLER_ALOUD, most_fillers=4)

_PLAIN_DIGITS = re.compile("[0-9]+")
_NAME_BEFORE = re.compile(f"[{''.join(DIGITS)}]{{1,2}}{SEPARATOR}{{1,3}}(?=[0-9]{{7}})")
_COUNT_BEHIND = re.compile(f"(?<=[0-9])[,，。;；] ?[{''.join(DIGITS)}]$")


class View(NamedTuple):
    text: str
    starts: Sequence[int]
    """For each character of `text`, where it begins in the original."""
    ends: Sequence[int]


def view_of(original: str, *, is_spoken: bool = False) -> View:
    """A recognised utterance may hesitate longer between two digits than somebody who writes."""
    grammar = _SPOKEN_ALOUD if is_spoken else _WRITTEN
    return _with_digits(_with_numerals(_folded(original)), grammar)


def _folded(original: str) -> View:
    chars = set(original)
    if not _ENCLOSED.isdisjoint(chars):
        original = _LIST_MARK.sub(lambda mark: " " * len(mark[0]), original)
    lengths = set(map(len, map(_FOLDED.__getitem__, map(ord, chars))))
    if lengths <= {1}:
        return View(lookalikes_read(original.translate(_FOLDED)), range(len(original)), range(1, len(original) + 1))
    folded = [(part, place) for place, char in enumerate(original) for part in _FOLDED[ord(char)]]
    letters = lookalikes_read("".join(part for part, _ in folded))
    return View(letters, [place for _, place in folded], [place + 1 for _, place in folded])


class _Written:
    """A view being made of another: parts are kept as they are, or read as something else."""

    def __init__(self, before: View) -> None:
        self._before = before
        self._out: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._done = 0

    def read(self, start: int, end: int, text: str) -> None:
        """What stands there as this; what lies before it, as it is."""
        self._keep(start)
        self._out.append(text)
        self._starts.extend([self._before.starts[start]] * len(text))
        self._ends.extend([self._before.ends[end - 1]] * len(text))
        self._done = end

    def view(self) -> View:
        if not self._done:
            return self._before
        self._keep(len(self._before.text))
        return View("".join(self._out), self._starts, self._ends)

    def _keep(self, end: int) -> None:
        self._out.append(self._before.text[self._done : end])
        self._starts.extend(self._before.starts[self._done : end])
        self._ends.extend(self._before.ends[self._done : end])


def _with_numerals(folded: View) -> View:
    readings = numerals_read(folded.text)
    if not readings:
        return folded
    written = _Written(folded)
    for reading in readings:
        written.read(*reading)
    return written.view()


def _with_digits(folded: View, grammar: _Grammar) -> View:
    written = _Written(folded)
    for run in grammar.run.finditer(folded.text):
        if run[0].isdecimal() and run[0].isascii():
            continue
        start, end = _without_strangers(folded.text, *run.span(), grammar)
        if _PLAIN_DIGITS.fullmatch(folded.text, start, end):
            continue
        for token in grammar.token.finditer(folded.text, start, end):
            written.read(*token.span(), _spelled(token))
    return written.view()


def _without_strangers(folded: str, start: int, end: int, grammar: _Grammar) -> tuple[int, int]:
    """A name before a number ("王一一 138…") and a count behind one ("83746，五位") are words, not digits."""
    name = _NAME_BEFORE.match(folded, start, end)
    count = _COUNT_BEHIND.search(folded, max(end - 4, start), end)
    is_word = count is not None and "\u3400" <= folded[end : end + 1] <= "\u9fff"
    start, end = name.end() if name else start, count.start() if count and is_word else end

    def digits(first: int, last: int) -> str:
        tokens = grammar.token.finditer(folded, first, last)
        return "".join(_spelled(token) for token in tokens if not token[3])

    return without_strangers(folded, start, end, digits)


def _spelled(token: re.Match[str]) -> str:
    said_often, digit, gap = token.groups()
    if digit:
        return DIGITS.get(digit, digit)
    if said_often:
        return repeated(said_often)
    return gap if len(gap) == 1 and gap.isascii() and not gap.isspace() else " "


class _Folds(dict[int, str]):
    """What a code point folds to; filled as characters are met, and there are not many."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = "" if _is_invisible(char) else "".join(_plain(part) for part in unicodedata.normalize("NFKC", char))
        if len(self) < _MOST_FOLDS:
            self[code] = folded
        return folded


def _is_invisible(char: str) -> bool:
    """Nothing to be seen, or only something over, under or around the character before it: a keycap, a line through."""
    kind = unicodedata.category(char)
    return kind == "Cf" or kind in _MARKS or char in _BLANKS or (kind == "Cc" and not char.isspace())


def _plain(char: str) -> str:
    if char in _SUZHOU:
        return str(_SUZHOU.index(char) + 1)
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


def with_marks(original: str, end: int) -> int:
    """The end of what is seen there: a keycap around the last digit is part of it."""
    while end < len(original) and unicodedata.category(original[end]) in _MARKS:
        end += 1
    return end


_MARKS = frozenset({"Mn", "Me"})
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Fillers of other scripts: letters by their class, blank to the eye."""
_SUZHOU = "〡〢〣〤〥〦〧〨〩"


_KEYCAP = "\u20e3"
_ENCLOSED = frozenset(
    map(chr, (*range(0x2460, 0x249C), 0x24EA, *range(0x24EB, 0x2500), *range(0x2776, 0x2794), *range(0x1F100, 0x1F10B)))
) | {_KEYCAP}
"""Numerals in a circle, in brackets, with a full stop, on a key."""
_LIST_MARK = re.compile(
    rf"(?:[{''.join(sorted(_ENCLOSED - {_KEYCAP}))}]|[0-9]\ufe0f?{_KEYCAP})"
    r"(?=1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])|(?:6[0-9]{15}(?:[0-9]{3})?|[45][0-9]{15})(?![0-9])"
    r"|[1-9][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx](?![0-9A-Za-z]))"
)
"""Before a whole number: ①13800138000. Where each digit is in a circle they are the number's own."""


_MOST_FOLDS = 100_000
_FOLDED = _Folds()


_FILLER_CHARS = frozenset("".join(SPOKEN["fillers"])) | PLACES
_ALONE_IN_NUMBERS = re.compile(f"{ANY_DIGIT}|{SEPARATOR}|[0-9A-Za-z@:：_]")


def may_belong_to_a_number(char: str) -> bool:
    """Whether a number may go on over this character: digits, letters, and what people put between them."""
    return char in _FILLER_CHARS or _ALONE_IN_NUMBERS.match(char) is not None
