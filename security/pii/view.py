"""One normalised reading of a text, with the way back to the original's code points.

Full-width and other compatibility forms are folded, invisible characters and combining marks dropped, digits of every
script made ASCII, letters that stand for digits in a long number (`lookalikes`) too. Where at least three digits stand
together, Chinese, formal and radio digits become ASCII, "三个一" becomes 111, and what people put between digits
(spaces, dots, arrows, emoji, "嗯", "然后") shrinks to one character.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from security.pii.lookalikes import lookalikes_read
from security.pii.strangers import without_strangers

_SPOKEN = tomllib.loads(Path(__file__).with_name("spoken.toml").read_text(encoding="utf-8"))
_DIGITS: dict[str, str] = {char: digit for digit, chars in _SPOKEN["digits"].items() for char in chars}
_COUNTS: dict[str, int] = {char: int(digit) for char, digit in _DIGITS.items() if digit in "23456789"}
_MULTIPLES: dict[str, int] = {char: int(count) for count, chars in _SPOKEN["multiples"].items() for char in chars}

_DIGIT = f"[0-9{''.join(_DIGITS)}]"
_TIMES = f"[2-9{''.join(_COUNTS)}]{_SPOKEN['times']}"
_REPEAT = (
    f"(?:(?<![{_SPOKEN['before_counts']}]){_TIMES}|{_TIMES}(?={_DIGIT}(?!{_DIGIT}))|[{''.join(_MULTIPLES)}]){_DIGIT}"
)
_SIGNS = r"\s\-\u2010-\u2015_.,，、。·•・…()/\\|*丶`~=#&^;<>\[\]{}!?'\"«»‹›“”‘’「」【】"
_PICTURES = r"\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_SEPARATOR = rf"(?:[{_SIGNS}{_PICTURES}]|\+(?!86))"
_EMPTY = r"[\s.\-\u2010-\u2015…·_~]"
"""May go on for longer without saying anything."""
_FILLER = "|".join(sorted(_SPOKEN["fillers"], key=len, reverse=True))
BETWEEN_DIGITS = f"(?:{_SEPARATOR}|{_FILLER})"
"""What people put between digits, in the text as it was written."""


class _Grammar(NamedTuple):
    run: re.Pattern[str]
    token: re.Pattern[str]


def _grammar(most_fillers: int) -> _Grammar:
    words = f"{_SEPARATOR}{{0,2}}(?:(?:{_FILLER}){_SEPARATOR}{{0,2}}){{1,{most_fillers}}}"
    gap = f"(?:{words}|{_EMPTY}{{4,8}}|{_SEPARATOR}{{1,3}})"
    digits = f"(?:{_REPEAT}|{_DIGIT})"
    return _Grammar(re.compile(f"{digits}(?:{gap}?{digits}){{2,}}"), re.compile(f"({_REPEAT})|({_DIGIT})|({gap})"))


_WRITTEN = _grammar(most_fillers=2)
_SPOKEN_ALOUD = _grammar(most_fillers=4)

ANY_DIGIT = (
    rf"[\d{''.join(_DIGITS)}\u00b2\u00b3\u00b9\u2070-\u209c\u2460-\u24ff\u2776-\u2793\u3021-\u3029\u3220-\u3229"
    r"\u3280-\u3289\U0001f100-\U0001f10a]"
)
"""A digit in any script, in the text as it was written."""


_PLAIN_DIGITS = re.compile("[0-9]+")
_NAME_BEFORE = re.compile(f"[{''.join(_DIGITS)}]{{1,2}}{_SEPARATOR}{{1,3}}(?=[0-9]{{7}})")
_COUNT_BEHIND = re.compile(f"(?<=[0-9])[,，。;；] ?[{''.join(_DIGITS)}]$")


class View(NamedTuple):
    text: str
    starts: Sequence[int]
    """For each character of `text`, where it begins in the original."""
    ends: Sequence[int]


def view_of(original: str, *, is_spoken: bool = False) -> View:
    """A recognised utterance may hesitate longer between two digits than somebody who writes."""
    grammar = _SPOKEN_ALOUD if is_spoken else _WRITTEN
    if original.translate(_FOLDED) == original:
        return _with_digits(lookalikes_read(original), range(len(original)), grammar)
    folded = [(part, place) for place, char in enumerate(original) for part in _FOLDED[ord(char)]]
    letters = lookalikes_read("".join(part for part, _ in folded))
    return _with_digits(letters, [place for _, place in folded], grammar)


def _with_digits(folded: str, origin: Sequence[int], grammar: _Grammar) -> View:
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def keep(first: int, last: int) -> None:
        out.append(folded[first:last])
        starts.extend(origin[first:last])
        ends.extend(place + 1 for place in origin[first:last])

    done = 0
    for run in grammar.run.finditer(folded):
        start, end = _without_strangers(folded, *run.span(), grammar)
        if _PLAIN_DIGITS.fullmatch(folded, start, end):
            continue
        keep(done, start)
        done = end
        for token in grammar.token.finditer(folded, start, end):
            text = _spelled(token)
            out.append(text)
            starts.extend([origin[token.start()]] * len(text))
            ends.extend([origin[token.end() - 1] + 1] * len(text))
    keep(done, len(folded))
    return View("".join(out), starts, ends)


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
    repeated, digit, gap = token.groups()
    if digit:
        return _DIGITS.get(digit, digit)
    if repeated:
        count = _MULTIPLES.get(repeated[0]) or _COUNTS.get(repeated[0]) or int(repeated[0])
        return _DIGITS.get(repeated[-1], repeated[-1]) * count
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


_MOST_FOLDS = 100_000
_FOLDED = _Folds()


_FILLER_CHARS = frozenset("".join(_SPOKEN["fillers"]))
_ALONE_IN_NUMBERS = re.compile(f"{ANY_DIGIT}|{_SEPARATOR}|[0-9A-Za-z@:：_]")


def may_belong_to_a_number(char: str) -> bool:
    """Whether a number may go on over this character: digits, letters, and what people put between them."""
    return char in _FILLER_CHARS or _ALONE_IN_NUMBERS.match(char) is not None
