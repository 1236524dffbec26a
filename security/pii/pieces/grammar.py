"""Pieces of numbers in a normalised text, and what the words between two of them say. Pure; a gap is a few words."""

import re
import sys
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from security.pii.dates import MONTH_AND_DAY, SMALL, eight_digits
from security.pii.recogniser import SEPARATOR
from security.pii.vocabulary import one_of, tables, words

_WORDS = {name: words(text) for name, text in tables(__file__, "words.toml").items()}
_PLACES = _WORDS["heads"] | _WORDS["middles"] | _WORDS["tails"]

_COUNT = rf"(?<![0-9]){SMALL}{{1,2}}[ ]?[位个個](?:数字?|字)?"
_DATE = (
    rf"(?:(?<=1)9|(?<=2)0)[0-9]{{2}}(?:{MONTH_AND_DAY}"
    r"|(?P<sign>[.\-/])[0-9]{1,2}(?P=sign)[0-9]{1,2}(?![0-9]))"
)
_YEAR = "(?:19|20)[0-9]{2} ?年"
_RUN = rf"(?!{SMALL}?[ ]?[位个個])(?:{SEPARATOR}(?!{_COUNT}|{_YEAR})[0-9]){{0,18}}(?:[xX×叉](?![0-9A-Za-z]))?"
_PIECE = re.compile(rf"[0-9](?<![A-Za-z0-9].)(?:(?P<date>{_DATE})|{_RUN})(?![0-9A-Za-z])")
"""What begins with a digit is looked for quickly; the rest of a date or of a run stands behind it."""
_LINK = re.compile(rf"{_COUNT}|(?<=[前中后後])[3-8]|{one_of(_PLACES | _WORDS['links'])}|[^0-9A-Za-z\u3400-\u9fff]")
_SAYS_SO = re.compile(f"(?i:{one_of(_WORDS['corrections'])})|{_LINK.pattern}")
_NO_PLACE = f"(?!{one_of(_WORDS['no_places'])})"
_PLACE = re.compile(f"{_NO_PLACE}{one_of(_PLACES)}")
_HEAD = re.compile(f"{_NO_PLACE}{one_of(_WORDS['heads'])}")
_CORRECTION = re.compile(one_of(_WORDS["corrections"]), re.IGNORECASE)
_COUNTS = re.compile(_COUNT)
_NUMBERS = re.compile("[0-9]+")
_BLOCK = re.compile("[0-9]+X?")
_COUNTED = re.compile("[前中后後][3-8]")
"""前三139: three digits follow."""

_LONGEST_LINK = 24
_BEFORE_CORRECTION = 12
_BEHIND_CORRECTION = 16
_BESIDE = 8


class Gap(Enum):
    OTHER = auto()
    LINK = auto()
    CORRECTION = auto()


class Piece(NamedTuple):
    start: int
    end: int
    blocks: tuple[str, ...]
    """Digits that stand together. With the X of an identity number; a date as eight digits."""

    @property
    def digits(self) -> str:
        return "".join(self.blocks)


def pieces_in(text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[Piece]:
    for match in _PIECE.finditer(text, start, end):
        first, *others = (eight_digits(match[0]),) if match["date"] else _BLOCK.findall(_with_x(match[0]))
        is_counted = _COUNTED.search(text, max(match.start() - 1, 0), match.start() + 1) is not None
        if is_counted and first[0] == str(len(first) - 1):
            yield Piece(match.start() + 1, match.end(), (first[1:], *others))
        else:
            yield Piece(*match.span(), (first, *others))


def may_correct(text: str) -> bool:
    """Whether a word there takes something back; cheap."""
    return _CORRECTION.search(text) is not None


def gap_between(text: str, start: int, end: int) -> Gap:
    """What is said between two pieces."""
    if end - start > _BEFORE_CORRECTION + _BEHIND_CORRECTION:
        return Gap.OTHER
    if _is_correction(text[start:end]):
        return Gap.CORRECTION
    return Gap.LINK if _is_link(text, start, end) else Gap.OTHER


def tells_pieces(text: str, start: int, end: int, *, before: int = _BESIDE) -> bool:
    """Whether a word there, or just beside, says which piece of a number stands there."""
    return _PLACE.search(text, max(start - before, 0), end + _BESIDE // 2) is not None


def says_nothing_else(text: str, start: int, end: int) -> bool:
    """Whether nothing is said but that it was wrong: "尺码不对，是175" is about something else."""
    return _is_made_of(_SAYS_SO, text, start, end)


def is_counted(text: str, start: int, end: int) -> bool:
    """ "最后两位错了，是86": so few digits are meant."""
    return _COUNTS.search(text, start, end) is not None and _PLACE.search(text, start, end) is not None


def is_taken_back_behind(text: str, end: int) -> bool:
    """ "最后是8001，前面报错了"."""
    return _CORRECTION.search(text, end, end + _BEFORE_CORRECTION) is not None


def is_short(text: str, start: int, end: int) -> bool:
    """Whether so little stands between two pieces that they are of one breath."""
    return end - start <= _BEHIND_CORRECTION and _NUMBERS.search(text, start, end) is None


def is_about_the_head(words_between: str) -> bool:
    return _HEAD.search(words_between) is not None


def _is_link(text: str, start: int, end: int) -> bool:
    if end - start > _LONGEST_LINK:
        return False
    return _is_made_of(_LINK, text, start, end)


def _is_made_of(words_allowed: re.Pattern[str], text: str, start: int, end: int) -> bool:
    while start < end:
        word = words_allowed.match(text, start, end)
        if word is None:
            return False
        start = word.end()
    return True


def _is_correction(between: str) -> bool:
    word = _CORRECTION.search(between)
    if word is None or word.start() > _BEFORE_CORRECTION or len(between) - word.end() > _BEHIND_CORRECTION:
        return False
    return _NUMBERS.search(_COUNTS.sub("", between)) is None


def _with_x(run: str) -> str:
    return run if run[-1].isdigit() else f"{run[:-1]}X"
