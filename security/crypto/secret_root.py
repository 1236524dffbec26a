"""A root key whose secret is in this process's memory: whoever keeps it hands it in. Software only.

No certified module, not for a cryptographic assessment. Every use has a key of its own, derived from the secret.
"""

import hmac
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.crypto.derive import derive
from security.crypto.suites import Suite
from security.crypto.wrapping import unwrap_key, wrap_key


class SecretRoot:
    def __init__(self, secret: bytes, suite: Suite) -> None:
        self._suite = suite
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
        """What is in memory opens nothing any more."""
        self._wrapping, self._mac = self.random(32), self.random(32)
        self._signing = Ed25519PrivateKey.generate()
