"""The authenticated ciphers, by the number that stands in every ciphertext. Nothing here chooses a key or a nonce."""

from enum import IntEnum
from typing import Protocol, assert_never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.errors import CiphertextRefused

NONCE_BYTES = 12
TAG_BYTES = 16


class Suite(IntEnum):
    AES_256_GCM = 1
    SM4_GCM = 2

    @property
    def key_bytes(self) -> int:
        return 32 if self is Suite.AES_256_GCM else 16


class Aead(Protocol):
    def seal(self, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
        """Ciphertext and its tag of 16 bytes."""
        ...

    def open(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """The plaintext, or CiphertextRefused."""
        ...


def aead(suite: Suite, key: bytes) -> Aead:
    match suite:
        case Suite.AES_256_GCM:
            return _Aes256Gcm(key)
        case Suite.SM4_GCM:
            return _Sm4Gcm(key)
        case _:
            assert_never(suite)


class _Aes256Gcm:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
        return self._cipher.encrypt(nonce, plaintext, associated)

    def open(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        try:
            return self._cipher.decrypt(nonce, sealed, associated)
        except InvalidTag:
            raise CiphertextRefused("the ciphertext does not belong here or was changed") from None


class _Sm4Gcm:
    """GB/T 32907 in GCM, as RFC 8998 uses it: key 16, nonce 12, tag 16 bytes."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def seal(self, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated)
        return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag

    def open(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        if len(tag) < TAG_BYTES:
            raise CiphertextRefused("the ciphertext is too short")
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated)
        plaintext = decryptor.update(body)
        try:
            return plaintext + decryptor.finalize()
        except InvalidTag:
            raise CiphertextRefused("the ciphertext does not belong here or was changed") from None
