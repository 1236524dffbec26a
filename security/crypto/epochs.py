"""What each epoch of a shop's key hangs on besides the root: a secret of its own that no backup of the database holds.

It is destroyed when its epoch is closed. Whoever then restores an old database finds wrapped keys there that nothing
opens, though the root key is still the same.
"""

import hashlib
from pathlib import Path
from typing import Protocol, Self

from security.crypto import key_file
from security.crypto.encoding import length_prefixed
from security.crypto.suites import Suite
from security.crypto.wrapping import unwrap_key, wrap_key
from security.errors import EpochGone, KeyFileRefused


class Epochs(Protocol):
    """Kept by whatever keeps the root: files beside it, or objects of a token."""

    def seal(self, shop_id: str, epoch: int, key: bytes) -> bytes:
        """Under the epoch's secret, which is made here on first use."""
        ...

    def open(self, shop_id: str, epoch: int, sealed: bytes) -> bytes:
        """EpochGone where the secret is not here: destroyed, or never brought to this machine."""
        ...

    def destroy_before(self, shop_id: str, epoch: int) -> int:
        """Destroy the secrets of older epochs of the shop, for good; how many."""
        ...


class EpochFiles:
    """A file of mode 0400 for each epoch; its name tells no shop's."""

    def __init__(self, folder: Path, suite: Suite) -> None:
        self.folder = folder
        self._suite = suite

    @classmethod
    def beside(cls, root: Path, suite: Suite) -> Self:
        """Those that belong to a root kept in a file: ``root-epochs`` beside ``root.key``."""
        return cls(root.with_name(f"{root.stem}-epochs"), suite)

    def seal(self, shop_id: str, epoch: int, key: bytes) -> bytes:
        secret = key_file.read_or_create(self._file(shop_id, epoch))
        return wrap_key(self._suite, secret, key, _context(shop_id, epoch))

    def open(self, shop_id: str, epoch: int, sealed: bytes) -> bytes:
        try:
            secret = key_file.read(self._file(shop_id, epoch))
        except KeyFileRefused as absent:
            raise EpochGone(f"the key of epoch {epoch} of shop {shop_id} is not here: {absent}") from absent
        return unwrap_key(secret, sealed, _context(shop_id, epoch))

    def destroy_before(self, shop_id: str, epoch: int) -> int:
        key_file.end_destroying(self.folder, label(shop_id))
        kept = [path for path in self.folder.glob(f"{label(shop_id)}.*") if path.suffix[1:].isdecimal()]
        older = [path for path in kept if int(path.suffix[1:]) < epoch]
        for path in older:
            key_file.destroy(path)
        return len(older)

    def _file(self, shop_id: str, epoch: int) -> Path:
        return self.folder / f"{label(shop_id)}.{epoch}"


def label(shop_id: str) -> str:
    """Stands for the shop in names that anybody may see."""
    return hashlib.sha256(b"csa/epoch-label/v1\0" + shop_id.encode()).hexdigest()[:32]


def _context(shop_id: str, epoch: int) -> bytes:
    return length_prefixed("epoch", shop_id, str(epoch))
