"""How sure one may be that a shape is what it looks like: its own worth, the words around it, what was asked for.

The nearest word decides: "订单123要改手机，改成138…" is an order and a phone; of two that end together the one that
says something else: "promo code". What is personal by its shape alone is another number only where a word names it:
"订单13800138000", not "订单没收到，13800138000". Pure.
"""

import re
from collections.abc import Collection, Iterable
from functools import cache

from security.pii.model import PiiType
from security.pii.recogniser import Recogniser
from security.pii.vocabulary import in_either_case, one_of, tables

FOUND = 0.5
"""From here on it is treated as personal."""
EXPECTED = 0.35
"""What it adds that the customer was just asked for this type."""
OTHER_NUMBER = "OTHER_NUMBER"
"""Stands among the expected types where the number of an order or a parcel was asked for."""
_LIKELY = 0.3
"""A card by its issuer, an identity number by its date of birth."""
_TOO_LONG_TO_COUNT = 11
_THOUSANDS, _OF_MONEY, _ROUND = ",", frozenset("元块塊"), "000000"
BEFORE = 24
AFTER = 12
_NAMES_OF_NUMBERS = frozenset({"other", "carriers"})
"""Groups of words that say which number it is; the others say what is being talked about."""

_TABLES = tables(__file__, "words.toml")
_WORDS: dict[str, list[str]] = {name: table["near"] for name, table in _TABLES.items()}


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """The longest that stands at a place, in whatever case; looked for only where one of them may begin."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(word[0].lower(), []).append(_behind_first(word))
    branches = [in_either_case(first, "|".join(of_it)) for first, of_it in rests.items()]
    return re.compile("|".join(branches)) if branches else None


def _behind_first(word: str) -> str:
    """The same as `_pattern` says, behind its first character."""
    rest = re.escape(word[1:])
    return rf"(?<![A-Za-z].){rest}(?![A-Za-z])" if word.isascii() and word.isalpha() else rest


def _pattern(word: str) -> str:
    """A word of Latin letters must stand by itself, or before digits: "sf" is not in "transfer"."""
    return rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" if word.isascii() and word.isalpha() else re.escape(word)


_NEAR = {type_: _any_of(_WORDS.get(type_, ())) for type_ in PiiType}
_BESIDE = {PiiType(name): re.compile("|".join(table["beside"])) for name, table in _TABLES.items() if "beside" in table}
_ANY_NAME = {
    type_: re.compile(f"{near.pattern}|{_BESIDE[type_].pattern}") if near and type_ in _BESIDE else near
    for type_, near in _NEAR.items()
}
_UNITS = re.compile(f"\\s?(?:{'|'.join(map(_pattern, _WORDS['units']))})", re.IGNORECASE)
_BLANK_OR_SIGN = r"""[^\S\n]|[-:=#*_/\\|~"'`()\[\]<>{}“”‘’「」『』【】《》]"""
_LINK = re.compile(
    rf"[号號码碼]{{0,2}}(?:{'|'.join(map(_pattern, _WORDS['links']))}|{_BLANK_OR_SIGN})*"
    r"(?:(?<=[号號码碼是为為:=])[^\S\n]?\n)?(?:[A-Za-z]{1,4}-?)?",
    re.IGNORECASE,
)
"""Between a word and the number that it names; a prefix of letters is the number's. A line of its own answers only what
was left open: "订单号是", and then the digits."""
_ENDS_CLAUSE = re.compile(r"[,，。.!！?？;；\n]|[0-9]")


@cache
def _against(groups: tuple[str, ...]) -> re.Pattern[str] | None:
    return _any_of(word for group in groups for word in _WORDS[group])


def must_be_found(recogniser: Recogniser) -> re.Pattern[str] | None:
    """What a normalised text in lower case must hold, or the type is not looked for; spares most texts most of it."""
    if recogniser.must_hold:
        return re.compile(one_of(recogniser.must_hold))
    if recogniser.hint:
        return re.compile(recogniser.hint)
    return _ANY_NAME[recogniser.type] if recogniser.needs_name else None


def confidence(recogniser: Recogniser, text: str, start: int, end: int, expected: Collection[str]) -> float:
    """Between 0 and 1, for the shape at text[start:end] of a normalised text."""
    worth = recogniser.worth(recogniser.normalise(text[start:end]))
    if worth <= 0:
        return 0.0
    before = text[max(start - BEFORE, 0) : start]
    name = _name(recogniser.type, before)
    named = _distance(name, before)
    other = _distance_of_other(recogniser, before, name, is_likely=worth >= FOUND)
    if recogniser.is_proven is not None and other is not None and recogniser.is_proven(text, end):
        other = None
    if is_counted(text, start, end):
        other = -1
    if OTHER_NUMBER in expected and named is None and "carriers" in recogniser.against:
        other = -1
    if other is not None and (named is None or other <= named):
        worth -= recogniser.without
    elif named is not None or _is_named_after(recogniser.type, text, end, is_likely=worth >= _LIKELY):
        worth += recogniser.with_context
    if recogniser.type in expected:
        worth += EXPECTED
    return min(max(worth, 0.0), 1.0)


def is_called_otherwise(
    recogniser: Recogniser, text: str, start: int, end: int, *, in_its_clause: bool = False
) -> bool:
    """Whether the nearest word names another number, or counts something."""
    if is_counted(text, start, end):
        return True
    before = text[max(start - BEFORE, 0) : start]
    name = _last(_NEAR[recogniser.type], before)
    named, other = _distance(name, before), _distance(_other(recogniser.against, before, name), before)
    if other is None or (in_its_clause and _ENDS_CLAUSE.search(before, len(before) - other)):
        return False
    return named is None or other <= named


def is_named(recogniser: Recogniser, text: str, start: int, end: int) -> bool:
    before = text[max(start - BEFORE, 0) : start]
    return _last(_NEAR[recogniser.type], before) is not None or _is_named_after(recogniser.type, text, end)


def distance_of_name(recogniser: Recogniser, text: str, start: int) -> int:
    """Characters since the last word that names the type; a whole window where none does."""
    before = text[max(start - BEFORE, 0) : start]
    named = _distance(_last(_NEAR[recogniser.type], before), before)
    return BEFORE if named is None else named


def is_counted(text: str, start: int, end: int) -> bool:
    """By eleven digits only money is counted, or by thousands: behind a phone 天天 and 双号 are words."""
    value, unit = text[start:end], _UNITS.match(text, end)
    is_long = sum(map(str.isdigit, value)) >= _TOO_LONG_TO_COUNT and not value.endswith(_ROUND)
    may_be_words = is_long and _THOUSANDS not in value
    return unit is not None and (not may_be_words or unit[0].strip() in _OF_MONEY)


def _last(words: re.Pattern[str] | None, before: str) -> tuple[int, int] | None:
    """Where the last such word stands."""
    spans = [found.span() for found in words.finditer(before)] if words else []
    return spans[-1] if spans else None


def _distance(word: tuple[int, int] | None, before: str) -> int | None:
    """Characters between a word and the value."""
    return None if word is None else len(before) - word[1]


def _name(type_: PiiType, before: str) -> tuple[int, int] | None:
    """The last word that names the type. 短信上写的 names a code only if nothing else is said between them:
    短信上写的满1000减200.
    """
    beside = _last(_BESIDE.get(type_), before)
    if beside is not None and _LINK.fullmatch(before, beside[1]):
        return beside
    return _last(_NEAR[type_], before)


def _other(groups: tuple[str, ...], before: str, name: tuple[int, int] | None) -> tuple[int, int] | None:
    """The last word that says it is something else, unless it is of the type's own name: the 编号 of 客户编号."""
    word = _last(_against(groups), before)
    is_of_name = word is not None and name is not None and name[0] <= word[0] and word[1] <= name[1]
    return None if is_of_name else word


def _distance_of_other(
    recogniser: Recogniser, before: str, name: tuple[int, int] | None, *, is_likely: bool
) -> int | None:
    """Characters since the last word that says it is something else. Of what is likely it must name it, and then is
    the nearest, whatever stands between: 订单号码.
    """
    if _other(recogniser.against, before, name) is None:
        return None
    distances = []
    for group in recogniser.against:
        distance = _distance(_other((group,), before, name), before)
        if distance is not None and is_likely and group in _NAMES_OF_NUMBERS:
            distance = 0 if _LINK.fullmatch(before, len(before) - distance) else None
        if distance is not None:
            distances.append(distance)
    return min(distances, default=None)


def _is_named_after(type_: PiiType, text: str, end: int, *, is_likely: bool = True) -> bool:
    """In a message behind it, too, where it is likely by itself: 20261118000002, 用银行卡付的 are two matters."""
    words = _NEAR[type_]
    line = text.find("\n", end)
    last = end + AFTER if is_likely or line < 0 else min(end + AFTER, line)
    return words is not None and words.search(text, end, last) is not None
