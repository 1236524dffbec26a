"""Numbers told in tens and hundreds, or in English: "一百三十八 二十三 四五 …", "one three eight, double oh". Pure.

Read as digits only where all that stands together is a number as people have them, and is read out as one, or where the
name of a code or a password stands right before it: prices and counts are told so all day. Numerals that are words
beside it (一直, 两点) may be left out. Linear: of a long row only what is near an end of one of its lines is tried.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from security.pii.checks import is_birth_date, is_card_issuer, is_province
from security.pii.digits import ANY_DIGIT, BETWEEN_DIGITS, DIGIT, DIGITS, REPEAT, SPOKEN, repeated
from security.pii.vocabulary import one_of, tables, words

_PLACES: dict[str, int] = {char: int(place) for place, chars in SPOKEN["places"].items() for char in chars}
_TENS, _HUNDREDS, _THOUSANDS = (f"[{SPOKEN['places'][place]}]" for place in ("10", "100", "1000"))
_PLACE = f"[{''.join(_PLACES)}]"
_ZERO = f"[0{SPOKEN['digits']['0']}]"
_COUNT = f"[1-9{''.join(char for char, digit in DIGITS.items() if digit != '0')}]"

_ONES = f"{_ZERO}{_COUNT}(?!{_PLACE})|{_COUNT}(?![\u3400-\u9fff]|{DIGIT})"
"""一百零三, or 一百三 for 130; but 一百三八 is no such number, and 八千一直 is 8000 and a word."""
_UNDER_100 = f"{_COUNT}?{_TENS}(?:{_COUNT}(?!{_PLACE}))?"
_UNDER_1000 = f"{_COUNT}{_HUNDREDS}(?:{_ZERO}?{_UNDER_100}|{_ONES})?"
_UNDER_10000 = f"{_COUNT}{_THOUSANDS}(?:{_ZERO}?(?:{_UNDER_1000}|{_UNDER_100})|{_ONES})?"
_CHINESE = f"(?>{_UNDER_10000}|{_UNDER_1000}|{_UNDER_100})(?![{SPOKEN['no_places_behind']}])"

_ENGLISH: dict[str, int] = {word: int(value) for value, said in SPOKEN["english"].items() for word in said.split()}
_TIMES: dict[str, int] = {word: int(count) for count, word in SPOKEN["english_multiples"].items()}
_ROUND: dict[str, int] = {word: int(value) for value, word in SPOKEN["english_places"].items()}
_OF_ONE = one_of(word for word, value in _ENGLISH.items() if value < 10)
_OF_TENS = (
    f"(?:{one_of(word for word, value in _ENGLISH.items() if value >= 20)}"
    f"(?:[ -]{one_of(word for word, value in _ENGLISH.items() if 0 < value < 10)})?"
    f"|{one_of(word for word, value in _ENGLISH.items() if 10 <= value < 20)})"
)
IN_ENGLISH = (
    f"(?i:(?<![A-Za-z])(?=[A-Za-z])(?:{one_of(_TIMES)}[ -]{_OF_ONE}|{_OF_TENS}"
    f"|{_OF_ONE}(?: {one_of(_ROUND)}(?: (?:and )?{_OF_TENS})?)?)(?![A-Za-z]))"
)
"""A numeral of English, in the text as it was written."""
_MAY_BEGIN = re.compile(
    f"[0-9A-Za-z{''.join(DIGITS)}{''.join(_PLACES)}{''.join(SPOKEN['multiples'].values())}](?:(?<=[A-Za-z])[A-Za-z]*)?"
)
_TOKEN = re.compile(
    f"(?P<at_once>{_CHINESE})|(?P<english>{IN_ENGLISH})|(?P<repeat>{REPEAT})|(?P<digits>[0-9]+|{DIGIT})"
)
_MAY_BE_CHINESE = re.compile(_PLACE).search
_MAY_REPEAT = re.compile("[个個箇连連双雙俩倆仨]").search
_MAY_BE_ENGLISH = re.compile("[A-Za-z]{3}").search

_FILLER = f"(?i:(?<![A-Za-z]){one_of(words(SPOKEN['english_fillers']))}(?![A-Za-z]))"
_GAP = re.compile(f"(?:{BETWEEN_DIGITS}|{_FILLER}){{0,8}}")
_LONGEST_GAP = 16
_MOST_BESIDE = 2
"""Numerals at an end that may be words of their own."""
_MOST_TOKENS = 40
_MOBILE = "(?:(?:00)?86)?1[3-9][0-9]{9}"
_MOBILES = re.compile(f"(?:{_MOBILE}){{1,2}}")
_ONE_MOBILE = re.compile(_MOBILE)
_BEHIND_ITS_NETWORK = 8
"""Digits of a mobile number; nobody reads its first three together with the fourth."""
_LENGTHS = frozenset({11, 13, 15, 16, 17, 18, 19, 22, 24, 26})
_X = re.compile(r"[\s,，.、]{0,2}(?:[Xx×叉](?![0-9A-Za-z])|[艾埃爱愛]克斯)")

ANY_NUMERAL = f"(?:{ANY_DIGIT}|{_PLACE}|{IN_ENGLISH})"
"""What a number may begin or end with, in the text as it was written."""
PLACES = frozenset(_PLACES)
_NAMES = tables(__file__, "words.toml")
_NAME = re.compile(one_of(name for kind in ("PHONE", "ID_CARD", "BANK_CARD") for name in _NAMES[kind]["near"]))
_NEAR = 24
_CODES = one_of(["密码", "密碼", "口令", *(name for kind in ("OTP", "CVV") for name in _NAMES[kind]["near"])])
_IS_ABOUT_CODE = re.compile(_CODES).search
_CODE = re.compile(rf"{_CODES}(?:[\s,，:：]|{one_of(words(SPOKEN['code_leads']))}){{0,6}}$")
_COUNTED = re.compile(rf"\s?[{SPOKEN['counted_behind']}%]")
_SHORTEST_CODE, _LONGEST_CODE = 3, 8


class Reading(NamedTuple):
    start: int
    end: int
    text: str
    """Digits, or a space for what stands between two numerals."""


def numerals_read(text: str) -> list[Reading]:
    """What is to be read otherwise, in order; nothing for nearly every text."""
    if not (_MAY_BE_CHINESE(text) or _MAY_BE_ENGLISH(text) or (_MAY_REPEAT(text) and _IS_ABOUT_CODE(text))):
        return []
    rows = ([_told(match) for match in row] for row in _rows(text) if any(map(_is_several, row)))
    return [reading for row in rows for number in _numbers_of(text, row) for reading in _readings(number)]


class _Told(NamedTuple):
    start: int
    end: int
    digits: str
    is_word: bool
    """Several digits at once, or a word of English: what the normalised view alone does not read."""


def _rows(text: str) -> Iterator[list[re.Match[str]]]:
    """Numerals with nothing between them but what people put there."""
    row: list[re.Match[str]] = []
    for match in _tokens(text):
        if row and not _is_gap(text, row[-1].end(), match.start()):
            yield row
            row = []
        row.append(match)
    yield row


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """From left to right, tried only where one may begin; the expression alone would try each character."""
    end = 0
    for first in _MAY_BEGIN.finditer(text):
        if first.start() >= end and (token := _TOKEN.match(text, first.start())):
            end = token.end()
            yield token


def _is_gap(text: str, start: int, end: int) -> bool:
    return end - start <= _LONGEST_GAP and _GAP.fullmatch(text, start, end) is not None


def _is_word(match: re.Match[str]) -> bool:
    return match.lastgroup in ("at_once", "english")


def _is_several(match: re.Match[str]) -> bool:
    """Or a digit that is said to come several times: 六个八 alone is a code where it is called one."""
    return _is_word(match) or match.lastgroup == "repeat"


def _told(match: re.Match[str]) -> _Told:
    said, kind = match[0], match.lastgroup
    if kind == "at_once":
        digits = str(_value(said))
    elif kind == "english":
        digits = _digits_of_english(said.lower())
    else:
        digits = repeated(said) if kind == "repeat" else DIGITS.get(said, said)
    return _Told(*match.span(), digits, _is_word(match))


def _value(said: str) -> int:
    """两百三十四 is 234, 一百零八 is 108, 一百三 is 130."""
    total, count, place = 0, 0, 1
    for char in said:
        if char in _PLACES:
            place = _PLACES[char]
            total += (count or 1) * place
            count = 0
        elif (digit := int(DIGITS.get(char, char))) == 0:
            place = 1
        else:
            count = digit
    return total + count * (place // 10 if place > 10 else 1)


def _digits_of_english(said: str) -> str:
    first, *others = re.findall("[a-z]+", said)
    if first in _TIMES:
        return str(_ENGLISH[others[0]]) * _TIMES[first]
    value = 0
    for word in (first, *others):
        value = value * _ROUND[word] if word in _ROUND else value + _ENGLISH.get(word, 0)
    return str(value)


def _numbers_of(text: str, row: Sequence[_Told]) -> Iterator[Sequence[_Told]]:
    """All of a row, or what begins and ends near the ends of its lines."""
    digits = "".join(told.digits for told in row)
    places = [0, *accumulate(len(told.digits) for told in row)]
    breaks = [0, *(at for at in range(1, len(row)) if "\n" in text[row[at - 1].end : row[at].start]), len(row)]
    starts = sorted({at + beside for at in breaks for beside in range(_MOST_BESIDE + 1)})
    ends = sorted({at - beside for at in breaks for beside in range(_MOST_BESIDE + 1)})
    done = 0
    for first in starts:
        if first < done:
            continue
        near = ends[bisect_right(ends, first) : bisect_right(ends, first + _MOST_TOKENS)]
        last, is_code = first, False
        for end in reversed(near):
            told, in_digits = row[first:end], digits[places[first] : places[end]]
            is_code = _is_code(text, told, in_digits)
            if is_code or (_is_number(text, told[-1].end, in_digits) and _is_one(text, told)):
                last = end
                break
        done = max(done, last)
        if is_code or any(told.is_word for told in row[first:last]):
            yield row[first:last]


def _readings(number: Sequence[_Told]) -> Iterator[Reading]:
    end = number[0].start
    for told in number:
        if end < told.start:
            yield Reading(end, told.start, " ")
        yield Reading(told.start, told.end, told.digits)
        end = told.end


def _is_number(text: str, end: int, digits: str) -> bool:
    """A mobile number or two, an identity number by its date of birth, a card by its issuer."""
    if len(digits) not in _LENGTHS:
        return False
    if _MOBILES.fullmatch(digits):
        return True
    is_as_long = len(digits) == 18 or (len(digits) == 17 and _X.match(text, end) is not None)
    if is_as_long and is_province(digits) and is_birth_date(digits[6:14]):
        return True
    return 16 <= len(digits) <= 19 and is_card_issuer(digits)


def _is_code(text: str, told: Sequence[_Told], digits: str) -> bool:
    """验证码是八十三六十二七十一: what it is stands before it, and nothing behind it is counted."""
    if not _SHORTEST_CODE <= len(digits) <= _LONGEST_CODE or _COUNTED.match(text, told[-1].end):
        return False
    start = told[0].start
    return _CODE.search(text[max(start - _NEAR, 0) : start].lower()) is not None


def _is_one(text: str, told: Sequence[_Told]) -> bool:
    """Whether it is read out as one number, and no list of prices that happens to have as many digits."""
    digits = "".join(each.digits for each in told)
    ends = {*accumulate(len(each.digits) for each in told)}
    if _MOBILES.fullmatch(digits) and any(
        found.end() - _BEHIND_ITS_NETWORK not in ends for found in _ONE_MOBILE.finditer(digits)
    ):
        return False
    start, end = told[0].start, told[-1].end
    if any(map(_is_no_list, told, told[1:])) or any(each.digits[0] == "0" for each in told):
        return True
    before, behind = text[max(start - _NEAR, 0) : start], text[end : end + _NEAR]
    line = before.rpartition("\n")[2] + behind.partition("\n")[0]
    return not any(map(str.isalnum, line)) or _NAME.search(before.lower()) is not None


def _is_no_list(one: _Told, next_one: _Told) -> bool:
    """二十三四五, one three: what is counted or costs something is told apart."""
    is_apart = one.end < next_one.start
    return not is_apart or (one.is_word and next_one.is_word and len(one.digits) == len(next_one.digits) == 1)
