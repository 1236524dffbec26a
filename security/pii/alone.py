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
_SURE = 1.0


def may_be_secret(text: str) -> bool:
    """Whether it would be a password or a code, had it been asked for. Cheap."""
    return _word(text) is not None or _CODE.fullmatch(text) is not None


def secrets_alone(text: str, expected: frozenset[str]) -> "Iterator[Hit]":
    """One word of letters, digits and signs, or of Chinese, where it was asked for."""
    from security.pii.engine import Hit

    if PiiType.PASSWORD in expected and (found := _word(text)):
        yield Hit(PASSWORD, *found.span(1), _SURE)
    elif PiiType.OTP in expected and (found := _CODE.fullmatch(text)):
        yield Hit(OTP, *found.span(1), _SURE)


def _word(text: str) -> re.Match[str] | None:
    return _WORD.fullmatch(text) or _CHINESE.fullmatch(text) or _PURE.fullmatch(text)
