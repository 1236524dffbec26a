"""What each table is for, how long it keeps what, and which columns are about a person: the data inventory.

Every migration has a ``.toml`` beside it that declares what its ``.sql`` creates. A later file may add columns to a
table declared before. ``tests/appliance/db/test_declarations.py`` compares all of it with the live catalog.

    [message]                                   # the table
    purpose = "why it exists"
    retention = "how long a row stays, and what ends it"
    level = "sensitive"                         # the label: who reads must dominate it
    categories = ["customer"]                   # none: of no category
    without_shop = "why it has no shop_id"      # only then
    plain = ["message_id", "shop_id", "at"]     # ids we make, numbers, times, hashes, closed words: nobody's

    [message.columns.words]                     # anything else
    holds = "what is in it"
    personal = "why it is kept, if it is about a person"
    protected = "encrypted"                     # encrypted, pseudonym (blind index, hash), masked (placeholders), none
"""

import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from appliance.db.sources import folders
from appliance.errors import ConfigurationError
from security.access.labels import Category, Label, Level


class Protection(StrEnum):
    NONE = "none"
    ENCRYPTED = "encrypted"
    PSEUDONYM = "pseudonym"
    MASKED = "masked"


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    holds: str
    personal: str | None = None
    protected: Protection = Protection.NONE


PLAIN = Column(holds="an id of ours, a number, a time, a hash or a word of a closed set")


class Table(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    purpose: str
    retention: str
    label: Label
    without_shop: str | None
    columns: dict[str, Column]


class _Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    purpose: str | None = None
    retention: str | None = None
    level: Level | None = None
    categories: frozenset[Category] = frozenset()
    without_shop: str | None = None
    plain: tuple[str, ...] = ()
    columns: dict[str, Column] = {}


def tables() -> dict[str, Table]:
    """Every declared table by name, all migrations taken together."""
    declared: dict[str, Table] = {}
    for path in _files():
        for name, part in _read(path).items():
            declared[name] = _joined(path, name, declared.get(name), part)
    return declared


def _files() -> Iterator[Path]:
    yield Path(__file__).with_name("jobs.toml")
    for folder in folders().values():
        for path in sorted(folder.glob("*.sql")):
            if not (declaration := path.with_suffix(".toml")).exists():
                raise ConfigurationError(f"{path} has no declaration beside it: write {declaration.name}")
            yield declaration


def _read(path: Path) -> dict[str, _Declared]:
    try:
        tree: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(tree, dict[str, _Declared])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise ConfigurationError(f"{path}: {wrong}") from wrong


def _joined(path: Path, name: str, before: Table | None, part: _Declared) -> Table:
    columns = {**dict.fromkeys(part.plain, PLAIN), **part.columns}
    for column, declared in columns.items():
        if declared.personal and declared.protected is Protection.NONE:
            raise ConfigurationError(f"{path}: {name}.{column} is personal and not protected")
    if before is None:
        if not part.purpose or not part.retention or part.level is None:
            raise ConfigurationError(f"{path}: table {name} needs a purpose, a retention and a level")
        return Table(
            name=name,
            purpose=part.purpose,
            retention=part.retention,
            label=Label(level=part.level, categories=part.categories),
            without_shop=part.without_shop,
            columns=columns,
        )
    if twice := before.columns.keys() & columns.keys():
        raise ConfigurationError(f"{path}: {name}: declared before: {', '.join(sorted(twice))}")
    if part.level is not None or part.categories:
        raise ConfigurationError(f"{path}: {name}: a label is declared once, where the table is made")
    return msgspec.structs.replace(before, columns={**before.columns, **columns})
