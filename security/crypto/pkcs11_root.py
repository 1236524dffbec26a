"""A root key in a token with the interface PKCS#11 (v2.40), through its own C library: a hardware module, or SoftHSM.

Two keys that the token never gives out: AES-256 seals the keys of shops (GCM, the context as associated data), a
generic secret makes MACs. Ed25519 is not every token's: the signing key is derived from a MAC, and lives in memory.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.crypto.encoding import length_prefixed
from security.crypto.epochs import label
from security.crypto.pkcs11_library import KeyKind
from security.crypto.pkcs11_token import Pkcs11Token
from security.errors import DeviceFailed, EpochGone


class Pkcs11RootKey:
    def __init__(self, token: Pkcs11Token, name: str = "aftersales-root", *, makes_keys: bool = True) -> None:
        """`makes_keys`: those that the token does not hold; without it their absence is DeviceFailed."""
        self._wrapping, self._macs = f"{name}-wrap", f"{name}-mac"
        if not makes_keys and not (token.holds(self._wrapping) and token.holds(self._macs)):
            raise DeviceFailed(f"the token holds no root key named {name}")
        self._token = token
        self.epochs = Pkcs11Epochs(token, name)
        self._open()

    @property
    def public_key(self) -> bytes:
        return self._signing.public_key().public_bytes_raw()

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return self._token.seal(self._wrapping, _associated(context), key)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self._token.open(self._wrapping, _associated(context), wrapped)

    def sign(self, message: bytes) -> bytes:
        return self._signing.sign(message)

    def mac(self, message: bytes) -> bytes:
        return self._token.mac(self._macs, message)

    def random(self, size: int) -> bytes:
        return self._token.random(size)

    def destroy(self) -> None:
        """In the token, for good. What this object makes afterwards is under new keys."""
        self._token.destroy(self._wrapping)
        self._token.destroy(self._macs)
        self._open()

    def _open(self) -> None:
        self._token.make(self._wrapping, KeyKind.AES)
        self._token.make(self._macs, KeyKind.GENERIC)
        self._signing = Ed25519PrivateKey.from_private_bytes(self.mac(b"csa/root-sign/v1"))


class Pkcs11Epochs:
    """A key of the token for each epoch; destroyed there."""

    def __init__(self, token: Pkcs11Token, name: str) -> None:
        self._token = token
        self._name = name

    def seal(self, shop_id: str, epoch: int, key: bytes) -> bytes:
        name = self._key(shop_id, epoch)
        self._token.make(name, KeyKind.AES)
        return self._token.seal(name, _associated(b"epoch"), key)

    def open(self, shop_id: str, epoch: int, sealed: bytes) -> bytes:
        name = self._key(shop_id, epoch)
        if not self._token.holds(name):
            raise EpochGone(f"the token holds no key of epoch {epoch} of shop {shop_id}")
        return self._token.open(name, _associated(b"epoch"), sealed)

    def destroy_before(self, shop_id: str, epoch: int) -> int:
        return sum(self._token.destroy(self._key(shop_id, older)) for older in range(1, epoch))

    def _key(self, shop_id: str, epoch: int) -> str:
        return f"{self._name}-epoch-{label(shop_id)}.{epoch}"


def _associated(context: bytes) -> bytes:
    return b"csa-p11/v1" + length_prefixed(context)
