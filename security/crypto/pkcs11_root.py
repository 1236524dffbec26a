"""A root key in a token with the interface PKCS#11 (v2.40), through its own C library: a hardware module, or SoftHSM.

Two keys that the token never gives out: AES-256 seals the keys of shops (GCM, the context as associated data), a
generic secret makes MACs. Ed25519 is not every token's: the signing key is derived from a MAC, and lives in memory.
"""

import ctypes
import threading
from collections.abc import Sequence
from ctypes import byref, c_char_p, c_ubyte, c_ulong, c_void_p, create_string_buffer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from security.crypto.encoding import length_prefixed
from security.crypto.epochs import label
from security.crypto.suites import NONCE_BYTES, TAG_BYTES
from security.errors import CiphertextRefused, DeviceFailed, EpochGone

_MAGIC = b"\xc5\x05"
_OK, _ALREADY = 0, 0x191
_LOGGED_IN = 0x100
_RW_SESSION = 0x2 | 0x4
_USER = 1
_SECRET_KEY, _AES, _GENERIC = 4, 0x1F, 0x10
_CLASS, _TOKEN, _PRIVATE, _LABEL, _KEY_TYPE, _SENSITIVE = 0, 1, 2, 3, 0x100, 0x103
_ENCRYPT, _DECRYPT, _SIGN, _VERIFY, _VALUE_LEN, _EXTRACTABLE = 0x104, 0x105, 0x108, 0x10A, 0x161, 0x162
_AES_KEY_GEN, _GENERIC_KEY_GEN, _AES_GCM, _SHA256_HMAC = 0x1080, 0x350, 0x1087, 0x251
_KEY_BYTES, _MAC_BYTES = 32, 32
_REFUSED = frozenset({0x40, 0x41, 0x21, 0x5, 0x20})
"""ENCRYPTED_DATA_INVALID, …_LEN_RANGE, DATA_LEN_RANGE, GENERAL_ERROR (SoftHSM's word for a wrong tag), DATA_INVALID."""


class _Attribute(ctypes.Structure):
    _fields_ = (("type", c_ulong), ("value", c_void_p), ("length", c_ulong))


class _Mechanism(ctypes.Structure):
    _fields_ = (("mechanism", c_ulong), ("parameter", c_void_p), ("length", c_ulong))


class _Gcm(ctypes.Structure):
    _fields_ = (
        ("iv", c_void_p),
        ("iv_length", c_ulong),
        ("iv_bits", c_ulong),
        ("aad", c_void_p),
        ("aad_length", c_ulong),
        ("tag_bits", c_ulong),
    )


class _TokenInfo(ctypes.Structure):
    _fields_ = (("label", c_ubyte * 32), ("rest", c_ubyte * 512))


class Pkcs11Token:
    """One session, logged in. Any code but 0 is a failure."""

    def __init__(self, library: Path, label: str, pin: str) -> None:
        try:
            self._library = ctypes.CDLL(str(library))
        except OSError as error:
            raise DeviceFailed(f"{library} cannot be loaded: {error}") from error
        if not hasattr(self._library, "C_GetFunctionList"):
            raise DeviceFailed(f"{library} is no library of PKCS#11")
        self._lock = threading.Lock()
        self._session = c_ulong()
        with self._lock:
            if self._library.C_Initialize(None) not in (_OK, _ALREADY):
                raise DeviceFailed("C_Initialize refused")
        self._call("C_OpenSession", self._slot(label), c_ulong(_RW_SESSION), None, None, byref(self._session))
        code = self._library.C_Login(self._session, c_ulong(_USER), c_char_p(pin.encode()), c_ulong(len(pin.encode())))
        if code not in (_OK, _LOGGED_IN):
            raise DeviceFailed(f"C_Login: code 0x{code:x}")

    def key(self, label: str, kind: int, made_by: int, uses: Sequence[int]) -> c_ulong:
        """The token's key of this name; made on first use, never to leave it."""
        return self.found(label) or self._generated(label, kind, made_by, uses)

    def encrypt(self, key: c_ulong, iv: bytes, associated: bytes, data: bytes) -> bytes:
        return self._one_shot("C_Encrypt", key, _gcm(iv, associated), data, len(data) + TAG_BYTES)

    def decrypt(self, key: c_ulong, iv: bytes, associated: bytes, data: bytes) -> bytes:
        return self._one_shot("C_Decrypt", key, _gcm(iv, associated), data, len(data))

    def mac(self, key: c_ulong, data: bytes) -> bytes:
        return self._one_shot("C_Sign", key, (_Mechanism(_SHA256_HMAC, None, 0),), data, _MAC_BYTES)

    def random(self, size: int) -> bytes:
        buffer = create_string_buffer(size)
        self._call("C_GenerateRandom", self._session, buffer, c_ulong(size))
        return buffer.raw

    def destroy(self, key: c_ulong) -> None:
        self._call("C_DestroyObject", self._session, key)

    def _slot(self, label: str) -> c_ulong:
        count = c_ulong()
        self._call("C_GetSlotList", c_ubyte(1), None, byref(count))
        slots = (c_ulong * count.value)()
        self._call("C_GetSlotList", c_ubyte(1), slots, byref(count))
        for slot in slots:
            info = _TokenInfo()
            self._call("C_GetTokenInfo", c_ulong(slot), byref(info))
            if bytes(info.label).decode(errors="replace").rstrip() == label:
                return c_ulong(slot)
        raise DeviceFailed(f"no token has the label {label}")

    def found(self, label: str) -> c_ulong | None:
        template, count = _template([(_CLASS, _number(_SECRET_KEY)), (_LABEL, label.encode())])
        found, how_many = c_ulong(), c_ulong()
        self._call("C_FindObjectsInit", self._session, template, count)
        self._call("C_FindObjects", self._session, byref(found), c_ulong(1), byref(how_many))
        self._call("C_FindObjectsFinal", self._session)
        return found if how_many.value else None

    def _generated(self, label: str, kind: int, made_by: int, uses: Sequence[int]) -> c_ulong:
        yes, no = b"\1", b"\0"
        template, count = _template(
            [
                (_CLASS, _number(_SECRET_KEY)),
                (_KEY_TYPE, _number(kind)),
                (_LABEL, label.encode()),
                (_VALUE_LEN, _number(_KEY_BYTES)),
                (_TOKEN, yes),
                (_PRIVATE, yes),
                (_SENSITIVE, yes),
                (_EXTRACTABLE, no),
                *((use, yes) for use in uses),
            ]
        )
        key, mechanism = c_ulong(), _Mechanism(made_by, None, 0)
        self._call("C_GenerateKey", self._session, byref(mechanism), template, count, byref(key))
        return key

    def _one_shot(self, name: str, key: c_ulong, held: "tuple[object, ...]", data: bytes, room: int) -> bytes:
        """Init and call together, for a session does one thing at a time. `held` keeps what the mechanism points to."""
        output, size = create_string_buffer(max(room, 1)), c_ulong(room)
        with self._lock:
            self._check(f"{name}Init", getattr(self._library, f"{name}Init")(self._session, byref(held[0]), key))  # type: ignore[arg-type]
            code = getattr(self._library, name)(self._session, data, c_ulong(len(data)), output, byref(size))
        if name == "C_Decrypt" and code in _REFUSED:
            raise CiphertextRefused("the wrapped key does not belong here or was changed")
        self._check(name, code)
        return output.raw[: size.value]

    def _call(self, name: str, *arguments: object) -> None:
        with self._lock:
            self._check(name, getattr(self._library, name)(*arguments))

    @staticmethod
    def _check(name: str, code: int) -> None:
        if code != _OK:
            raise DeviceFailed(f"{name}: code 0x{code & 0xFFFFFFFF:x}")


class Pkcs11RootKey:
    def __init__(self, token: Pkcs11Token, name: str = "aftersales-root", *, makes_keys: bool = True) -> None:
        """`makes_keys`: those that the token does not hold; without it their absence is DeviceFailed."""
        if not makes_keys and not (token.found(f"{name}-wrap") and token.found(f"{name}-mac")):
            raise DeviceFailed(f"the token holds no root key named {name}")
        self._token = token
        self._name = name
        self.epochs = Pkcs11Epochs(token, name)
        self._open()

    @property
    def public_key(self) -> bytes:
        return self._signing.public_key().public_bytes_raw()

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """``C5 05 | nonce(12) | ciphertext | tag(16)``."""
        return _sealed(self._token, self._wrapping, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return _opened(self._token, self._wrapping, wrapped, context)

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
        self._wrapping = self._token.key(f"{self._name}-wrap", _AES, _AES_KEY_GEN, (_ENCRYPT, _DECRYPT))
        self._macs = self._token.key(f"{self._name}-mac", _GENERIC, _GENERIC_KEY_GEN, (_SIGN, _VERIFY))
        self._signing = Ed25519PrivateKey.from_private_bytes(self.mac(b"csa/root-sign/v1"))


class Pkcs11Epochs:
    """A key of the token for each epoch; destroyed there."""

    def __init__(self, token: Pkcs11Token, name: str) -> None:
        self._token = token
        self._name = name

    def seal(self, shop_id: str, epoch: int, key: bytes) -> bytes:
        made = self._token.key(self._label(shop_id, epoch), _AES, _AES_KEY_GEN, (_ENCRYPT, _DECRYPT))
        return _sealed(self._token, made, key, b"epoch")

    def open(self, shop_id: str, epoch: int, sealed: bytes) -> bytes:
        key = self._token.found(self._label(shop_id, epoch))
        if key is None:
            raise EpochGone(f"the token holds no key of epoch {epoch} of shop {shop_id}")
        return _opened(self._token, key, sealed, b"epoch")

    def destroy_before(self, shop_id: str, epoch: int) -> int:
        count = 0
        for older in range(1, epoch):
            if (key := self._token.found(self._label(shop_id, older))) is not None:
                self._token.destroy(key)
                count += 1
        return count

    def _label(self, shop_id: str, epoch: int) -> str:
        return f"{self._name}-epoch-{label(shop_id)}.{epoch}"


def _sealed(token: Pkcs11Token, key: c_ulong, data: bytes, context: bytes) -> bytes:
    nonce = token.random(NONCE_BYTES)
    return _MAGIC + nonce + token.encrypt(key, nonce, _associated(context), data)


def _opened(token: Pkcs11Token, key: c_ulong, sealed: bytes, context: bytes) -> bytes:
    start = len(_MAGIC) + NONCE_BYTES
    if sealed[: len(_MAGIC)] != _MAGIC or len(sealed) < start + TAG_BYTES:
        raise CiphertextRefused("not a key wrapped by this token")
    return token.decrypt(key, sealed[len(_MAGIC) : start], _associated(context), sealed[start:])


def _associated(context: bytes) -> bytes:
    return b"csa-p11/v1" + length_prefixed(context)


def _gcm(iv: bytes, associated: bytes) -> tuple[object, ...]:
    held_iv, held_associated = create_string_buffer(iv, len(iv)), create_string_buffer(associated, len(associated))
    parameter = _Gcm(
        ctypes.addressof(held_iv),
        len(iv),
        len(iv) * 8,
        ctypes.addressof(held_associated),
        len(associated),
        TAG_BYTES * 8,
    )
    mechanism = _Mechanism(_AES_GCM, ctypes.cast(byref(parameter), c_void_p), ctypes.sizeof(parameter))
    return mechanism, parameter, held_iv, held_associated


def _template(values: Sequence[tuple[int, bytes]]) -> "tuple[ctypes.Array[_Attribute], c_ulong]":
    template = (_Attribute * len(values))()
    held = [create_string_buffer(value, len(value)) for _, value in values]
    for attribute, (kind, value), buffer in zip(template, values, held, strict=True):
        attribute.type, attribute.length = kind, len(value)
        attribute.value = ctypes.cast(buffer, c_void_p)
    template.held = held  # type: ignore[attr-defined]
    return template, c_ulong(len(values))


def _number(value: int) -> bytes:
    return bytes(c_ulong(value))
