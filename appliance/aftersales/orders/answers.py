"""What an answer means: done, not found, refused, not available, or unclear. Pure."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.paths import MISSING, Path, dig

_LONGEST_WORD = 64


class Meaning(StrEnum):
    DONE = "done"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    """Understood and declined; nothing was written."""
    UNAVAILABLE = "unavailable"
    """Surely nothing was written; later it may work."""
    UNCLEAR = "unclear"
    """Of a write: it may or may not be done."""


class Judgement(Record, frozen=True):
    meaning: Meaning
    word: str = ""
    """The order system's own error word, where it gave one."""


class Errors(Record, frozen=True):
    """How this order system says no. A word goes before a status."""

    code: Path | None = None
    words: dict[str, Meaning] = {}
    statuses: dict[int, Meaning] = {}
    success: Path | None = None
    """Where an answer with status 200 says whether it succeeded; None: the status says it."""
    success_words: frozenset[str] = frozenset()
    failure: Path | None = None
    """Where only an answer that failed, whatever its status, has something."""


def decode(content: bytes, *, exact: bool = True) -> Any:
    """JSON, or MISSING. ``exact`` keeps decimal numbers as they were written."""
    try:
        return (_exact if exact else _plain).decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
        return MISSING


def judge(errors: Errors, status: int, answer: Any) -> Judgement:
    if 200 <= status < 300 and answer is not MISSING and _succeeded(errors, answer):
        return Judgement(meaning=Meaning.DONE)
    word = as_written(dig(answer, errors.code)) if errors.code is not None else ""
    meaning = errors.words.get(word) or errors.statuses.get(status) or Meaning.UNCLEAR
    return Judgement(meaning=meaning, word=word if word in errors.words else "")


def _succeeded(errors: Errors, answer: Any) -> bool:
    if errors.failure is not None and dig(answer, errors.failure) not in (MISSING, None, "", False, [], {}):
        return False
    return errors.success is None or as_written(dig(answer, errors.success)) in errors.success_words


def as_written(value: Any) -> str:
    """Words are compared as text: ``0`` and ``"0"`` are the same, ``true`` is ``"true"``; other values are none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST_WORD] if isinstance(value, str | int) else ""


_exact = msgspec.json.Decoder(float_hook=Decimal)
_plain = msgspec.json.Decoder()
