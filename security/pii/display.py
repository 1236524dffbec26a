"""What of a value somebody may see on a screen. Nobody sees more of an ID or card number than its last four."""

from enum import StrEnum
from typing import assert_never

from security.pii.mask import LABELS
from security.pii.model import LAST_FOUR_KEPT, NEVER_KEPT, PiiType


class Sight(StrEnum):
    """By role; who gets which is decided by ``security.access``."""

    TYPE = "type"
    """Auditors, reports: what it is, nothing of it."""
    PARTIAL = "partial"
    """People at the desk: enough to recognise it."""
    FULL = "full"
    """Somebody with a stated purpose, and a record of it."""


def displayed(type_: PiiType, value: str, sight: Sight) -> str:
    match sight:
        case Sight.TYPE:
            return f"⟨{LABELS[type_]}⟩"
        case Sight.PARTIAL:
            return partly(type_, value)
        case Sight.FULL:
            return value if type_ not in LAST_FOUR_KEPT | NEVER_KEPT else partly(type_, value)
        case _:
            assert_never(sight)


def partly(type_: PiiType, value: str) -> str:
    """``138****5678``, ``****1234``, ``张*``, ``l***@example.com``."""
    if type_ in NEVER_KEPT:
        return "****"
    if type_ in LAST_FOUR_KEPT:
        return f"****{value[-4:]}"
    if type_ is PiiType.EMAIL:
        local, at, domain = value.partition("@")
        return f"{local[:1]}***{at}{domain}"
    if type_ is PiiType.NAME:
        return f"{value[:1]}{'*' * max(len(value) - 1, 1)}"
    if type_ is PiiType.ADDRESS:
        return f"{value[:6]}****" if len(value) > 6 else "****"
    if len(value) >= 11:
        return f"{value[:3]}****{value[-4:]}"
    return f"****{value[-2:]}" if len(value) > 4 else "****"
