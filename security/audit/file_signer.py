"""The log's signing key in a file of mode 0400. Keep it away from the database's administrators."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.crypto import key_file


class FileSigner:
    def __init__(self, path: Path) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key_file.read_or_create(path))

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)
