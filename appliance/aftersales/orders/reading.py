"""From an order system's answer to our records, field by field as the mapping says. Compiled once; pure.

Answers are untrusted: every type is checked, every size bounded, every text fenced, and a mistake names the field,
never the value.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from msgspec import NODEFAULT, Struct, inspect

from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.notation import Clockwork, Money, NotReadable, Vocabulary, read_money
from security.untrusted import fenced

_LONGEST_TEXT = 20_000
_MOST_INTEGER = 2**53

Path = tuple[str | int, ...]
Read = Callable[[Any], Any]
MISSING = object()


class Notations(Record, frozen=True):
    """How this order system writes, where a field does not say otherwise."""

    money: Money
    time: Clockwork
    vocabularies: dict[str, Vocabulary]
    nulls: frozenset[str] = frozenset()
    """Texts that mean nothing is there."""
    most_rows: int = 500


class _Field(Record, frozen=True):
    name: str
    path: Path
    read: Any
    is_required: bool


def dig(value: Any, path: Path) -> Any:
    """What stands at the path, or MISSING."""
    for key in path:
        if isinstance(key, str):
            if not isinstance(value, dict):
                return MISSING
            value = value.get(key, MISSING)
        else:
            value = value[key] if isinstance(value, list) and key < len(value) else MISSING
        if value is MISSING:
            return MISSING
    return value


def parse_path(node: Node) -> Path:
    """``data.items.0.price``; ``.`` is the answer itself."""
    text = node.text()
    if text == ".":
        return ()
    parts = text.split(".")
    if not all(parts):
        node.fail("expected a path like data.items.0.price")
    return tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts)


def compile_record(kind: type[Struct], node: Node, notations: Notations) -> Read:
    """A reader for one of our records from the section that maps its fields."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101
    known = {field.name: field for field in info.fields}
    required = [name for name, field in known.items() if field.required]
    section = node.section(required, [name for name in known if name not in required])
    fields = [_compile_field(known[name], each, notations) for name, each in section.items()]
    nulls = notations.nulls

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise NotReadable("an object")
        found: dict[str, Any] = {}
        for field in fields:
            raw = dig(value, field.path)
            if raw is MISSING or raw is None or (isinstance(raw, str) and raw in nulls):
                if field.is_required:
                    raise NotReadable("a value").within(field.name)
                continue
            try:
                found[field.name] = field.read(raw)
            except NotReadable as error:
                raise error.within(field.name) from None
        return kind(**found)

    return read


def _compile_field(field: inspect.Field, node: Node, notations: Notations) -> _Field:
    kind = field.type
    if isinstance(kind, inspect.UnionType):
        kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    path: Path
    match kind:
        case inspect.StructType(cls=cls):
            section = node.section(["object", "fields"])
            path, read = parse_path(section["object"]), compile_record(cls, section["fields"], notations)
        case inspect.VarTupleType(item_type=inspect.StructType(cls=cls)):
            section = node.section(["list", "fields"])
            path = parse_path(section["list"])
            read = _list_of(compile_record(cls, section["fields"], notations), notations.most_rows)
        case inspect.VarTupleType(item_type=item):
            path, read_item = _compile_value(field.name, item, node, notations)
            read = _list_of(read_item, notations.most_rows)
        case _:
            path, read = _compile_value(field.name, kind, node, notations)
    has_default = field.default is not NODEFAULT or field.default_factory is not NODEFAULT
    return _Field(name=field.name, path=path, read=read, is_required=not has_default)


def _compile_value(name: str, kind: inspect.Type, node: Node, notations: Notations) -> tuple[Path, Read]:
    """A path, or a section that says more than the path."""
    if not node.is_mapping():
        return parse_path(node), _read_of(name, kind, node, notations)
    section = node.section(["path"], ["vocabulary", "money"])
    path = parse_path(section["path"])
    if (word := section.get("vocabulary")) is not None:
        vocabulary = notations.vocabularies.get(word.text())
        if vocabulary is None:
            word.fail(f"no such vocabulary; expected one of {', '.join(sorted(notations.vocabularies))}")
        return path, vocabulary.read
    if (unit := section.get("money")) is not None:
        if not name.endswith("_fen"):
            unit.fail("only a field of money has a unit")
        return path, read_money(Money(unit.one_of(tuple(Money))))
    return path, _read_of(name, kind, node, notations)


def _read_of(name: str, kind: inspect.Type, node: Node, notations: Notations) -> Read:
    match kind:
        case inspect.IntType() if name.endswith("_fen"):
            return read_money(notations.money)
        case inspect.IntType():
            return _read_integer
        case inspect.BoolType():
            return _read_boolean
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


def vocabulary_of(cls: type[StrEnum]) -> str:
    """``OrderStatus`` is translated by ``order_status``."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")


def _list_of(read: Read, most: int) -> Read:
    def read_list(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise NotReadable("a list")
        if len(value) > most:
            raise NotReadable(f"at most {most} entries")
        found = []
        for n, each in enumerate(value):
            try:
                found.append(read(each))
            except NotReadable as error:
                raise error.within(f"[{n}]") from None
        return tuple(found)

    return read_list


def _read_text(value: Any) -> str:
    """Numbers that name something (ids) are read as text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST_INTEGER:
        return str(value)
    if not isinstance(value, str):
        raise NotReadable("text")
    if len(value) > _LONGEST_TEXT:
        raise NotReadable(f"at most {_LONGEST_TEXT} characters")
    return fenced(value)


def _read_integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MOST_INTEGER:
        raise NotReadable("a whole number")
    return value


def _read_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotReadable("true or false")
    return value
