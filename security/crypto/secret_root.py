"""A root key whose secret is in this process's memory: whoever keeps it hands it in. Software only.

No certified module, not for a cryptographic assessment. Every use has a key of its own, derived from the secret.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.crypto.derive import derive
from security.crypto.suites import Suite
from security.crypto.wrapping import unwrap_key, wrap_key


class Standing:
    """What signs and makes MACs. No rotation changes it: others keep what it made, and have to know it again."""

    BYTES: Final = 64

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self._mac = secret[:32]
        self._signing = Ed25519PrivateKey.from_private_bytes(secret[32:])

    @classmethod
    def of(cls, root: bytes) -> Self:
        """A root's own, while it is the first."""
        return cls(derive(root, b"csa/root-mac/v1") + derive(root, b"csa/root-sign/v1"))

    @property
    def public_key(self) -> bytes:
        return self._signing.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._signing.sign(message)

    def mac(self, message: bytes) -> bytes:
        return hmac.digest(self._mac, message, sha256)


class SecretRoot:
    def __init__(self, secret: bytes, suite: Suite) -> None:
        self._suite = suite
        self._wrapping = derive(secret, b"csa/root-wrap/v1")
        self.standing = Standing.of(secret)

    @property
    def public_key(self) -> bytes:
        """Ed25519, 32 raw bytes: what `sign` is checked with."""
        return self.standing.public_key

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return wrap_key(self._suite, self._wrapping, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return unwrap_key(self._wrapping, wrapped, context)

    def sign(self, message: bytes) -> bytes:
        return self.standing.sign(message)

    def mac(self, message: bytes) -> bytes:
        return self.standing.mac(message)

    def random(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def destroy(self) -> None:
        """What is in memory opens nothing any more."""
        self._wrapping, self.standing = self.random(32), Standing(self.random(Standing.BYTES))
