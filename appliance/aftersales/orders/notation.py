"""How an order system writes amounts, times and words, and how each is turned into ours and back. Pure and exact."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from appliance.aftersales.orders.model import Record

_MOST_FEN = 10**14
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")
EVERY_OTHER = "*"


class NotReadable(Exception):
    """A value of an answer does not fit. Carries the field and what was expected, never the value."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.field = ""

    def within(self, name: str) -> "NotReadable":
        separator = "" if not self.field or self.field.startswith("[") else "."
        self.field = f"{name}{separator}{self.field}"
        return self

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}" if self.field else f"expected {self.expected}"


class Money(StrEnum):
    FEN = "fen"
    YUAN = "yuan"
    """Text or number with at most two decimals."""
    YUAN_NUMBER = "yuan_number"
    """As ``yuan``; written as a JSON number."""


class Clockwork(Record, frozen=True):
    """``iso8601``, ``epoch_s``, ``epoch_ms``, or a strptime format. Times without an offset are in ``zone``."""

    format: str
    zone: ZoneInfo

    def read(self, value: Any) -> datetime:
        try:
            match self.format:
                case "epoch_s" | "epoch_ms":
                    if not isinstance(value, int) or isinstance(value, bool):
                        raise NotReadable(f"a whole number ({self.format})")
                    return datetime.fromtimestamp(value / (1000 if self.format == "epoch_ms" else 1), UTC)
                case _ if not isinstance(value, str) or len(value) > 64:
                    raise NotReadable(f"a time as text ({self.format})")
                case "iso8601":
                    at = datetime.fromisoformat(value)
                case _:
                    at = datetime.strptime(value, self.format)  # noqa: DTZ007
            return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise NotReadable(f"a time ({self.format})") from error


class Vocabulary(Record, frozen=True):
    name: str
    ours: Mapping[str | int | bool, str]
    """By the order system's word."""
    theirs: Mapping[str, str | int | bool]
    """By our word; where several of theirs mean the same, the first."""
    every_other: str | None = None
    """What all their other words mean; None: an unknown word is an error."""

    def read(self, value: Any) -> str:
        if not isinstance(value, str | int):
            raise NotReadable(f"a word of {self.name}")
        ours = self.ours.get(value, self.every_other)
        if ours is None:
            raise NotReadable(f"a word of {self.name}")
        return ours

    def write(self, word: str) -> str | int | bool:
        return self.theirs[word]


def read_money(money: Money) -> Callable[[Any], int]:
    return _read_fen if money is Money.FEN else _read_yuan


def _read_fen(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_FEN:
        raise NotReadable("an amount in fen")
    return value


def _read_yuan(value: Any) -> int:
    """Exact: what is no whole number of fen is refused, never rounded."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or not _AMOUNT.fullmatch(str(value)):
        raise NotReadable("an amount in yuan")
    fen = Decimal(value) * 100
    if fen != int(fen) or fen > _MOST_FEN:
        raise NotReadable("an amount in yuan, in whole fen")
    return int(fen)


def write_money(money: Money) -> Callable[[int], Any]:
    match money:
        case Money.FEN:
            return int
        case Money.YUAN:
            return _yuan_text
        case Money.YUAN_NUMBER:
            return lambda fen: msgspec.Raw(_yuan_text(fen).encode())


def _yuan_text(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"
