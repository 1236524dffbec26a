"""What the root of all keys can do, whatever keeps it: a file, a TPM, PKCS#11, SDF, a transit engine.

Six calls. The root key itself never comes out.
"""

from typing import Protocol

from security.crypto.epochs import Epochs


class RootKey(Protocol):
    @property
    def epochs(self) -> Epochs:
        """What the epochs of shops' keys hang on besides; kept as the root is, and destroyed one by one."""
        ...

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Seal a key for storage; it opens only with the same context."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The key again, or CiphertextRefused."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Ed25519, 64 bytes."""
        ...

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256, 32 bytes."""
        ...

    def random(self, size: int) -> bytes: ...

    def destroy(self) -> None:
        """Make everything ever wrapped unreadable. There is no way back."""
        ...
