"""Where a value stands in an order system's answer. Compiled from the mapping; pure."""

from collections.abc import Callable
from typing import Any

from appliance.aftersales.orders.nodes import Node
from appliance.aftersales.orders.notation import NotReadable

EACH = "*"
MISSING = object()
_LONGEST_JOINED = 20_000

Path = tuple[str | int, ...]
Source = Callable[[Any], Any]
"""From a record to what one field is read from, or MISSING."""


def dig(value: Any, path: Path) -> Any:
    """What stands at the path, or MISSING; where the path says ``*``, a list of all that stands there."""
    for n, key in enumerate(path):
        if key == EACH:
            return _each(value, path[n + 1 :])
        if isinstance(key, str):
            if not isinstance(value, dict):
                return MISSING
            value = value.get(key, MISSING)
        else:
            value = value[key] if isinstance(value, list) and key < len(value) else MISSING
        if value is MISSING:
            return MISSING
    return value


def is_empty_list_there(value: Any, path: Path) -> bool:
    """Whether the path asks for an entry of a list that has fewer: a search without a hit, not a wrong answer."""
    for key in path:
        if isinstance(key, int) and isinstance(value, list) and key >= len(value):
            return True
        value = dig(value, (key,))
    return False


def _each(value: Any, rest: Path) -> Any:
    """Lists within the list are laid one after another."""
    if not isinstance(value, list):
        return MISSING
    found: list[Any] = []
    for entry in value:
        inner = dig(entry, rest)
        if isinstance(inner, list):
            found += inner
        elif inner is not MISSING and inner is not None:
            found.append(inner)
    return found


def parse_path(node: Node) -> Path:
    """``data.items.0.price``, ``parcels.*.number``; ``.`` is the answer itself."""
    text = node.text()
    if text == ".":
        return ()
    parts = text.split(".")
    if not all(parts):
        node.fail("expected a path like data.items.0.price")
    return tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts)


def source_of(node: Node, nulls: frozenset[str], *, is_list: bool) -> Source:
    """One path, or several of which the first that is filled counts."""
    sources = [_at(parse_path(each), nulls, is_list=is_list) for each in node.one_or_more()]

    def read(value: Any) -> Any:
        return next((found for source in sources if (found := source(value)) is not MISSING), MISSING)

    return sources[0] if len(sources) == 1 else read


def joined(node: Node, separator: str, nulls: frozenset[str]) -> Source:
    """The texts at several paths as one; what is not there is left out."""
    sources = [source_of(each, nulls, is_list=False) for each in node.items()]

    def read(value: Any) -> Any:
        parts = [found for source in sources if (found := source(value)) is not MISSING]
        if any(not isinstance(part, str | int) or isinstance(part, bool) for part in parts):
            raise NotReadable("texts to join")
        text = separator.join(map(str, parts))
        if len(text) > _LONGEST_JOINED:
            raise NotReadable(f"at most {_LONGEST_JOINED} characters")
        return text if parts else MISSING

    return read


def _at(path: Path, nulls: frozenset[str], *, is_list: bool) -> Source:
    def is_empty(found: Any) -> bool:
        return found is MISSING or found is None or (isinstance(found, str) and found in nulls)

    def one(value: Any) -> Any:
        found = dig(value, path)
        if EACH in path and isinstance(found, list):
            found = next((each for each in found if not is_empty(each)), MISSING)
        return MISSING if is_empty(found) else found

    def many(value: Any) -> Any:
        found = dig(value, path)
        return MISSING if is_empty(found) else found

    return many if is_list else one
