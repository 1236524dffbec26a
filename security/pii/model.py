"""What is looked for, and what was found."""

from enum import StrEnum

import msgspec

VOICE = "voice"
"""The channel of calls: what is said there was recognised, not written."""


class PiiType(StrEnum):
    ID_CARD = "ID_CARD"
    BANK_CARD = "BANK_CARD"
    PHONE = "PHONE"
    LANDLINE = "LANDLINE"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    EMAIL = "EMAIL"
    PLATE = "PLATE"
    PASSPORT = "PASSPORT"
    TRAVEL_PERMIT = "TRAVEL_PERMIT"
    USCC = "USCC"
    OTP = "OTP"
    CVV = "CVV"
    PASSWORD = "PASSWORD"  # noqa: S105 (the name of a type)
    WECHAT = "WECHAT"
    QQ = "QQ"
    IP = "IP"


NEVER_KEPT = frozenset({PiiType.OTP, PiiType.CVV, PiiType.PASSWORD})
"""Dropped where they are met: nothing of them is stored."""

LAST_FOUR_KEPT = frozenset({PiiType.ID_CARD, PiiType.BANK_CARD, PiiType.PASSPORT, PiiType.TRAVEL_PERMIT})
"""Type and last four characters stay, sealed; never the whole."""

KEPT_FOR_A_PURPOSE = frozenset({PiiType.PLATE, PiiType.WECHAT, PiiType.QQ, PiiType.IP})
"""No flow needs them: known again, but of the value nothing is stored unless a shop declares what for."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Offsets are code points of the original text."""

    type: PiiType
    start: int
    end: int
    value: str
    """As it was written or spoken."""
    normalised: str
    """In one spelling: ASCII digits, no separators, no country code."""
    score: float


class MaskedNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A value that stands masked in a text, at these offsets."""

    type: PiiType
    start: int
    end: int
    normalised: str
    """As much of it as is kept: the whole, its last four characters, or nothing."""
