"""The log's signing key in a file of mode 0400, and its successor beside it while they change over.

Keep both away from the database's administrators.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.crypto import key_file
from security.durable import flush_directory

_NEXT = ".next"


class FileSigner:
    def __init__(self, path: Path) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key_file.read_or_create(path))

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class FileSuccession:
    """A successor is made by `begin`, by whoever may; the sealer takes it up at its next record or checkpoint."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = path.with_name(path.name + _NEXT)

    def begin(self) -> FileSigner:
        """Beginning twice is beginning once."""
        return FileSigner(self._next)

    def successor(self) -> FileSigner | None:
        return FileSigner(self._next) if self._next.exists() else None

    def promote(self) -> None:
        self._next.replace(self._path)
        flush_directory(self._path.parent)
