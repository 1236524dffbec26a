"""What of a value somebody may see on a screen. Nobody sees more of an ID or card number than its last four."""

import re
from enum import StrEnum
from typing import Final, assert_never

from security.pii.addresses.parts import Kind, parts_from
from security.pii.mask import LABELS
from security.pii.model import LAST_FOUR_KEPT, NEVER_KEPT, PiiType

_DIVISION: Final = re.compile("[省市旗县縣]$|(?<![小社园園校厂廠院街片库庫])[区區]$")
"""How a province, city, district or county ends; housing estates and campuses end alike."""
_DISTRICT: Final = tuple("旗县縣区區")
"""Nothing that is shown comes after it."""
_FOUR_NUMBERS: Final = 4


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
    """``138****5678``, ``****1234``, ``张*``, ``l***@example.com``, ``朝阳区****``, ``192.168.*.*``."""
    if type_ in NEVER_KEPT:
        return "****"
    if type_ in LAST_FOUR_KEPT:
        return f"****{value[-4:]}"
    if type_ is PiiType.EMAIL:
        local, at, domain = value.partition("@")
        return f"{local[:1] if len(local) > 2 else ''}***{at}{domain}"
    if type_ is PiiType.NAME:
        return f"{value[:1]}{'*' * max(len(value) - 1, 1)}"
    if type_ is PiiType.ADDRESS:
        return f"{value[: _end_of_district(value)]}****"
    if type_ is PiiType.IP:
        numbers = value.split(".")
        return f"{numbers[0]}.{numbers[1]}.*.*" if len(numbers) == _FOUR_NUMBERS else "****"
    if len(value) >= 11:
        return f"{value[:3]}****{value[-4:]}"
    return f"****{value[-2:]}" if len(value) > 4 else "****"


def _end_of_district(address: str) -> int:
    """Where the provinces, cities and districts that it begins with end; 0 where it begins with none."""
    end = 0
    for part in parts_from(address, 0, is_told=True):
        text = address[part.start : part.end]
        if part.kind is not Kind.AREA or not _DIVISION.search(text):
            break
        end = part.end
        if text.endswith(_DISTRICT):
            break
    return end
