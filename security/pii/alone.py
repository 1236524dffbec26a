"""A password or a code that is the whole answer: nothing around it says what it is, but the question did."""

import re
from collections.abc import Iterator

from security.pii.engine import Hit
from security.pii.model import PiiType
from security.pii.recognisers.passwords import NO_TALK, PASSWORD
from security.pii.recognisers.secrets import OTP

_LEAD = r"\s*(?:(?:应该|好像|就|那)?是|我的是|:)?\s*"
_END = r"\s*(?:这个|吧|啊|呀|哦)?[\s。.!,]*"
_WORD = re.compile(rf"{_LEAD}([!-~]{{4,32}}?){_END}")
_CHINESE = re.compile(rf"{_LEAD}((?=[\u4e00-\u9fff]{{0,15}}[0-9A-Za-z])(?:{NO_TALK}|[0-9A-Za-z]){{5,24}}?){_END}")
_CODE = re.compile(rf"{_LEAD}((?=[A-Za-z]{{0,7}}[0-9])[0-9A-Za-z]{{4,8}}){_END}")
_SURE = 1.0


def secrets_alone(text: str, expected: frozenset[str]) -> Iterator[Hit]:
    """One word of letters, digits and signs, or of Chinese with some of them, where it was asked for."""
    if PiiType.PASSWORD in expected and (found := _WORD.fullmatch(text) or _CHINESE.fullmatch(text)):
        yield Hit(PASSWORD, *found.span(1), _SURE)
    elif PiiType.OTP in expected and (found := _CODE.fullmatch(text)):
        yield Hit(OTP, *found.span(1), _SURE)
