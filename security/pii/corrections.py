"""The right digits after wrong ones: "…八三三幺幺，不对，末四位改成八八八二". What corrects a value is as personal."""

import re
import tomllib
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from security.pii.engine import Hit
from security.pii.model import PiiType
from security.pii.recogniser import digits

_WORDS = tomllib.loads(Path(__file__).with_name("spoken.toml").read_text(encoding="utf-8"))["corrections"]
_CORRECTION = re.compile(
    f"[^0-9]{{0,8}}(?:{'|'.join(_WORDS)})[^0-9]{{0,10}}(?P<part>[0-9]{digits('{2,18}')})(?![0-9A-Za-z])"
)
_SPELLED_IN_DIGITS = frozenset({PiiType.ID_CARD, PiiType.BANK_CARD, PiiType.PHONE, PiiType.OTP, PiiType.CVV})


def corrected_parts(text: str, hits: Sequence[Hit]) -> list[Hit]:
    """Further hits, each of the type of the hit before it. Hits come in order, without overlaps."""
    parts = []
    for hit, following in zip_longest(hits, hits[1:]):
        if hit.recogniser.type not in _SPELLED_IN_DIGITS:
            continue
        found = _CORRECTION.match(text, hit.end)
        if found and (following is None or found.end("part") <= following.start):
            parts.append(Hit(hit.recogniser, found.start("part"), found.end("part"), hit.score))
    return parts
