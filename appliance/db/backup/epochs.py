"""How far back a restore can read: which of the shops' keys in an archive still open here. Read before anything begins.

An epoch that was closed has no secret any more, here or anywhere: whatever stands under its keys alone stays shut.
"""

from datetime import datetime
from typing import NamedTuple

from appliance.db.backup import reading
from appliance.db.backup.model import DATABASE, Manifest
from appliance.db.backup.restoring import Archive
from security.crypto.shop_keys import ShopKeys
from security.errors import ArchiveRefused, EpochGone

_TABLE = "shop_kek"
_COLUMNS = ("shop_id", "epoch", "wrapped", "created_at")


class Reach(NamedTuple):
    """Of the keys of shops in an archive."""

    epochs: int
    since: datetime | None
    """When the oldest of them that opens began. None: none opens, or there is none."""
    gone: tuple[str, ...]
    """Shop and number of each epoch that nothing opens here."""

    def __str__(self) -> str:
        if not self.epochs:
            return "how far back: there are no shops' keys in it, and nothing that needs one"
        if not self.gone:
            return f"how far back: all of it; the keys of its {self.epochs} epochs, since {self.since}, are here"
        return (
            f"how far back: {len(self.gone)} of the {self.epochs} epochs in it are closed, or their secrets are not "
            f"here ({', '.join(self.gone)}): what stands under their keys cannot be read, whoever it is about"
        )


def reach_of(archive: Archive, keys: ShopKeys) -> Reach:
    """CiphertextRefused if the keys are not of the root that is here."""
    opened, gone = [], []
    for shop_id, epoch, wrapped, begun in _rows(archive):
        try:
            keys.unwrap(shop_id, epoch, wrapped)
        except EpochGone:
            gone.append(f"{shop_id}/{epoch}")
        else:
            opened.append(begun)
    return Reach(len(opened) + len(gone), min(opened, default=None), tuple(gone))


def _rows(archive: Archive) -> list[tuple[str, int, bytes, datetime]]:
    places = _places(archive.manifest)
    raw = b""
    with reading.entries(archive.path, archive.openers) as members:
        for entry in members:
            if entry.name.startswith(f"{DATABASE}/{_TABLE}/"):
                raw += b"".join(entry.blocks())
    rows = [line.split("\t") for line in raw.decode().splitlines()]
    return [_row(*(row[place] for place in places)) for row in rows]


def _places(manifest: Manifest) -> list[int]:
    columns = next((table.columns for table in manifest.tables if table.name == _TABLE), ())
    try:
        return [columns.index(name) for name in _COLUMNS]
    except ValueError as strange:
        raise ArchiveRefused(f"the archive's table {_TABLE} is not as this version knows it") from strange


def _row(shop_id: str, epoch: str, wrapped: str, created_at: str) -> tuple[str, int, bytes, datetime]:
    """As COPY writes text: a backslash stands there twice."""
    return shop_id, int(epoch), bytes.fromhex(wrapped.removeprefix("\\\\x")), datetime.fromisoformat(created_at)
