"""The C interface of PKCS#11 (v2.40), as much as a root key needs: its numbers, its structures, one call at a time.

Any code but 0 is a failure, and says by its kind what may help.
"""

import ctypes
from collections.abc import Sequence
from ctypes import byref, c_ubyte, c_ulong, c_void_p, create_string_buffer
from enum import IntEnum
from pathlib import Path
from typing import Final

from security.crypto.suites import TAG_BYTES
from security.errors import DeviceFailed

OK: Final = 0
GENERAL_ERROR: Final = 0x5
ALREADY_INITIALIZED: Final = 0x191
ALREADY_LOGGED_IN: Final = 0x100
CHANGED: Final = frozenset({0x20, 0x21, 0x40, 0x41, 0x42})
"""DATA_INVALID, DATA_LEN_RANGE, ENCRYPTED_DATA_INVALID, …_LEN_RANGE, AEAD_DECRYPT_FAILED: said of the ciphertext."""
PIN_REFUSED: Final = frozenset({0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0x102})
"""PIN_INCORRECT, …_INVALID, …_LEN_RANGE, …_EXPIRED, …_LOCKED, USER_PIN_NOT_INITIALIZED."""
_LOST: Final = frozenset({0x30, 0x32, 0x60, 0x82, 0x90, 0xB0, 0xB3, 0xE0, 0xE1, 0x101, 0x190})
"""DEVICE_ERROR, …_REMOVED, KEY_HANDLE_INVALID, OBJECT_…, OPERATION_ACTIVE, SESSION_CLOSED, …_HANDLE_INVALID,
TOKEN_NOT_PRESENT, …_NOT_RECOGNIZED, USER_NOT_LOGGED_IN, CRYPTOKI_NOT_INITIALIZED: a new session may do what this one
cannot."""
_SAID: Final = {
    GENERAL_ERROR: "the token itself failed",
    0x30: "the token has a fault",
    0x31: "the token has no memory left",
    0x32: "the token was removed: put it back",
    0xA0: "its PIN is wrong",
    0xA3: "its PIN has expired: set another",
    0xA4: "its PIN is locked: the token's security officer unlocks it",
    0x90: "the session is left with something half done",
    0xB0: "the token closed the session",
    0xB3: "the token knows the session no more",
    0xE0: "the token is not present: put it back",
    0xE1: "what is present is no token of this library",
    0x101: "the token has logged out",
    0x102: "its user PIN was never set",
}

SECRET_KEY: Final = 4
CLASS, TOKEN, PRIVATE, LABEL, KEY_TYPE, SENSITIVE = 0, 1, 2, 3, 0x100, 0x103
ENCRYPT, DECRYPT, SIGN, VERIFY, VALUE_LEN, EXTRACTABLE = 0x104, 0x105, 0x108, 0x10A, 0x161, 0x162
_AES_GCM, _SHA256_HMAC = 0x1087, 0x251


class KeyKind(IntEnum):
    """CKK_… of a key."""

    AES = 0x1F
    GENERIC = 0x10


class Attribute(ctypes.Structure):
    _fields_ = (("type", c_ulong), ("value", c_void_p), ("length", c_ulong))


class Mechanism(ctypes.Structure):
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


class TokenInfo(ctypes.Structure):
    _fields_ = (
        ("label", c_ubyte * 32),
        ("manufacturer", c_ubyte * 32),
        ("model", c_ubyte * 16),
        ("serial", c_ubyte * 16),
        ("rest", c_ubyte * 512),
    )


class SessionLost(DeviceFailed):
    """The session is gone, or the token: what was asked for may be asked again of a new session."""


class Library:
    """A C library of a token's maker."""

    def __init__(self, path: Path) -> None:
        try:
            self._functions = ctypes.CDLL(str(path))
        except OSError as error:
            raise DeviceFailed(f"{path} cannot be loaded: {error}") from error
        if not hasattr(self._functions, "C_GetFunctionList"):
            raise DeviceFailed(f"{path} is no library of PKCS#11")

    def code(self, name: str, *arguments: object) -> int:
        return int(getattr(self._functions, name)(*arguments)) & 0xFFFFFFFF

    def call(self, name: str, *arguments: object) -> None:
        check(name, self.code(name, *arguments))


def check(name: str, code: int, *, also: Sequence[int] = ()) -> None:
    """`also`: codes that are as good as success."""
    if code == OK or code in also:
        return
    said = f"{name}: code 0x{code:x}" + (f" ({_SAID[code]})" if code in _SAID else "")
    raise (SessionLost if code in _LOST else DeviceFailed)(said)


def hmac_sha256() -> tuple[Mechanism]:
    return (Mechanism(_SHA256_HMAC, None, 0),)


def aes_gcm(iv: bytes, associated: bytes) -> tuple[Mechanism, object, object, object]:
    """The mechanism, and what it points to, which has to live as long."""
    held_iv, held_associated = create_string_buffer(iv, len(iv)), create_string_buffer(associated, len(associated))
    parameter = _Gcm(
        ctypes.addressof(held_iv),
        len(iv),
        len(iv) * 8,
        ctypes.addressof(held_associated),
        len(associated),
        TAG_BYTES * 8,
    )
    mechanism = Mechanism(_AES_GCM, ctypes.cast(byref(parameter), c_void_p), ctypes.sizeof(parameter))
    return mechanism, parameter, held_iv, held_associated


def template(values: Sequence[tuple[int, bytes]]) -> "tuple[ctypes.Array[Attribute], c_ulong]":
    made = (Attribute * len(values))()
    held = [create_string_buffer(value, len(value)) for _, value in values]
    for attribute, (kind, value), buffer in zip(made, values, held, strict=True):
        attribute.type, attribute.length = kind, len(value)
        attribute.value = ctypes.cast(buffer, c_void_p)
    made.held = held  # type: ignore[attr-defined]
    return made, c_ulong(len(values))


def number(value: int) -> bytes:
    return bytes(c_ulong(value))


def text(field: "ctypes.Array[c_ubyte]") -> str:
    """Padded with blanks, without an end."""
    return bytes(field).decode(errors="replace").rstrip()
