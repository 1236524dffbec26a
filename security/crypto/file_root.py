"""The root key as a file on this machine. Software only: no certified module, not for a cryptographic assessment."""

import hmac
import secrets
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.crypto import key_file
from security.crypto.derive import derive
from security.crypto.suites import Suite
from security.crypto.wrapping import unwrap_key, wrap_key


class FileRootKey:
    def __init__(self, path: Path, suite: Suite = Suite.AES_256_GCM) -> None:
        self._path = path
        self._suite = suite
        secret = key_file.read_or_create(path)
        self._wrapping = derive(secret, b"csa/root-wrap/v1")
        self._mac = derive(secret, b"csa/root-mac/v1")
        self._signing = Ed25519PrivateKey.from_private_bytes(derive(secret, b"csa/root-sign/v1"))

    @property
    def public_key(self) -> bytes:
        """Ed25519, 32 raw bytes: what `sign` is checked with."""
        return self._signing.public_key().public_bytes_raw()

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return wrap_key(self._suite, self._wrapping, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return unwrap_key(self._wrapping, wrapped, context)

    def sign(self, message: bytes) -> bytes:
        return self._signing.sign(message)

    def mac(self, message: bytes) -> bytes:
        return hmac.digest(self._mac, message, sha256)

    def random(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def destroy(self) -> None:
        key_file.destroy(self._path)
        self._wrapping, self._mac = self.random(32), self.random(32)  # what is in memory opens nothing either
        self._signing = Ed25519PrivateKey.generate()
