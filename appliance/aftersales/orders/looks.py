"""What a mapping finds in an order system's own rows, field by field, for whoever tries it. Pure.

Values are shown by their shape only: letters as x, characters as 字, digits as 9. A word that a vocabulary does not
know is shown where it looks like a word of a program, since without it nobody could add it.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.notation import NotReadable
from appliance.aftersales.orders.paths import MISSING
from appliance.aftersales.orders.reading import ListReader, RecordReader

_LONGEST_SHAPE: Final = 24
_A_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_./-]{0,39}|[0-9]{1,4}")
_MOST_WORDS: Final = 8
_OF_A_VOCABULARY: Final = "a word of "


class FieldSeen(Record, frozen=True):
    name: str
    state: str
    """``filled``, ``empty``, ``unreadable`` or ``not mapped``."""
    type: str | None = None
    """What it is in the answer: ``text``, ``number`` …"""
    shape: str | None = None
    expected: str | None = None
    """Of what is unreadable."""
    unknown_words: tuple[str, ...] = ()


def looked(reader: RecordReader, rows: Iterable[Any], prefix: str = "") -> tuple[FieldSeen, ...]:
    """Every field of the record and of the records in it."""
    objects = [row for row in rows if isinstance(row, dict)]
    seen: list[FieldSeen] = []
    mapped = {field.name: field for field in reader.fields}
    for name in reader.kind.__struct_fields__:
        if name not in mapped:
            seen.append(FieldSeen(name=prefix + name, state="not mapped"))
            continue
        seen += _looked(mapped[name], objects, prefix)
    return tuple(seen)


def _looked(field: Any, rows: list[dict[str, Any]], prefix: str) -> Iterable[FieldSeen]:
    raws, problem = [], None
    for row in rows:
        try:
            raw = field.source(row)
        except NotReadable as error:
            problem = error.expected
            continue
        if raw is not MISSING:
            raws.append(raw)
    inner = _inner(field.read)
    if inner is None:
        yield _plain(field, raws, prefix, problem)
        return
    entries = [each for raw in raws for each in (raw if isinstance(raw, list) else [raw])]
    wrong = [raw for raw in entries if not isinstance(raw, dict)]
    state = "unreadable" if wrong else "filled" if entries else "empty"
    yield FieldSeen(name=prefix + field.name, state=state, expected="objects" if wrong else None)
    if entries:
        yield from looked(inner, entries, f"{prefix}{field.name}.")


def _plain(field: Any, raws: list[Any], prefix: str, problem: str | None) -> FieldSeen:
    name = prefix + field.name
    unknown: list[str] = []
    for raw in raws:
        try:
            field.read(raw)
        except NotReadable as error:
            problem = problem or error.expected
            if error.expected.startswith(_OF_A_VOCABULARY):
                unknown += [word for word in _words(raw) if not _is_read(field, word, raw)]
    if problem is not None:
        words = tuple(dict.fromkeys(unknown))[:_MOST_WORDS]
        first = raws[0] if raws else None
        return FieldSeen(
            name=name,
            state="unreadable",
            type=_type(first),
            shape=shape(first),
            expected=problem,
            unknown_words=words,
        )
    filled = next((raw for raw in raws if raw not in ("", [])), None)
    if filled is None:
        return FieldSeen(name=name, state="empty" if field.otherwise is MISSING else "filled")
    return FieldSeen(name=name, state="filled", type=_type(filled), shape=shape(filled))


def _inner(read: Any) -> RecordReader | None:
    inner = read.read if isinstance(read, ListReader) else read
    return inner if isinstance(inner, RecordReader) else None


def _words(raw: Any) -> list[Any]:
    return [each for each in (raw if isinstance(raw, list) else [raw]) if _A_WORD.fullmatch(str(each))]


def _is_read(field: Any, word: Any, raw: Any) -> bool:
    try:
        field.read([word] if isinstance(raw, list) else word)
    except NotReadable:
        return False
    return True


def _type(raw: Any) -> str:
    match raw:
        case bool():
            return "true or false"
        case int() | Decimal():
            return "number"
        case str():
            return "text"
        case list():
            return f"list of {len(raw)}"
        case dict():
            return "object"
        case _:
            return "nothing"


def shape(raw: Any) -> str | None:
    """``"SF12 顺丰"`` is ``xx99 字字``."""
    if isinstance(raw, list):
        return shape(raw[0]) if raw else None
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        return None
    text = str(raw)
    drawn = "".join(map(_drawn, text[:_LONGEST_SHAPE]))
    return drawn + ("…" if len(text) > _LONGEST_SHAPE else "")


def _drawn(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isascii():
        return "x" if character.isalpha() else character if character.isprintable() else "?"
    return "字"
