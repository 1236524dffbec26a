"""The sections of a mapping file that say how the order system proves, writes and refuses."""

import re
from collections.abc import Callable
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.aftersales.orders.answers import Errors, Meaning, as_written
from appliance.aftersales.orders.model import CaseKind, CaseStatus, FreightPayer, Level, OrderStatus
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.notation import EVERY_OTHER, Clockwork, Money, Vocabulary
from appliance.aftersales.orders.paths import Path, parse_path
from appliance.aftersales.orders.reading import Notations, vocabulary_of
from models.commands import Reason

_TIME_FORMATS = ("iso8601", "epoch_s", "epoch_ms")
_MEANINGS = (Meaning.NOT_FOUND, Meaning.REFUSED, Meaning.UNAVAILABLE)
_MOST_ROWS = 5000
_FORMAT_PART = re.compile(r"%-?([A-Za-z])")
_CLOSED: dict[str, tuple[str, ...]] = {
    "boolean": ("true", "false"),
    **{vocabulary_of(cls): tuple(cls) for cls in (OrderStatus, Level, CaseKind, CaseStatus, Reason, FreightPayer)},
}

Scalar = str | int | bool
W = TypeVar("W", str, int)


def header_of(node: Node) -> str:
    name = node.text()
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        node.fail("expected the name of a header")
    return name


def notations_of(
    money: Node, time: Node, nulls: Node | None, vocabularies: Node, rows: Node | None, integers: Node | None
) -> Notations:
    return Notations(
        money=Money(money.one_of(tuple(Money))),
        time=clockwork_of(time),
        clockwork_of=clockwork_of,
        reads_written_integers=integers is not None and integers.one_of(["number", "written"]) == "written",
        nulls=frozenset(_text_or_empty(each) for each in nulls.items()) if nulls else frozenset(),
        vocabularies={name: _vocabulary(name, each) for name, each in vocabularies.entries().items()},
        most_rows=rows.integer(1, _MOST_ROWS) if rows else 500,
    )


def _text_or_empty(node: Node) -> str:
    value = node.scalar()
    if not isinstance(value, str):
        node.fail("expected text in quotes")
    return value


def clockwork_of(node: Node) -> Clockwork:
    section = node.section(["format", "zone"])
    time_format = section["format"].text()
    if time_format not in _TIME_FORMATS:
        _require_clear(section["format"], time_format)
    try:
        zone = ZoneInfo(section["zone"].text())
    except (ZoneInfoNotFoundError, ValueError):
        section["zone"].fail("expected a time zone like Asia/Shanghai")
    return Clockwork(format=time_format, zone=zone)


def _require_clear(node: Node, time_format: str) -> None:
    """A whole date; a year of two digits, or an hour of twelve without its half of the day, could be several times."""
    parts = set(_FORMAT_PART.findall(time_format))
    has_date = "Y" in parts and ("j" in parts or ({"d"} <= parts and parts & {"m", "b", "B"}))
    if not has_date:
        node.fail(f"expected {', '.join(_TIME_FORMATS)} or a format like %Y-%m-%d %H:%M:%S")
    if ("I" in parts) is not ("p" in parts):
        node.fail("%I and %p belong together, or it is %H")


def _vocabulary(name: str, node: Node) -> Vocabulary:
    """Ours to theirs. A list: several of theirs mean the same; ``"*"`` in it: so does every other word."""
    ours: dict[Scalar, str] = {}
    theirs: dict[str, Scalar] = {}
    every_other: str | None = None
    closed = _CLOSED.get(name)
    for our_word, entry in node.entries().items():
        if closed is not None and our_word not in closed:
            entry.fail(f"unknown; expected one of {', '.join(closed)}")
        for each in entry.one_or_more():
            word = _word(each)
            if word == EVERY_OTHER:
                if every_other is not None:
                    each.fail('"*" stands here twice')
                every_other = our_word
                continue
            if word in ours:
                each.fail(f"{word!r} means {ours[word]} already")
            ours[word] = our_word
            theirs.setdefault(our_word, word)
    return Vocabulary(name=name, ours=ours, theirs=theirs, every_other=every_other)


def _word(node: Node) -> Scalar:
    value = node.scalar()
    if not isinstance(value, str | int):
        node.fail("expected a word or a whole number of the order system's")
    return value


def errors_of(node: Node) -> Errors:
    section = node.section([], ["code", "words", "statuses", "success", "failure"])
    code, words, statuses, success = (section.get(key) for key in ("code", "words", "statuses", "success"))
    if words is not None and code is None:
        words.fail("needs code: where an answer holds its error word")
    success_path, success_words = _success(success) if success else (None, frozenset[str]())
    return Errors(
        code=parse_path(code) if code else None,
        words=_meanings(words, lambda each: as_written(_word(each))) if words else {},
        statuses=_meanings(statuses, lambda each: each.integer(300, 599)) if statuses else {},
        success=success_path,
        success_words=success_words,
        failure=parse_path(section["failure"]) if "failure" in section else None,
    )


def _success(node: Node) -> tuple[Path, frozenset[str]]:
    section = node.section(["path", "words"])
    words = frozenset(as_written(_word(each)) for each in section["words"].one_or_more())
    return parse_path(section["path"]), words


def _meanings(node: Node, read: Callable[[Node], W]) -> dict[W, Meaning]:
    found: dict[W, Meaning] = {}
    for meaning, entry in node.section([], _MEANINGS).items():
        for each in entry.one_or_more():
            word = read(each)
            if word in found:
                each.fail(f"{word} is {found[word]} already")
            found[word] = Meaning(meaning)
    return found
