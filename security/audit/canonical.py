"""One sequence of bytes for one record: strings only, NFC, then RFC 8785. Bounded in size."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

import msgspec

from security.audit.record import Actor, AuditEvent, Line, Record, Source, Target, refuse_unfit, to_tree
from security.errors import RecordRefused

MAX_RECORD_BYTES = 16 * 1024
MAX_EVENT_BYTES = 15 * 1024
"""What callers may use: sealing adds less than the rest."""
_KEY = re.compile(r"[a-z0-9_]+")
_USUAL = frozenset(name for struct in (Record, Actor, Source, Target) for name in struct.__struct_fields__)
"""Keys of the record itself, which need not be looked at again."""
_NUL = b"\\u0000"
_HALF = "a record cannot hold half a character (a lone surrogate)"
_encoder = msgspec.json.Encoder(order="sorted")
"""For a tree of strings with ASCII keys this is RFC 8785; a test holds it against an implementation of that alone."""


def canonical(tree: dict[str, Any], max_bytes: int = MAX_RECORD_BYTES) -> bytes:
    """The bytes that are hashed. Refuses numbers, booleans, null, NUL, lone surrogates and unusual keys."""
    try:
        encoded = _encoder.encode(tree if _is_plain(tree) else _checked(tree))
        if _NUL in encoded or not encoded.isascii():
            encoded = _encoder.encode(_checked(tree))
    except UnicodeEncodeError as error:
        raise RecordRefused(_HALF) from error
    return _bounded(encoded, max_bytes)


def canonical_event(event: AuditEvent) -> bytes:
    """The same for what callers say: read again by its closed schema, which costs half of looking at every value."""
    try:
        encoded = _encoder.encode(event)
    except UnicodeEncodeError as error:
        raise RecordRefused(_HALF) from error
    refuse_unfit(encoded)
    if _NUL in encoded or not encoded.isascii() or not all(map(_is_key, event.detail)):
        return canonical(to_tree(event), MAX_EVENT_BYTES)
    return _bounded(encoded, MAX_EVENT_BYTES)


def canonical_record(line: Line) -> bytes:
    """The same for an event that was read already, and so holds strings under usual keys."""
    encoded = _encoder.encode(line)
    if _NUL in encoded or not encoded.isascii() or not all(map(_is_key, line.detail)):
        return canonical(to_tree(line))
    return _bounded(encoded, MAX_RECORD_BYTES)


def _bounded(encoded: bytes, max_bytes: int) -> bytes:
    if len(encoded) > max_bytes:
        raise RecordRefused(f"an audit record holds at most {max_bytes} bytes, this one has {len(encoded)}")
    return encoded


def _is_plain(tree: dict[str, Any]) -> bool:
    """Whether it holds usual keys and strings only, as nearly every record does: then only its characters are left
    to be looked at, and the encoded whole shows them at once."""
    for key, item in tree.items():
        if key not in _USUAL and not _is_key(key):
            return False
        kind = type(item)
        if kind is str or (kind is dict and _is_plain(item)) or item == ():
            continue
        return False
    return True


def _checked(value: Any) -> Any:
    match value:
        case str():
            return _text(value)
        case dict():
            return {_key(key): _checked(item) for key, item in value.items()}
        case list() | tuple():
            return [_checked(item) for item in value]
        case _:
            raise RecordRefused(f"a record holds strings only, not {type(value).__name__}")


def _text(value: str) -> str:
    if "\0" in value:
        raise RecordRefused("a record holds no NUL character")
    if value.isascii():
        return value
    return unicodedata.normalize("NFC", value)


@lru_cache(maxsize=1024)
def _is_key(value: Any) -> bool:
    return type(value) is str and _KEY.fullmatch(value) is not None


def _key(value: Any) -> str:
    if not _is_key(value):
        raise RecordRefused(f"key {value!r} is not made of a-z, 0-9 and _")
    return str(value)
