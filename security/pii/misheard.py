"""Numbers on a call that are personal by what they look like to the ear, not by their form. Pure.

A recogniser loses a digit or takes it for another, people tell a card in pieces, and say only afterwards what it was:
no check digit holds, and to whoever hears it it is a card all the same. In writing a number is what is written; here so
many digits are one, unless they are called, asked for or known to be something else.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from security.pii.analyzer import parts_of
from security.pii.confidence import FOUND, OTHER_NUMBER, is_called_otherwise, is_named
from security.pii.digits import ANY_DIGIT
from security.pii.disjoint import surest
from security.pii.explanations import asks_or_denies, explanation_in
from security.pii.mask import placeholder_places, type_of
from security.pii.model import LAST_FOUR_KEPT, NEVER_KEPT, Finding, PiiType
from security.pii.recognisers import bank_card, id_card
from security.pii.view import View, view_of

LEAST_DIGITS: Final = 15
"""A card of sixteen of which one was lost. The order numbers of many shops have fourteen."""

_TOLD_IN_PIECES: Final = LAST_FOUR_KEPT | NEVER_KEPT
_TOLD: Final = "〓"
"""In the place of what was found: no digit, and nothing that stands between two."""
_CARDS: Final = (bank_card.RECOGNISER, id_card.RECOGNISER)
_MOST_DIGITS: Final = 20
_MOST_BEHIND: Final = 6
"""So many digits at most go on where a number by its check digit is whole already."""
_MOST_COUNTED: Final = 2
_MOST_BEHIND_CODE: Final = 1
"""Digits alone that may count something; of a code two are a piece."""
_LIKE_ITS_OWN: Final = 0.8
"""Of the characters, in their order: two digits of fourteen may have been misheard."""
_UNITS: Final = "年月日号时点分秒元块毛角件个双只条包盒箱楼栋层室天周岁次折码"
_SIGN: Final = r"[^0-9A-Za-z\u3400-\u9fff〓]"
_BETWEEN: Final = rf"{_SIGN}{{0,3}}(?:(?!{ANY_DIGIT}|[{_UNITS}])[\u3400-\u9fff]{_SIGN}{{0,3}})?"
"""In a normalised text; one digit may have been taken for a word."""
_RUN: Final = re.compile(
    rf"(?<![0-9A-Za-z]){ANY_DIGIT}(?={_SIGN}{{0,3}}{ANY_DIGIT})"
    rf"(?:{_BETWEEN}{ANY_DIGIT}){{{LEAST_DIGITS - 1},}}+(?:{_SIGN}{{0,2}}[Xx叉])?"
)
_GOES_ON: Final = re.compile(
    rf"{_SIGN}*({ANY_DIGIT}(?:{_SIGN}?{ANY_DIGIT}){{0,{_MOST_BEHIND - 1}}}[Xx叉]?)(?={_SIGN}|$)"
)
_GOES_ON_SECRETLY: Final = re.compile(
    rf"{_SIGN}*((?:{ANY_DIGIT}|[十百])(?:{_SIGN}?(?:{ANY_DIGIT}|[十百])){{0,{_MOST_BEHIND - 1}}})(?={_SIGN}|$)"
)
"""八十三, 六十二: of a code also in tens."""
_SIGNS_ONLY: Final = re.compile(rf"{_SIGN}*")
_DATE: Final = re.compile(r"(?<!\d)(?:19|20)\d{2}[-./年 ]\d{1,2}[-./月 ]\d{1,2}(?!\d)")
_DIGIT: Final = re.compile(ANY_DIGIT)
_DIGITS: Final = re.compile(rf"{ANY_DIGIT}(?:{_BETWEEN}{ANY_DIGIT})*")
_PIECE: Final = re.compile(f"{ANY_DIGIT}+[Xx叉]?")
_ONLY_DIGITS: Final = re.compile(rf"(?:{_SIGN}|{ANY_DIGIT})*")
_BORN: Final = re.compile(r"[1-9]\d{4,6}(?:19|20)\d{2}")

_LEAST_EXPLAINED: Final = {PiiType.BANK_CARD: 8, PiiType.ID_CARD: 8, PiiType.PASSPORT: 6, PiiType.TRAVEL_PERMIT: 6}
_LEAST_SECRET: Final = 3


class _Place(NamedTuple):
    type: PiiType
    start: int
    end: int
    digits: str


def explains(text: str) -> bool:
    """Whether a message that holds nothing itself may say what an earlier one held. Cheap."""
    return explanation_in(text) is not None


def says_digits_only(text: str) -> bool:
    """Whether it may be a piece of a number, with nothing beside it."""
    return _ONLY_DIGITS.fullmatch(text) is not None


def misheard(
    texts: Sequence[str],
    found: Sequence[Sequence[Finding]],
    *,
    expected: Collection[str] = (),
    own: Collection[str] = (),
) -> list[list[Finding]]:
    """What else is to be masked in these messages of one caller, the last of which is new.

    Args:
        texts: Oldest first, masked but for the last.
        found: What is known to be personal in each, by its form.
        expected: What the caller was just asked for.
        own: Numbers of the caller's own orders and parcels, which stay readable even if they were misheard.
    """
    heard = [_blanked(text, findings) for text, findings in zip(texts, found, strict=True)]
    joined = "\n".join(heard)
    view = view_of(joined, is_spoken=True)
    places = [*_long_ones(view, len(joined) - len(heard[-1]), expected, own)]
    places += [*_rests(texts, heard, found, expected), *_explained(heard, own)]
    longest_first = sorted(places, key=lambda place: (place.start, -place.end))
    return parts_of(surest([_finding(joined, place) for place in longest_first]), heard)


def _finding(joined: str, place: _Place) -> Finding:
    value = joined[place.start : place.end]
    return Finding(type=place.type, start=place.start, end=place.end, value=value, normalised=place.digits, score=FOUND)


def _blanked(text: str, findings: Sequence[Finding]) -> str:
    """As long as before, without what was found and without dates."""
    taken = [*placeholder_places(text), *((finding.start, finding.end) for finding in findings)]
    taken += [date.span() for date in _DATE.finditer(text)]
    chars = list(text)
    for start, end in taken:
        chars[start:end] = _TOLD * (end - start)
    return "".join(chars)


def _long_ones(view: View, new: int, expected: Collection[str], own: Collection[str]) -> Iterator[_Place]:
    """``new``: where the last message begins. What lies before it altogether was judged when it was said."""
    if OTHER_NUMBER in expected:
        return
    for run in _RUN.finditer(view.text):
        for start, end in _numbers_in(view.text, run, own):
            digits = _digits_of(view.text[start:end])
            place = _Place(_kind_of(digits), view.starts[start], view.ends[end - 1], digits)
            if place.end > new and not _is_called_otherwise(view.text, start, end):
                yield place


def _numbers_in(text: str, run: re.Match[str], own: Collection[str]) -> Iterator[tuple[int, int]]:
    """All of a run where it can be one number, else each of its pieces that is one; none that is the caller's own."""
    pieces = [piece.span() for piece in _PIECE.finditer(text, *run.span())]
    rest = [(start, end) for start, end in pieces if not _is_own(_digits_of(text[start:end]), own)]
    is_own = len(rest) < len(pieces) or _is_own(_digits_of(run[0]), own)
    if not is_own and (len(pieces) == 1 or _is_one_number(text, *run.span())):
        yield run.span()
        return
    yield from ((start, end) for start, end in rest if len(_digits_of(text[start:end])) >= LEAST_DIGITS)


def _is_called_otherwise(text: str, start: int, end: int) -> bool:
    """In the same message: one about a parcel may have come before."""
    begin = text.rfind("\n", 0, start) + 1
    return all(is_called_otherwise(each, text[begin:], start - begin, end - begin) for each in _CARDS)


def _is_one_number(text: str, start: int, end: int) -> bool:
    """Of several pieces: two numbers in a row are none."""
    digits = _digits_of(text[start:end])
    if len(digits) > _MOST_DIGITS:
        return False
    return _is_card_like(digits) or any(is_named(each, text, start, end) for each in _CARDS)


def _is_card_like(digits: str) -> bool:
    return _BORN.match(digits) is not None or digits[:2] in {"62", "60", "81"} or digits[0] in "345"


def _kind_of(digits: str) -> PiiType:
    return PiiType.ID_CARD if len(digits) <= 18 and _BORN.match(digits) else PiiType.BANK_CARD


def _is_own(digits: str, own: Collection[str]) -> bool:
    """Or what it may have been before a digit was misheard."""
    return any(SequenceMatcher(None, digits, number, autojunk=False).ratio() >= _LIKE_ITS_OWN for number in own)


def _rests(
    texts: Sequence[str], heard: Sequence[str], found: Sequence[Sequence[Finding]], expected: Collection[str]
) -> Iterator[_Place]:
    """Digits and nothing else right behind a card that by its check digit was whole, or was masked as one, or a code.

    One or two alone may count something: they are the card's if others follow them, and two are a code's.
    """
    if expected:
        return
    offset, open_end = 0, None
    waiting: list[_Place] = []
    for text, blanked, findings in zip(texts, heard, found, strict=True):
        places = [(start, end, type_of(text[start:end])) for start, end in placeholder_places(text)]
        places += [(finding.start, finding.end, finding.type) for finding in findings]
        ends = [(end, type_) for _, end, type_ in sorted(places) if type_ in _TOLD_IN_PIECES]
        if open_end:
            ends.insert(0, (0, open_end))
        open_end = None
        for at, type_ in ends:
            is_secret = type_ in NEVER_KEPT
            rest = (_GOES_ON_SECRETLY if is_secret else _GOES_ON).match(blanked, at)
            if rest is not None:
                waiting.append(_Place(type_, offset + rest.start(1), offset + rest.end(1), rest[1]))
                if len(_DIGIT.findall(rest[1])) > (_MOST_BEHIND_CODE if is_secret else _MOST_COUNTED):
                    yield from waiting
                    waiting = []
            if _SIGNS_ONLY.fullmatch(blanked, rest.end() if rest else at):
                open_end = type_
        if open_end is None:
            waiting = []
        offset += len(text) + 1


def _explained(heard: Sequence[str], own: Collection[str]) -> Iterator[_Place]:
    said = explanation_in(heard[-1])
    if said is None or asks_or_denies(heard[-1], said.start, said.end):
        return
    *earlier, before = [*heard[-2:-1], heard[-1][: said.start]]
    if not said.is_said and not all(map(says_digits_only, [before] if _DIGIT.search(before) else earlier)):
        return
    told = _told_before(heard, said.start)
    digits = "".join(each.digits for each in told)
    is_too_short = len(digits) < _LEAST_EXPLAINED.get(said.type, _LEAST_SECRET)
    if is_too_short or (said.most is not None and len(digits) > said.most) or _is_own(digits, own):
        return
    yield from (each._replace(type=said.type, digits=digits) for each in told)


def _told_before(heard: Sequence[str], end: int) -> list[_Place]:
    """The last number before that place of the new message, with those of its pieces that are messages of their own."""
    told: list[_Place] = []
    new = len(heard) - 1
    for at in reversed(range(len(heard))):
        text = heard[at][:end] if at == new else heard[at]
        runs = [*_DIGITS.finditer(text)]
        if not runs and not told and at == new:
            continue
        if not runs or _is_called_otherwise(text, *runs[-1].span()):
            break
        offset = sum(len(each) + 1 for each in heard[:at])
        digits = _digits_of(view_of(runs[-1][0], is_spoken=True).text)
        told.insert(0, _Place(PiiType.BANK_CARD, offset + runs[-1].start(), offset + runs[-1].end(), digits))
        if not says_digits_only(text):
            break
    return told


def _digits_of(run: str) -> str:
    return "".join(char for char in run if char.isdigit() or char in "Xx叉").replace("叉", "X").upper()
