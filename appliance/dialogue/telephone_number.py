"""Numbers at which somebody can be called, as written here: a mobile's, or an area code with a landline. Pure."""

import re
from typing import Final

from security.pii.masker import Fact
from security.pii.model import PiiType

_COUNTRY: Final = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$|0?[1-9]\d{9,10}$)")
_MOBILE: Final = re.compile(r"0?(1[3-9]\d{9})")
_LANDLINE: Final = re.compile(r"0[1-9]\d{8,10}")


def read(text: str) -> Fact | None:
    """None of what is withheld, of an extension, of a number that is cut short."""
    digits = _COUNTRY.sub("", re.sub(r"[\s\-()（）－—]", "", text))
    if mobile := _MOBILE.fullmatch(digits):
        return Fact(mobile[1], PiiType.PHONE)
    return Fact(digits, PiiType.LANDLINE) if _LANDLINE.fullmatch(digits) else None
