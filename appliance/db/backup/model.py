"""What an archive says of itself, inside its encryption."""

import re
from typing import Final

import msgspec

FORM: Final = "aftersales-backup/v1"
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
AUDIT: Final = "audit"
SECRETS: Final = "secrets"
MAC_FILE: Final = "root.mac"
"""Among them, wrapped by the root, once that was rotated: what MACs are made with."""
SETTINGS: Final = "settings"
FILES: Final = re.compile(r"(audit|secrets|settings)/([0-9A-Za-z][0-9A-Za-z._-]*)")
"""Names of files that are put back: one folder, one plain name."""

KEYSTORE: Final = frozenset({"shop_kek", "subject_dek", "shop_index_key"})
"""The wrapped keys. They may be taken from a newer archive than the rest."""


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    size: int
    sha256: str


class TableCopy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table, in an order in which no row comes before the row that it refers to."""

    name: str
    columns: tuple[str, ...]
    rows: int


class SequenceCopy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    last_value: int
    is_called: bool


class AppliedMigration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    package: str
    name: str
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    form: str
    made_at: str
    migrations: tuple[AppliedMigration, ...]
    tables: tuple[TableCopy, ...]
    sequences: tuple[SequenceCopy, ...]
    members: tuple[Member, ...]
    """All but the manifest itself, in their order."""

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)
