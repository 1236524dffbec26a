"""The processes' logs, a page at a time, masked: what is shown, and what is looked for, is never the line itself.

The formatter lets no words of a customer into a log (``web.log_format``). Lines of others (PostgreSQL, a traceback of
the interpreter) are not ours, so every line is masked again on its way out; a search looks at what is shown, so that
nobody can ask a log for a number.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from appliance.errors import NotFound

MOST_BYTES: Final = 256 * 1024
"""That one look reads."""
MOST_LINES: Final = 200
"""That one look masks: some milliseconds each, in a thread."""
LONGEST_LINE: Final = 4_000
_CUT_OFF: Final = 80
"""Characters at the end of a line that was cut: half a number is nothing that the masking knows."""
_PLACES: Final = frozenset({"at", "level", "logger", "event"})

Mask = Callable[[str], str]


class Level(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


_ORDER: Final = tuple(Level)
_OF_POSTGRES: Final = {
    "LOG": Level.INFO,
    "NOTICE": Level.INFO,
    "WARNING": Level.WARNING,
    "ERROR": Level.ERROR,
    "FATAL": Level.ERROR,
    "PANIC": Level.CRITICAL,
}


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    """Of the process."""
    bytes: int
    changed_at: datetime


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    """As the line has it; empty where it has none."""
    level: Level
    text: str
    """Masked."""


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. ``cursor`` is None where the log has nothing older; a page may be empty and still have one."""

    lines: tuple[LogLine, ...]
    cursor: int | None


class NewLines(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest first. ``end``: to ask with next time."""

    lines: tuple[LogLine, ...]
    end: int
    has_gap: bool
    """More came than one look reads: the newest are here."""


class Wanted(NamedTuple):
    level: Level
    """And worse."""
    search: str
    """In the masked text, whatever its case."""


class _Raw(NamedTuple):
    begin: int
    content: bytes


class Logs:
    def __init__(self, state_dir: Path, mask: Mask) -> None:
        self._folder = state_dir / "log"
        self._mask = mask

    def files(self) -> list[LogFile]:
        return [_file(path) for path in sorted(self._folder.glob("*.log"))]

    async def page(self, name: str, wanted: Wanted, before: int | None, limit: int) -> LogPage:
        """NotFound for a process that has no log."""
        return await asyncio.to_thread(self._page, self._path(name), wanted, before, limit)

    async def new(self, name: str, wanted: Wanted, after: int) -> NewLines:
        return await asyncio.to_thread(self._new, self._path(name), wanted, after)

    def _path(self, name: str) -> Path:
        for path in self._folder.glob("*.log"):
            if path.stem == name:
                return path
        raise NotFound("no process of that name has a log")

    def _page(self, path: Path, wanted: Wanted, before: int | None, limit: int) -> LogPage:
        end = path.stat().st_size if before is None else before
        raws = _read_back(path, end)
        shown: list[LogLine] = []
        reached = max(0, end - MOST_BYTES)
        for raw in reversed(raws[-MOST_LINES:]):
            reached = raw.begin
            if line := self._shown(raw.content, wanted):
                shown.append(line)
            if len(shown) == limit:
                break
        return LogPage(lines=tuple(shown), cursor=reached or None)

    def _new(self, path: Path, wanted: Wanted, after: int) -> NewLines:
        """A file that was cut in the meantime begins anew."""
        size = path.stat().st_size
        begin = after if after <= size else 0
        raws = [raw for raw in _read_back(path, size) if raw.begin >= begin]
        kept = raws[-MOST_LINES:]
        lines = (self._shown(raw.content, wanted) for raw in kept)
        return NewLines(
            lines=tuple(filter(None, lines)),
            end=_end(raws, begin),
            has_gap=bool(kept) and kept[0].begin > begin,
        )

    def _shown(self, content: bytes, wanted: Wanted) -> LogLine | None:
        line = _read(content)
        if _ORDER.index(line.level) < _ORDER.index(wanted.level):
            return None
        text = self._masked(line.text)
        if wanted.search and wanted.search.casefold() not in text.casefold():
            return None
        return msgspec.structs.replace(line, text=text)

    def _masked(self, text: str) -> str:
        if len(text) <= LONGEST_LINE:
            return self._mask(text)
        return self._mask(text[:LONGEST_LINE])[:-_CUT_OFF] + "…"


def _file(path: Path) -> LogFile:
    found = path.stat()
    return LogFile(name=path.stem, bytes=found.st_size, changed_at=datetime.fromtimestamp(found.st_mtime, UTC))


def _read_back(path: Path, end: int) -> Sequence[_Raw]:
    """The whole lines that end there, the oldest first, as many as one look reads."""
    begin = max(0, end - MOST_BYTES)
    with path.open("rb") as file:
        file.seek(begin)
        content = file.read(end - begin)
    return list(_lines(content, begin))


def _lines(content: bytes, begin: int) -> Iterator[_Raw]:
    place = begin
    *whole, _ = content.split(b"\n")
    for number, part in enumerate(whole):
        if number or not begin:
            yield _Raw(place, part)
        place += len(part) + 1


def _end(raws: Sequence[_Raw], otherwise: int) -> int:
    """A line that is only half written is read when it is whole."""
    return raws[-1].begin + len(raws[-1].content) + 1 if raws else otherwise


def _read(content: bytes) -> LogLine:
    text = content.decode(errors="replace")
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return _foreign(text)
    return _own(found) if isinstance(found, dict) and "event" in found else _foreign(text)


def _own(found: dict[str, Any]) -> LogLine:
    """Of ``web.log_format``: when and how bad it was, then what happened and its values."""
    values = (f"{name}={_plain(value)}" for name, value in found.items() if name not in _PLACES)
    level = str(found.get("level", ""))
    return LogLine(
        at=str(found.get("at", "")),
        level=Level(level) if level in _ORDER else Level.INFO,
        text=" ".join([str(found["event"]), *values, f"({found.get('logger', '')})"]),
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _foreign(text: str) -> LogLine:
    """Of PostgreSQL, by ``log_line_prefix``: date, time, zone, [process], then its level; or of nobody's form."""
    words = text.split(maxsplit=6)
    named = next((word.rstrip(":") for word in words[3:6] if word.rstrip(":") in _OF_POSTGRES), "")
    is_dated = bool(named) and words[0][:4].isdigit()
    return LogLine(
        at="T".join(words[:2]) + "Z" if is_dated else "",
        level=_OF_POSTGRES.get(named, Level.INFO),
        text=" ".join(words[3:]) if is_dated else text,
    )
