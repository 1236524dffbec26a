"""A root key in a cryptographic device or card with the interface of GM/T 0018 (SDF), through its own C library.

Keys of shops are sealed inside the device, under SM4 keys that leave it wrapped by one of its key-encryption keys only.
SDF knows no Ed25519 and no HMAC-SHA256: `sign` and `mac` use a secret that the device has to open at every start.
"""

import base64
import ctypes
import hmac
import json
import os
import threading
from pathlib import Path
from typing import NamedTuple

from security.crypto.encoding import length_prefixed
from security.crypto.epochs import EpochFiles
from security.crypto.secret_root import SecretRoot
from security.crypto.suites import Suite
from security.durable import create_file, flush_directory
from security.errors import CiphertextRefused, DeviceFailed, KeyFileRefused

_SM4_CBC, _SM4_MAC, _SM4_ECB = 0x402, 0x410, 0x401
_KEY_BITS, _BLOCK = 128, 16
_BLOB_BYTES = 512
_MAGIC = b"\xc5\x04"
_FORM = "sdf-root/v1"
_SECRET_CONTEXT = b"csa/sdf-root-secret/v1"


class _Blobs(NamedTuple):
    """As they stand in the file beside the device: nobody opens them without it."""

    wrapping: bytes
    mac: bytes


class SdfDevice:
    """One session. The library's functions are called as the standard declares them; any code but 0 is a failure."""

    def __init__(self, library: Path, kek_index: int) -> None:
        try:
            self._library = ctypes.CDLL(str(library))
        except OSError as error:
            raise DeviceFailed(f"{library} cannot be loaded: {error}") from error
        if not hasattr(self._library, "SDF_OpenDevice"):
            raise DeviceFailed(f"{library} is no library of SDF")
        self._kek_index = kek_index
        self._lock = threading.Lock()
        self._device, self._session = ctypes.c_void_p(), ctypes.c_void_p()
        self._call("SDF_OpenDevice", ctypes.byref(self._device))
        self._call("SDF_OpenSession", self._device, ctypes.byref(self._session))

    def close(self) -> None:
        self._call("SDF_CloseSession", self._session)
        self._call("SDF_CloseDevice", self._device)

    def random(self, size: int) -> bytes:
        buffer = ctypes.create_string_buffer(size)
        self._call("SDF_GenerateRandom", self._session, ctypes.c_uint(size), buffer)
        return buffer.raw

    def generate_key(self) -> bytes:
        """A new SM4 key, wrapped by the key-encryption key."""
        blob, size, handle = ctypes.create_string_buffer(_BLOB_BYTES), ctypes.c_uint(_BLOB_BYTES), ctypes.c_void_p()
        place = (ctypes.c_uint(_KEY_BITS), ctypes.c_uint(_SM4_ECB), ctypes.c_uint(self._kek_index))
        made = (blob, ctypes.byref(size), ctypes.byref(handle))
        self._call("SDF_GenerateKeyWithKEK", self._session, *place, *made)
        self._call("SDF_DestroyKey", self._session, handle)
        return blob.raw[: size.value]

    def import_key(self, blob: bytes) -> ctypes.c_void_p:
        handle = ctypes.c_void_p()
        place = (ctypes.c_uint(_SM4_ECB), ctypes.c_uint(self._kek_index))
        self._call("SDF_ImportKeyWithKEK", self._session, *place, blob, ctypes.c_uint(len(blob)), ctypes.byref(handle))
        return handle

    def encrypt(self, key: ctypes.c_void_p, iv: bytes, data: bytes) -> bytes:
        return self._transformed("SDF_Encrypt", key, _SM4_CBC, iv, data, len(data))

    def decrypt(self, key: ctypes.c_void_p, iv: bytes, data: bytes) -> bytes:
        return self._transformed("SDF_Decrypt", key, _SM4_CBC, iv, data, len(data))

    def mac(self, key: ctypes.c_void_p, data: bytes) -> bytes:
        return self._transformed("SDF_CalculateMAC", key, _SM4_MAC, bytes(_BLOCK), data, _BLOCK)

    def _transformed(self, name: str, key: ctypes.c_void_p, algorithm: int, iv: bytes, data: bytes, room: int) -> bytes:
        initial = ctypes.create_string_buffer(iv, _BLOCK)  # devices write the next one over it
        output, size = ctypes.create_string_buffer(room), ctypes.c_uint(room)
        given = (ctypes.c_uint(algorithm), initial, data, ctypes.c_uint(len(data)))
        self._call(name, self._session, key, *given, output, ctypes.byref(size))
        return output.raw[: size.value]

    def _call(self, name: str, *arguments: object) -> None:
        with self._lock:
            code = getattr(self._library, name)(*arguments)
        if code != 0:
            raise DeviceFailed(f"{name}: code 0x{code & 0xFFFFFFFF:08x}")


class SdfRootKey:
    def __init__(self, device: SdfDevice, path: Path, suite: Suite = Suite.SM4_GCM) -> None:
        """`path`: the file of wrapped keys; made on first use."""
        self._device = device
        self._path = path
        self.epochs = EpochFiles.beside(path, suite)
        if not path.exists():
            self._create()
        blobs, sealed = self._read()
        self._wrapping, self._mac = device.import_key(blobs.wrapping), device.import_key(blobs.mac)
        self._secret = SecretRoot(self.unwrap(sealed, _SECRET_CONTEXT), suite)

    @property
    def public_key(self) -> bytes:
        return self._secret.public_key

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """``C5 04 | iv(16) | SM4-CBC | mac(16)``; the MAC covers the context too, and comes second."""
        iv = self._device.random(_BLOCK)
        sealed = _MAGIC + iv + self._device.encrypt(self._wrapping, iv, _padded(key))
        return sealed + self._tag(sealed, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        sealed, tag = wrapped[:-_BLOCK], wrapped[-_BLOCK:]
        start = len(_MAGIC) + _BLOCK
        body = sealed[start:]
        if sealed[: len(_MAGIC)] != _MAGIC or not body or len(body) % _BLOCK:
            raise CiphertextRefused("not a key wrapped by this device")
        if not hmac.compare_digest(tag, self._tag(sealed, context)):
            raise CiphertextRefused("the wrapped key does not belong here or was changed")
        return _unpadded(self._device.decrypt(self._wrapping, sealed[len(_MAGIC) : start], body))

    def sign(self, message: bytes) -> bytes:
        return self._secret.sign(message)

    def mac(self, message: bytes) -> bytes:
        return self._secret.mac(message)

    def random(self, size: int) -> bytes:
        return self._device.random(size)

    def destroy(self) -> None:
        """The wrapped keys go, which exist nowhere else; the device's own key-encryption key is its operator's."""
        size = self._path.stat().st_size
        self._path.chmod(0o600)
        self._path.write_bytes(os.urandom(size))
        self._path.unlink()
        flush_directory(self._path.parent)
        self._wrapping = self._mac = self._device.import_key(self._device.generate_key())
        self._secret.destroy()

    def _tag(self, sealed: bytes, context: bytes) -> bytes:
        message = length_prefixed(b"csa-sdf/v1", context, sealed)
        # a chained MAC is sound over messages that begin with their length
        return self._device.mac(self._mac, _filled(len(message).to_bytes(_BLOCK) + message))

    def _create(self) -> None:
        blobs = _Blobs(self._device.generate_key(), self._device.generate_key())
        self._wrapping, self._mac = map(self._device.import_key, blobs)
        sealed = self.wrap(self._device.random(32), _SECRET_CONTEXT)
        tree = {"form": _FORM, "wrapping": _text(blobs.wrapping), "mac": _text(blobs.mac), "secret": _text(sealed)}
        create_file(self._path, json.dumps(tree).encode())

    def _read(self) -> tuple[_Blobs, bytes]:
        try:
            text = self._path.read_text(encoding="utf-8")
            if not text:
                raise KeyFileRefused(
                    f"{self._path} is empty: restore it from its backup. If the disk was full when the appliance was "
                    "first started, nothing is kept under it: remove it and start again"
                )
            tree = json.loads(text)
            if tree["form"] != _FORM:
                raise ValueError
            wrapping, mac, secret = (base64.b64decode(tree[name]) for name in ("wrapping", "mac", "secret"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeyFileRefused(f"{self._path} holds no keys of a device; restore it from its backup") from error
        return _Blobs(wrapping, mac), secret


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _padded(data: bytes) -> bytes:
    missing = _BLOCK - len(data) % _BLOCK
    return data + bytes([missing]) * missing


def _unpadded(data: bytes) -> bytes:
    """After the MAC was found right, so that padding tells nobody anything."""
    return data[: -data[-1]]


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK)
