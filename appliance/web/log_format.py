"""One JSON object a line: a static event name, and values. What may be personal is dropped here, whoever logged it.

Left out are everything under ``pii`` and the messages of exceptions (they may quote what a customer wrote); of a
traceback stay places and the exception's type.
"""

import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

import msgspec

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_DROPPED: Final = frozenset({"pii"})
_CHATTERERS: Final = ("uvicorn.error", "httpx", "httpcore")
"""They tell of every connection."""

_encode = msgspec.json.Encoder(enc_hook=lambda value: type(value).__name__).encode


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        given = vars(record)
        line.update({key: value for key, value in given.items() if key not in _STANDARD and key not in _DROPPED})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__qualname__
            line["trace"] = _places(record.exc_info[2])
        return _encode(line).decode()


def install(level: int = logging.INFO) -> None:
    """Make this the form of everything that this process logs."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTERERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def _event(record: logging.LogRecord) -> str:
    """Ours log static names. Foreign libraries fill values into sentences: of those only the sentence is kept."""
    return str(record.msg)


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
