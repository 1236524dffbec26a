"""One JSON object a line: a static event name, and values. What may be personal is dropped here, whoever logged it.

Left out are everything under ``pii`` and the messages of exceptions (they may quote what a customer wrote); of a
traceback stay places and the exception's type, of a warning its place and type. The line is ASCII: whatever a value
holds, it begins no line of its own and tells a terminal nothing.
"""

import json
import logging
import traceback
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

import msgspec

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_DROPPED: Final = frozenset({"pii"})
_CHATTERERS: Final = ("uvicorn.error", "httpx", "httpcore", "presidio-analyzer")
"""They tell of every connection, of every recogniser that they load."""

_warnings = logging.getLogger("py.warnings")


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
        if errors := _errors_among(record.args):
            line["error"] = errors[0]
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__qualname__
            line["trace"] = _places(record.exc_info[2])
        return _in_ascii(line)


def _in_ascii(line: dict[str, Any]) -> str:
    plain = msgspec.to_builtins(line, str_keys=True, enc_hook=lambda value: type(value).__name__)
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":")).replace("\x7f", "\\u007f")


def install(level: int = logging.INFO) -> None:
    """Make this the form of everything that this process logs."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTERERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.showwarning = _log_warning


def _event(record: logging.LogRecord) -> str:
    """Ours log static names. Foreign libraries fill values into sentences: of those only the sentence is kept."""
    return str(record.msg)


def _errors_among(args: Any) -> list[str]:
    """The types of errors that a foreign sentence was to be filled with: its reason, and nobody's data."""
    values = args.values() if isinstance(args, Mapping) else args or ()
    return [type(value).__qualname__ for value in values if isinstance(value, BaseException)]


def _log_warning(
    message: Warning | str,  # noqa: ARG001 - the hook's signature; it may hold anybody's words
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Python would write it as text, with the line of code that gave it."""
    place = f"{filename}:{lineno}"
    _warnings.warning("python.warning", extra={"warning": category.__qualname__, "place": place})


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
