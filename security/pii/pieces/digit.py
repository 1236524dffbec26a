"""One digit of a number that is told anew: "最后一位不是8是6", "第四位应该是7". Pure; it looks a few words behind."""

import re
from collections.abc import Iterator

from security.pii.confidence import is_called_otherwise
from security.pii.engine import Hit
from security.pii.model import PiiType
from security.pii.vocabulary import one_of, tables, words

_WORDS = tables(__file__, "digit.toml")
_VALUES = dict(zip("零〇洞一幺二两三四五六七拐八九勾叉x×", "0001122345677899XXX", strict=True))
_COUNTS = dict(zip("一二两三四五六七八九十", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))

_UNIT = "(?:[位个個](?:数字?|数|字)?)"
_PLACE = (
    rf"(?:(?P<from_end>倒数|倒數)第?|第)(?P<nth>[0-9]{{1,2}}|[{''.join(_COUNTS)}]){_UNIT}"
    rf"|(?P<last>{one_of(words(_WORDS['last']))})(?:的?(?:一|1|那一?|这一?)?{_UNIT})?"
    rf"|(?P<first>{one_of(words(_WORDS['first']))})(?:的?(?:一|1|那一?|这一?)?{_UNIT})?"
)
_SAYS = rf"(?:{one_of(words(_WORDS['says']))}|[\s,，。.:：;；!！]){{0,6}}"
_DIGIT = f"[0-9{''.join(_VALUES)}]"
_END = rf"(?=$|[\s,，。.;；!！?？'\"”」]|{one_of(words(_WORDS['behind']))})"
_TOLD = re.compile(rf"(?:{_PLACE}){_SAYS}(?P<one>{_DIGIT}){_END}(?:{_SAYS}(?P<two>{_DIGIT}){_END})?", re.IGNORECASE)
_MAY_BE_TOLD = re.compile("[位个個末尾后後结首头面]")
"""Of every place that is named."""
_ANY_DIGIT = re.compile("[0-9]")
_FARTHEST = 20
_LONGEST = 40


def one_digit_told_anew(text: str, hit: Hit, whole: str) -> Iterator[Hit]:
    """The digit that was wrong, if it is named, and the one in its place. `whole`: what is known of the number."""
    if _MAY_BE_TOLD.search(text, hit.end, hit.end + _FARTHEST + _LONGEST) is None:
        return
    found = _TOLD.search(text, hit.end, hit.end + _FARTHEST + _LONGEST)
    if found is None or found.start() > hit.end + _FARTHEST or _ANY_DIGIT.search(text, hit.end, found.start()):
        return
    told = [name for name in ("one", "two") if found[name]]
    digits = [_VALUES.get(found[name].lower(), found[name]) for name in told]
    if ("X" in digits and hit.recogniser.type is not PiiType.ID_CARD) or is_called_otherwise(
        hit.recogniser, text, found.start("one"), found.end(told[-1])
    ):
        return
    corrected = _with(whole, _place(found), digits)
    for name, digit in zip(told, digits, strict=True):
        is_old = whole[_place(found) :][:1] == digit
        yield Hit(hit.recogniser, *found.span(name), hit.score, whole if is_old else corrected)


def _place(found: re.Match[str]) -> int:
    """As Python counts: from the end, it is negative."""
    if found["first"]:
        return 0
    if found["last"]:
        return -1
    nth = _COUNTS.get(found["nth"]) or int(found["nth"])
    return -nth if found["from_end"] else nth - 1


def _with(whole: str, place: int, digits: list[str]) -> str:
    """With the one of the digits that does not stand there already. Of a number of which less is kept: as it is."""
    if not -len(whole) <= place < len(whole):
        return whole
    place %= len(whole)
    new = next((digit for digit in reversed(digits) if digit != whole[place]), whole[place])
    return whole[:place] + new + whole[place + 1 :]
