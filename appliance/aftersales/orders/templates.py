"""From our values to an order system's path, query and body. Compiled once from the mapping; pure.

``"{order_id}"`` alone becomes the value itself, converted as the order system writes it; within a longer text it
becomes a part of it. A key whose value is not known is left out. ``$each`` and ``$item`` make a list of objects;
``$integer`` sends an id as a number; ``$json`` packs what is below it into a text, for forms that carry JSON.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import inspect

from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseRequest, Record
from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.notation import write_money
from appliance.aftersales.orders.reading import Notations, vocabulary_of

_PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")
_LONGEST_ID = 128
_SLASHES = frozenset("/\\")
"""Many servers undo the escaping of a slash before they look at the path."""

Values = Mapping[str, Any]
Render = Callable[[Values], Any]
ABSENT = object()


class NotSendable(Exception):
    """A value cannot stand in a path: it names nothing that an order system could have."""


class Names(Record, frozen=True):
    """What a template may name, and how each is written."""

    writers: dict[str, Callable[[Any], Any]]
    lists: dict[str, "Names"] = {}


def _as_it_is(value: Any) -> Any:
    return value


def names_of(*plain: str) -> Names:
    return Names(writers=dict.fromkeys(plain, _as_it_is))


def names_of_request(notations: Notations, node: Node, kinds: frozenset[str]) -> Names:
    """Every field of ``CaseRequest``; ``lines`` through ``$each``. ``kinds``: those that are written so."""
    line = Names(writers=dict.fromkeys(CaseLine.__struct_fields__, _as_it_is))
    writers = _writers(CaseRequest, notations, node, kinds)
    del writers["lines"]
    return Names(writers=writers, lists={"lines": line})


def _writers(
    kind: type[Record], notations: Notations, node: Node, kinds: frozenset[str]
) -> dict[str, Callable[[Any], Any]]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101
    return {field.name: _writer(field, notations, node, kinds) for field in info.fields}


def _writer(field: inspect.Field, notations: Notations, node: Node, kinds: frozenset[str]) -> Callable[[Any], Any]:
    kind = field.type
    if isinstance(kind, inspect.UnionType):
        kind = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    match kind:
        case inspect.IntType() if field.name.endswith("_fen"):
            return write_money(notations.money)
        case inspect.EnumType(cls=cls):
            return _word_writer(cls, notations, node, kinds if cls is CaseKind else frozenset(cls))
        case inspect.UUIDType():
            return str
        case inspect.VarTupleType():
            return list
        case _:
            return _as_it_is


def _word_writer(cls: type[Any], notations: Notations, node: Node, needed: frozenset[str]) -> Callable[[Any], Any]:
    name = vocabulary_of(cls)
    vocabulary = notations.vocabularies.get(name)
    if vocabulary is None:
        node.fail(f"needs the vocabulary {name} in this file")
    missing = [word.value for word in cls if word.value in needed and word.value not in vocabulary.theirs]
    if missing:
        node.fail(f"the vocabulary {name} has no word for {', '.join(missing)}")
    return lambda word: vocabulary.write(word.value)


def compile_path(node: Node, names: Names) -> Callable[[Values], str]:
    """Each value becomes one segment; nothing that a customer says can change the path around it."""
    template = node.text()
    if not template.startswith("/"):
        node.fail("expected a path that begins with /")
    for name in _PLACEHOLDER.findall(template):
        _known(node, name, names)

    def render(values: Values) -> str:
        return _PLACEHOLDER.sub(lambda found: _segment(names.writers[found[1]](values[found[1]])), template)

    return render


def _segment(value: Any) -> str:
    text = str(value)
    is_safe = text.isprintable() and text.strip(".") and not _SLASHES & set(text)
    if not is_safe or len(text) > _LONGEST_ID:
        raise NotSendable
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise NotSendable from error


def compile_query(node: Node, names: Names) -> Callable[[Values], dict[str, str]]:
    rendered = {key: compile_value(each, names) for key, each in node.entries().items()}

    def render(values: Values) -> dict[str, str]:
        found = {key: each(values) for key, each in rendered.items()}
        return {key: str(value) for key, value in found.items() if value is not ABSENT}

    return render


def compile_value(node: Node, names: Names) -> Render:
    if node.is_mapping():
        return _compile_mapping(node, names)
    if node.is_list():
        each = [compile_value(item, names) for item in node.items()]
        return lambda values: [value for render in each if (value := render(values)) is not ABSENT]
    value = node.scalar()
    if not isinstance(value, str):
        return lambda _: value
    return _compile_text(node, value, names)


def _compile_mapping(node: Node, names: Names) -> Render:
    entries = node.entries()
    if "$each" in entries:
        return _compile_each(node, names)
    if "$integer" in entries:
        inner = compile_value(node.section(["$integer"])["$integer"], names)
        return lambda values: _integer(inner(values))
    if "$json" in entries:
        packed = compile_value(node.section(["$json"])["$json"], names)
        return lambda values: msgspec.json.encode(packed(values)).decode()
    rendered = {key: compile_value(each, names) for key, each in entries.items()}

    def render(values: Values) -> dict[str, Any]:
        found = {key: each(values) for key, each in rendered.items()}
        return {key: value for key, value in found.items() if value is not ABSENT}

    return render


def _compile_each(node: Node, names: Names) -> Render:
    section = node.section(["$each", "$item"])
    name = section["$each"].one_of(tuple(names.lists))
    item = compile_value(section["$item"], names.lists[name])
    fields = tuple(names.lists[name].writers)
    return lambda values: [item({field: getattr(each, field) for field in fields}) for each in values[name]]


def _integer(value: Any) -> Any:
    if value is ABSENT:
        return ABSENT
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotSendable
    return int(text)


def _compile_text(node: Node, text: str, names: Names) -> Render:
    found = _PLACEHOLDER.findall(text)
    for name in found:
        _known(node, name, names)
    if len(found) == 1 and text == f"{{{found[0]}}}":
        name, write = found[0], names.writers[found[0]]
        return lambda values: ABSENT if values[name] is None else write(values[name])
    if not found:
        return lambda _: text
    return lambda values: _PLACEHOLDER.sub(lambda each: _part(names, each[1], values), text)


def _part(names: Names, name: str, values: Values) -> str:
    value = values[name]
    return "" if value is None else str(names.writers[name](value))


def _known(node: Node, name: str, names: Names) -> None:
    if name in names.lists:
        node.fail(f"{{{name}}} is a list: use $each and $item")
    if name not in names.writers:
        node.fail(f"{{{name}}} is not known here; expected one of {', '.join(names.writers)}")
