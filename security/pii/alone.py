"""A password or a code that is the whole answer: nothing around it says what it is, but the question did."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from security.pii.model import PiiType
from security.pii.recognisers.passwords import NO_ANSWER, NO_TALK, PASSWORD
from security.pii.recognisers.secrets import OTP

if TYPE_CHECKING:
    from security.pii.engine import Hit

_LEAD = r"\s*(?:(?:应该|好像|就|那)?是|我的是|:)?\s*"
_END = r"\s*(?:这个|吧|啊|呀|哦)?[\s。.!,]*"
_WORD = re.compile(rf"{_LEAD}([!-~]{{4,32}}?){_END}")
_CHINESE = re.compile(rf"{_LEAD}((?=[\u4e00-\u9fff]{{0,15}}[0-9A-Za-z])(?:{NO_TALK}|[0-9A-Za-z]){{5,24}}?){_END}")
_CODE = re.compile(rf"{_LEAD}((?=[A-Za-z]{{0,7}}[0-9])[0-9A-Za-z]{{4,8}}){_END}")
_PURE = re.compile(rf"{_LEAD}({NO_ANSWER}[\u4e00-\u9fff]{{4,16}}?){_END}")
_LONGEST = 64
_SURE = 1.0


def may_be_secret(text: str) -> bool:
    """Whether it would be a password or a code, had it been asked for. Cheap."""
    return _match(text, _WORD, _CHINESE, _PURE, _CODE) is not None


def secrets_alone(text: str, expected: frozenset[str]) -> "Iterator[Hit]":
    """One word of letters, digits and signs, or of Chinese, where it was asked for."""
    from security.pii.engine import Hit

    if PiiType.PASSWORD in expected and (found := _match(text, _WORD, _CHINESE, _PURE)):
        yield Hit(PASSWORD, *found.span(1), _SURE)
    elif PiiType.OTP in expected and (found := _match(text, _CODE)):
        yield Hit(OTP, *found.span(1), _SURE)


def _match(text: str, *shapes: re.Pattern[str]) -> re.Match[str] | None:
    """The first that all of the text is. Spaces around it are left out before: two expressions for them would try all
    ways to share them."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if not 0 < end - start <= _LONGEST:
        return None
    return next((found for shape in shapes if (found := shape.fullmatch(text, start, end))), None)
