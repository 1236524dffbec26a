"""One session of a PKCS#11 token, logged in. It does one thing at a time: see to it that one thread asks.

A key is found by its name at every use, for what names it inside does not outlive the session.
"""

from collections.abc import Sequence
from ctypes import byref, c_char_p, c_ubyte, c_ulong, create_string_buffer
from typing import Final

from security.crypto import pkcs11_library as c
from security.crypto.suites import NONCE_BYTES, TAG_BYTES
from security.errors import CiphertextRefused, DeviceFailed

_RW_SESSION, _USER = 0x2 | 0x4, 1
_KEY_BYTES, _MAC_BYTES = 32, 32
_MOST_KEYS = 16
_MADE_BY: Final = {c.KeyKind.AES: 0x1080, c.KeyKind.GENERIC: 0x350}
_USES: Final = {c.KeyKind.AES: (c.ENCRYPT, c.DECRYPT), c.KeyKind.GENERIC: (c.SIGN, c.VERIFY)}
_PROBE: Final = b"csa-p11-probe/v1"


class PinRefused(DeviceFailed):
    """A token locks itself after a few of these."""


class Session:
    def __init__(self, library: c.Library, label: str, pin: str) -> None:
        self._library = library
        self._handle = c_ulong()
        c.check("C_Initialize", library.code("C_Initialize", None), also=(c.ALREADY_INITIALIZED,))
        slot, self.serial = self._slot(label)
        library.call("C_OpenSession", slot, c_ulong(_RW_SESSION), None, None, byref(self._handle))
        self._log_in(pin.encode())

    def close(self) -> None:
        """Whatever the token says to it: a session that is gone needs no closing."""
        self._library.code("C_CloseSession", self._handle)

    def find(self, name: str) -> list[c_ulong]:
        """Every key of this name: processes that made one at the same moment left more than one."""
        template, count = c.template([(c.CLASS, c.number(c.SECRET_KEY)), (c.LABEL, name.encode())])
        found, how_many = (c_ulong * _MOST_KEYS)(), c_ulong()
        self._library.call("C_FindObjectsInit", self._handle, template, count)
        code = self._library.code("C_FindObjects", self._handle, found, c_ulong(_MOST_KEYS), byref(how_many))
        self._library.call("C_FindObjectsFinal", self._handle)
        c.check("C_FindObjects", code)
        return [c_ulong(each) for each in found[: how_many.value]]

    def generate(self, name: str, kind: c.KeyKind) -> c_ulong:
        """A key that never leaves the token."""
        yes, no = b"\1", b"\0"
        values = [
            (c.CLASS, c.number(c.SECRET_KEY)),
            (c.KEY_TYPE, c.number(kind)),
            (c.LABEL, name.encode()),
            (c.VALUE_LEN, c.number(_KEY_BYTES)),
            (c.TOKEN, yes),
            (c.PRIVATE, yes),
            (c.SENSITIVE, yes),
            (c.EXTRACTABLE, no),
            *((use, yes) for use in _USES[kind]),
        ]
        key, mechanism = c_ulong(), c.Mechanism(_MADE_BY[kind], None, 0)
        self._library.call("C_GenerateKey", self._handle, byref(mechanism), *c.template(values), byref(key))
        return key

    def encrypt(self, key: c_ulong, iv: bytes, associated: bytes, data: bytes) -> bytes:
        code, output = self._one_shot("C_Encrypt", key, c.aes_gcm(iv, associated), data, len(data) + TAG_BYTES)
        c.check("C_Encrypt", code)
        return output

    def decrypt(self, key: c_ulong, iv: bytes, associated: bytes, data: bytes) -> bytes:
        """CiphertextRefused only for what is the ciphertext's fault.

        SoftHSM has no other word for a wrong tag than a general error. Such a one counts as an answer of a token that
        opens what it has just sealed, and says the same again.
        """
        code, output = self._decrypted(key, iv, associated, data)
        if code == c.GENERAL_ERROR:
            self._prove(key)
            code, output = self._decrypted(key, iv, associated, data)
        if code in c.CHANGED or code == c.GENERAL_ERROR:
            raise CiphertextRefused("the wrapped key does not belong here or was changed")
        c.check("C_Decrypt", code)
        return output

    def mac(self, key: c_ulong, data: bytes) -> bytes:
        code, output = self._one_shot("C_Sign", key, c.hmac_sha256(), data, _MAC_BYTES)
        c.check("C_Sign", code)
        return output

    def random(self, size: int) -> bytes:
        buffer = create_string_buffer(size)
        self._library.call("C_GenerateRandom", self._handle, buffer, c_ulong(size))
        return buffer.raw

    def destroy(self, key: c_ulong) -> None:
        self._library.call("C_DestroyObject", self._handle, key)

    def _prove(self, key: c_ulong) -> None:
        """DeviceFailed where the token does not do its work at all."""
        iv = self.random(NONCE_BYTES)
        code, opened = self._decrypted(key, iv, b"", self.encrypt(key, iv, b"", _PROBE))
        c.check("C_Decrypt", code)
        if opened != _PROBE:
            raise DeviceFailed("C_Decrypt: the token does not open what it has just sealed")

    def _decrypted(self, key: c_ulong, iv: bytes, associated: bytes, data: bytes) -> tuple[int, bytes]:
        return self._one_shot("C_Decrypt", key, c.aes_gcm(iv, associated), data, len(data))

    def _one_shot(self, name: str, key: c_ulong, held: Sequence[object], data: bytes, room: int) -> tuple[int, bytes]:
        """The code of the call that follows the initial one, and what it gave. `held`: the mechanism first."""
        output, size = create_string_buffer(max(room, 1)), c_ulong(room)
        self._library.call(f"{name}Init", self._handle, byref(held[0]), key)  # type: ignore[arg-type]
        code = self._library.code(name, self._handle, data, c_ulong(len(data)), output, byref(size))
        return code, output.raw[: size.value] if code == c.OK else b""

    def _slot(self, label: str) -> tuple[c_ulong, str]:
        """Where the token is, and its maker's number."""
        count = c_ulong()
        self._library.call("C_GetSlotList", c_ubyte(1), None, byref(count))
        slots = (c_ulong * count.value)()
        self._library.call("C_GetSlotList", c_ubyte(1), slots, byref(count))
        for slot in slots[: count.value]:
            info = c.TokenInfo()
            self._library.call("C_GetTokenInfo", c_ulong(slot), byref(info))
            if c.text(info.label) == label:
                return c_ulong(slot), c.text(info.serial)
        raise DeviceFailed(f"no token has the label {label}: is it plugged in?")

    def _log_in(self, pin: bytes) -> None:
        code = self._library.code("C_Login", self._handle, c_ulong(_USER), c_char_p(pin), c_ulong(len(pin)))
        try:
            c.check("C_Login", code, also=(c.ALREADY_LOGGED_IN,))
        except DeviceFailed as failed:
            self.close()
            if code in c.PIN_REFUSED:
                raise PinRefused(str(failed)) from failed
            raise
