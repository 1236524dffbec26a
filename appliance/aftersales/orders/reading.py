"""From an order system's answer to our records, field by field as the mapping says. Compiled once; pure.

Answers are untrusted: every type is checked, every size bounded, every text fenced, and a mistake names the field,
never the value.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct, inspect

from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.notation import (
    Clockwork,
    Money,
    NotReadable,
    Vocabulary,
    read_integer,
    read_money,
    read_written_integer,
)
from appliance.aftersales.orders.paths import MISSING, Source, joined, source_of
from security.untrusted import fenced

_LONGEST_TEXT = 20_000
_MOST_INTEGER = 2**53
_BOOLEAN = "boolean"
"""The vocabulary of systems that have no true and false."""

Read = Callable[[Any], Any]


class Notations(Record, frozen=True):
    """How this order system writes, where a field does not say otherwise."""

    money: Money
    time: Clockwork
    vocabularies: dict[str, Vocabulary]
    nulls: frozenset[str] = frozenset()
    """Texts that mean nothing is there."""
    most_rows: int = 500
    reads_written_integers: bool = False
    clockwork_of: Any = None
    """``Callable[[Node], Clockwork]``, for a field that writes times in a way of its own."""


class _Field(Record, frozen=True):
    name: str
    source: Any
    """``Callable[[Any], Any]``: what it is read from."""
    read: Any
    is_required: bool
    otherwise: Any = MISSING
    """Ours, where nothing is there."""


class RecordReader:
    """One of our records, read from an object of theirs."""

    def __init__(self, kind: type[Struct], fields: list[_Field]) -> None:
        self.kind = kind
        self.fields = tuple(fields)

    def __call__(self, value: Any) -> Any:
        return self.kind(**self._read(value, self.fields))

    def part(self, value: Any, *names: str) -> dict[str, Any]:
        """These fields alone, of what cannot be read whole."""
        return self._read(value, tuple(field for field in self.fields if field.name in names))

    def _read(self, value: Any, fields: tuple[_Field, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise NotReadable("an object")
        found: dict[str, Any] = {}
        for field in fields:
            try:
                raw = field.source(value)
                if raw is MISSING and field.otherwise is not MISSING:
                    found[field.name] = field.otherwise
                elif raw is not MISSING:
                    found[field.name] = field.read(raw)
                elif field.is_required:
                    raise NotReadable("a value")
            except NotReadable as error:
                raise error.within(field.name) from None
        return found


class ListReader:
    def __init__(self, read: Read, most: int) -> None:
        self.read = read
        self._most = most

    def __call__(self, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise NotReadable("a list")
        if len(value) > self._most:
            raise NotReadable(f"at most {self._most} entries")
        found = []
        for n, each in enumerate(value):
            try:
                found.append(self.read(each))
            except NotReadable as error:
                raise error.within(f"[{n}]") from None
        return tuple(found)


def compile_record(kind: type[Struct], node: Node, notations: Notations) -> RecordReader:
    """A reader for one of our records from the section that maps its fields."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101
    known = {field.name: field for field in info.fields}
    required = [name for name, field in known.items() if field.required]
    section = node.section(required, [name for name in known if name not in required])
    return RecordReader(kind, [_compile_field(known[name], each, notations) for name, each in section.items()])


def _compile_field(field: inspect.Field, node: Node, notations: Notations) -> _Field:
    kind = field.type
    if isinstance(kind, inspect.UnionType):
        kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    has_default = field.default is not NODEFAULT or field.default_factory is not NODEFAULT
    compiled = _compile_kind(field.name, kind, node, notations)
    return msgspec.structs.replace(compiled, is_required=not has_default)


def _compile_kind(name: str, kind: inspect.Type, node: Node, notations: Notations) -> _Field:
    match kind:
        case inspect.StructType(cls=cls):
            section = node.section(["object", "fields"])
            return _field(
                name,
                source_of(section["object"], notations.nulls, is_list=False),
                compile_record(cls, section["fields"], notations),
            )
        case inspect.VarTupleType(item_type=inspect.StructType(cls=cls)):
            section = node.section(["list", "fields"])
            read = ListReader(compile_record(cls, section["fields"], notations), notations.most_rows)
            return _field(name, source_of(section["list"], notations.nulls, is_list=True), read)
        case inspect.VarTupleType(item_type=item):
            compiled = _compile_value(name, item, node, notations, is_list=True)
            return msgspec.structs.replace(compiled, read=ListReader(compiled.read, notations.most_rows))
        case _:
            return _compile_value(name, kind, node, notations, is_list=False)


def _field(name: str, source: Source, read: Read) -> _Field:
    return _Field(name=name, source=source, read=read, is_required=False)


def _compile_value(name: str, kind: inspect.Type, node: Node, notations: Notations, *, is_list: bool) -> _Field:
    """A path, or a section that says more than the path."""
    if not node.is_mapping():
        return _field(name, source_of(node, notations.nulls, is_list=is_list), _read_of(name, kind, node, notations))
    if "always" in node.entries():
        constant = _own(node.section(["always"])["always"], kind)
        return _field(name, lambda _: constant, lambda value: value)
    where = "join" if "join" in node.entries() else "path"
    optional = ["vocabulary", "money", "time", "otherwise", *(["with"] if where == "join" else [])]
    section = node.section([where], optional)
    otherwise = section.get("otherwise")
    return _Field(
        name=name,
        source=_source(section, notations, is_list=is_list),
        read=_special(name, kind, node, section, notations),
        is_required=False,
        otherwise=_own(otherwise, kind) if otherwise else MISSING,
    )


def _source(section: dict[str, Node], notations: Notations, *, is_list: bool) -> Source:
    if "path" in section:
        return source_of(section["path"], notations.nulls, is_list=is_list)
    if is_list:
        section["join"].fail("a list is not joined")
    separator = section["with"].scalar() if "with" in section else ""
    if not isinstance(separator, str):
        section["with"].fail("expected text in quotes")
    return joined(section["join"], separator, notations.nulls)


def _special(name: str, kind: inspect.Type, node: Node, section: dict[str, Node], notations: Notations) -> Read:
    if (word := section.get("vocabulary")) is not None:
        vocabulary = notations.vocabularies.get(word.text())
        if vocabulary is None:
            word.fail(f"no such vocabulary; expected one of {', '.join(sorted(notations.vocabularies))}")
        cls = kind.cls if isinstance(kind, inspect.EnumType) else None
        if cls is not None and (strange := sorted(set(vocabulary.theirs) - {each.value for each in cls})):
            word.fail(f"has {', '.join(strange)}, which {name} does not know")
        return vocabulary.read if cls is None else lambda value: cls(vocabulary.read(value))
    if (unit := section.get("money")) is not None:
        if not name.endswith("_fen"):
            unit.fail("only a field of money has a unit")
        return read_money(Money(unit.one_of(tuple(Money))))
    if (way := section.get("time")) is not None:
        if not isinstance(kind, inspect.DateTimeType):
            way.fail("only a time is written in a way of its own")
        clockwork: Clockwork = notations.clockwork_of(way)
        return clockwork.read
    return _read_of(name, kind, node, notations)


def _own(node: Node, kind: inspect.Type) -> Any:
    """A value of ours, as the file states it."""
    value = node.scalar()
    match kind:
        case inspect.EnumType(cls=cls):
            return cls(node.one_of(tuple(each.value for each in cls)))
        case inspect.BoolType():
            return node.boolean()
        case inspect.IntType():
            return node.integer(0, _MOST_INTEGER)
    if not isinstance(value, str):
        node.fail(f"expected text, found {value!r}")
    return value


def _read_of(name: str, kind: inspect.Type, node: Node, notations: Notations) -> Read:
    match kind:
        case inspect.IntType() if name.endswith("_fen"):
            return read_money(notations.money)
        case inspect.IntType():
            return read_written_integer if notations.reads_written_integers else read_integer
        case inspect.BoolType():
            return _read_boolean_of(notations.vocabularies.get(_BOOLEAN))
        case inspect.DateTimeType():
            return notations.time.read
        case inspect.EnumType(cls=cls):
            return _read_word(cls, node, notations)
        case _:
            return _read_text


def _read_word(cls: type[Any], node: Node, notations: Notations) -> Read:
    name = vocabulary_of(cls)
    vocabulary = notations.vocabularies.get(name)
    if vocabulary is None:
        node.fail(f"needs the vocabulary {name} in this file")
    return lambda value: cls(vocabulary.read(value))


def vocabulary_of(cls: type[Enum]) -> str:
    """``OrderStatus`` is translated by ``order_status``."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")


def _read_text(value: Any) -> str:
    """Numbers that name something (ids) are read as text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST_INTEGER:
        return str(value)
    if not isinstance(value, str):
        raise NotReadable("text")
    if len(value) > _LONGEST_TEXT:
        raise NotReadable(f"at most {_LONGEST_TEXT} characters")
    return fenced(value)


def _read_boolean_of(vocabulary: Vocabulary | None) -> Read:
    if vocabulary is None:
        return _read_boolean
    return lambda value: vocabulary.read(value) == "true"


def _read_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotReadable("true or false")
    return value
