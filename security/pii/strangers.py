"""Numerals beside a number that are words of their own: "18727335509一直打不通", "138…两个都能打", "张三187…". Pure.

Cut off only where the rest is a number as people have them and the whole is none.
"""

import re
from collections.abc import Callable, Iterator

from security.pii.checks import is_birth_date, is_card_issuer, is_luhn, is_province

_MOST = 2
_LEAST_DIGITS = 11
_MOBILES = re.compile("(?:1[3-9][0-9]{9}){1,2}")
_SIGNS = re.compile("[^0-9\u3007\u3400-\u9fff]+")
_WORD_BEHIND = re.compile(
    "[个個点點天分小人次遍楼樓号號件岁歲年月日时時位直下会會般定共样樣起块塊元半边邊旦切律折星食钱錢庭角画畫么]"
)
"""两个, 三点, 一直, 一般: nothing of a number goes on like that."""
_SHORTEST_CARD, _LONGEST_CARD, _ID_CARD = 16, 19, 18

Digits = Callable[[int, int], str]
"""What stands between two places, as ASCII digits."""


def without_strangers(text: str, start: int, end: int, digits: Digits) -> tuple[int, int]:
    """The run of digits without them."""
    if not (_is_numeral(text[start]) or _is_numeral(text[end - 1])):
        return start, end
    whole = digits(start, end)
    if _is_number(whole):
        return start, end
    end = _before_a_word(text, start, end)
    if len(whole) <= _LEAST_DIGITS:
        return start, end
    start = next((cut for cut, rest in _behind_words(text, start, end) if _is_number(digits(cut, rest))), start)
    return start, next((cut for first, cut in _before_words(text, start, end) if _is_number(digits(first, cut))), end)


def _before_a_word(text: str, start: int, end: int) -> int:
    """027-87654321一直: where the script changes and a word begins, whatever the number is."""
    for count in range(1, _MOST + 1):
        last = end - count
        if last <= start or not _is_numeral(text[last]):
            return end
        if _is_digit(text[last - 1]):
            return last if _WORD_BEHIND.match(text, end) else end
    return end


def _behind_words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the number may begin, and where its first part or all of it ends."""
    for count in range(1, _MOST + 1):
        if not all(map(_is_numeral, text[start : start + count])):
            return
        signs = _SIGNS.match(text, start + count, end)
        first = signs.end() if signs else start + count
        if _is_digit(text[first]) or _is_han(text[start - 1 : start]):
            behind = _SIGNS.search(text, first, end)
            yield from ((first, rest) for rest in (end, behind.start() if behind else end))


def _before_words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where its last part or all of it begins, and where it may end."""
    for count in range(1, _MOST + 1):
        if not all(map(_is_numeral, text[end - count : end])):
            return
        last = end - count
        while last > start and _SIGNS.match(text[last - 1]):
            last -= 1
        if last > start and (_is_digit(text[last - 1]) or _WORD_BEHIND.match(text, end)):
            signs = [*_SIGNS.finditer(text, start, last)]
            yield from ((first, last) for first in (start, signs[-1].end() if signs else start))


def _is_number(digits: str) -> bool:
    """A mobile number or two, an identity number by its date of birth, a card by its check digit."""
    if _MOBILES.fullmatch(digits):
        return True
    if len(digits) == _ID_CARD and is_province(digits) and is_birth_date(digits[6:14]):
        return True
    return _SHORTEST_CARD <= len(digits) <= _LONGEST_CARD and is_card_issuer(digits) and is_luhn(digits)


def _is_numeral(char: str) -> bool:
    return char == "\u3007" or _is_han(char)


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"
