"""How an order system writes amounts, times and words, and how each is turned into ours and back. Pure and exact.

What could mean two things is refused: a fraction of a fen, seconds that look like milliseconds, an hour that a clock
passed twice.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from appliance.aftersales.orders.model import Record

_MOST_FEN = 10**14
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")
_DIGITS = re.compile(r"[0-9]{1,16}")
_WHOLE = re.compile(r"-?[0-9]{1,16}(\.0{1,8})?")
_A_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH_FROM_S, _EPOCH_UNTIL_S = 631_152_000, 7_258_118_400
"""1990 to 2200: outside of it one was taken for the other of seconds and milliseconds."""
_MOST_INTEGER = 2**53
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
    FEN_TEXT = "fen_text"
    """Whole fen in quotes."""
    LI = "li"
    """A whole number of thousandths of a yuan, of which ten make a fen."""
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
                    return self._of_epoch(value)
                case _ if not isinstance(value, str) or len(value) > 64:
                    raise NotReadable(f"a time as text ({self.format})")
                case "iso8601":
                    if not _A_DATE.match(value):
                        raise NotReadable("a time (iso8601)")
                    at = datetime.fromisoformat(value)
                case _:
                    at = datetime.strptime(value, self.format)  # noqa: DTZ007
            return self._placed(at).astimezone(UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise NotReadable(f"a time ({self.format})") from error

    def write(self, at: datetime) -> str:
        match self.format:
            case "epoch_s":
                return str(int(at.timestamp()))
            case "epoch_ms":
                return str((at - _EPOCH) // timedelta(milliseconds=1))
            case "iso8601":
                return at.astimezone(self.zone).isoformat()
            case _:
                return at.astimezone(self.zone).strftime(self.format)

    def _of_epoch(self, value: Any) -> datetime:
        """A number, or its digits as text."""
        is_digits = isinstance(value, str) and _DIGITS.fullmatch(value)
        if not is_digits and (not isinstance(value, int) or isinstance(value, bool)):
            raise NotReadable(f"a whole number ({self.format})")
        unit = timedelta(milliseconds=1) if self.format == "epoch_ms" else timedelta(seconds=1)
        at = _EPOCH + int(value) * unit
        if not _EPOCH_FROM_S <= at.timestamp() < _EPOCH_UNTIL_S:
            raise NotReadable(f"a time between 1990 and 2200 ({self.format}; the other of epoch_s and epoch_ms?)")
        return at

    def _placed(self, at: datetime) -> datetime:
        """A time without an offset is one of ``zone``'s, if that zone had it, and had it once."""
        if at.tzinfo is not None:
            return at
        first, second = at.replace(tzinfo=self.zone), at.replace(tzinfo=self.zone, fold=1)
        if first.utcoffset() != second.utcoffset():
            raise NotReadable(f"a time that {self.zone.key} had once, or one with its offset")
        return first


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
    match money:
        case Money.FEN:
            return _read_fen
        case Money.FEN_TEXT:
            return _read_fen_text
        case Money.LI:
            return _read_li
        case Money.YUAN | Money.YUAN_NUMBER:
            return _read_yuan


def _read_fen(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_FEN:
        raise NotReadable("an amount in fen")
    return value


def _read_fen_text(value: Any) -> int:
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        raise NotReadable("an amount in fen, as text")
    return _read_fen(int(value))


def _read_li(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value % 10:
        raise NotReadable("an amount in li, in whole fen")
    return _read_fen(value // 10)


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
        case Money.FEN_TEXT:
            return str
        case Money.LI:
            return lambda fen: fen * 10
        case Money.YUAN:
            return _yuan_text
        case Money.YUAN_NUMBER:
            return lambda fen: msgspec.Raw(_yuan_text(fen).encode())


def _yuan_text(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"


def read_integer(value: Any) -> int:
    """A JSON number without a fraction."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MOST_INTEGER:
        raise NotReadable("a whole number")
    return value


def read_written_integer(value: Any) -> int:
    """Also ``"2"``, ``"2.0000"`` and ``2.0``, as systems that keep quantities as decimals write them."""
    if isinstance(value, str | Decimal) and _WHOLE.fullmatch(str(value)):
        value = int(Decimal(value))
    return read_integer(value)
