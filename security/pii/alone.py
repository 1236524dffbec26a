"""A password that is the whole answer: nothing around it says what it is, but the question did."""

import re
from collections.abc import Iterator

from security.pii.engine import Hit
from security.pii.model import PiiType
from security.pii.recognisers.secrets import PASSWORD

_ALONE = re.compile(r"\s*([!-~]{4,32})[\s。.!]*")
_SURE = 1.0


def secrets_alone(text: str, expected: frozenset[str]) -> Iterator[Hit]:
    """One word of letters, digits and signs, where a password was asked for."""
    if PiiType.PASSWORD in expected and (found := _ALONE.fullmatch(text)):
        yield Hit(PASSWORD, *found.span(1), _SURE)
