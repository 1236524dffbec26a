"""A card's security code behind its last day: "6222… 12/27 123". Printed beside them, it is told without its name."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from security.pii.confidence import is_counted
from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, VALUE
from security.pii.recognisers.secrets import CVV

if TYPE_CHECKING:
    from security.pii.engine import Hit

_SIGNS = r"[\s,，。;、/|:\-]{0,3}"
_MONTH = "(?:0[1-9]|1[0-2])"
_YEAR = "(?:20)?[2-4][0-9]"
_NAME = rf"(?:(?:有效期限?|到期日?|valid(?: thru)?|expiry|exp)(?:到|至|是|为)?{_SIGNS})?"
_LAST_DAY = rf"(?:{_MONTH}\s?[/.\-年 ]?\s?{_YEAR}|{_YEAR}\s?[/.\-年]\s?{_MONTH})\s?月?(?![0-9])"
_BEHIND_CARD = re.compile(
    rf"{_SIGNS}{_NAME}{_LAST_DAY}[\s,，。;、/|:\-]{{1,3}}(?P<{VALUE}>[0-9]{{3,4}}){NO_WORD_AFTER}", re.IGNORECASE
)
_SURE = 1.0


def codes_behind_cards(text: str, hits: Sequence["Hit"]) -> "Iterator[Hit]":
    """Not what counts something: an amount may stand there as well."""
    for hit in hits:
        code = _BEHIND_CARD.match(text, hit.end) if hit.recogniser.type is PiiType.BANK_CARD else None
        if code is not None and not is_counted(text, *code.span(VALUE)):
            yield hit._replace(recogniser=CVV, start=code.start(VALUE), end=code.end(VALUE), score=_SURE, whole=None)
