"""Passports and travel permits: letters and digits as they are issued, bare digits only where a word names them."""

import re

from security.pii.model import PiiType
from security.pii.recogniser import GAP, NO_WORD_AFTER, Recogniser, digits, letters_and_digits

_FIRST = f"(?-i:[0-9A-Za-z])(?<![0-9A-Za-z].)(?:(?<=[0-9])|(?<=[A-Z])[A-Z]?{GAP}[0-9])"
"""Up to two letters, and the first digit. What begins with one of them is looked for quickly."""
_CHINESE_PASSPORT = re.compile(r"E[A-HJ-NP-Z][0-9]{7}|[EG][0-9]{8}")
_OTHER_PASSPORT = re.compile(r"[DSPKH][EA]?[0-9]{7,8}|MA[0-9]{7}|MB[0-9]{7}|14[0-9]{7}|15[0-9]{7}")
_PERMIT = re.compile(r"[HM][0-9]{10}|[HMCWLT][0-9]{8}|C[A-Z][0-9]{7}")


def _worth_of_passport(value: str) -> float:
    if _CHINESE_PASSPORT.fullmatch(value):
        return 0.5
    return 0.3 if _OTHER_PASSPORT.fullmatch(value) else 0.05


def _worth_of_permit(value: str) -> float:
    if _PERMIT.fullmatch(value):
        return 0.35
    return 0.1 if len(value) in {8, 10} and value.isdigit() else 0.0


PASSPORT = Recogniser(
    type=PiiType.PASSPORT,
    shapes=(f"{_FIRST}{digits('{6,8}')}{NO_WORD_AFTER}",),
    least_digits=7,
    worth=_worth_of_passport,
    normalise=letters_and_digits,
)

TRAVEL_PERMIT = Recogniser(
    type=PiiType.TRAVEL_PERMIT,
    shapes=(f"{_FIRST}{digits('{6,9}')}{NO_WORD_AFTER}",),
    least_digits=7,
    needs_name=True,
    worth=_worth_of_permit,
    normalise=letters_and_digits,
)
