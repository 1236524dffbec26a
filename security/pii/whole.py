"""Values whose type somebody else says: a field of an order, a row of the vault. Nothing has to be found in them."""

import re

from security.pii.model import Finding, PiiType
from security.pii.recognisers import ALL
from security.pii.view import view_of

_NORMALISE = {recogniser.type: recogniser.normalise for recogniser in ALL}
_MOBILE = re.compile("1[3-9][0-9]{9}").fullmatch
_LEAST = {PiiType.PHONE: 7, PiiType.LANDLINE: 7}
_LEAST_ANY = 2
_HIDDEN = frozenset("*＊")  # what a system that masks for itself puts in the place of characters


def normalised(type_: PiiType, value: str) -> str:
    """In the one spelling of its type."""
    return _NORMALISE[type_](view_of(value).text)


def whole(type_: PiiType, text: str) -> Finding | None:
    """All of the text as one value; None where it is too short for one, or hidden by whoever keeps it."""
    spelled = normalised(type_, text)
    if type_ is PiiType.PHONE and not _MOBILE(spelled):
        type_ = PiiType.LANDLINE
        spelled = normalised(type_, text)
    if len(spelled) < _LEAST.get(type_, _LEAST_ANY) or _HIDDEN & set(text):
        return None
    return Finding(type=type_, start=0, end=len(text), value=text, normalised=spelled, score=1.0)
