"""The keys of one subject, in memory: seals, opens and commits to that subject's values. Touches no database."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from security.crypto import field
from security.crypto.derive import derive
from security.crypto.encoding import length_prefixed
from security.crypto.suites import Aead, Suite, aead
from security.errors import CiphertextRefused


class DataKey(NamedTuple):
    """One version of a subject's key. It serves one suite for life, so no cipher can be talked into another's key."""

    dek_id: UUID
    version: int
    suite: Suite
    secret: bytes


class SubjectKeys:
    def __init__(self, shop_id: str, subject_id: UUID, versions: Sequence[DataKey]) -> None:
        self.shop_id = shop_id
        self.subject_id = subject_id
        self._by_id = {key.dek_id: key for key in versions}
        self._current = max(versions, key=lambda key: key.version)
        self._oldest = min(versions, key=lambda key: key.version)
        self._ciphers: dict[tuple[UUID, str, str], Aead] = {}

    def seal(self, table: str, column: str, row_id: UUID, plaintext: bytes) -> bytes:
        key = self._current
        place = field.Place(self.shop_id, table, column, row_id, self.subject_id)
        return field.seal(self._cipher(key, table, column), key.suite, key.dek_id, place, plaintext)

    def open(self, table: str, column: str, row_id: UUID, ciphertext: bytes) -> bytes:
        """The plaintext, or CiphertextRefused."""
        sealed = field.parse(ciphertext)
        key = self._by_id.get(sealed.dek_id)
        if key is None or key.suite is not sealed.suite:
            raise CiphertextRefused("the ciphertext does not belong here or was changed")
        place = field.Place(self.shop_id, table, column, row_id, self.subject_id)
        return field.open_sealed(self._cipher(key, table, column), sealed, place)

    def commit(self, name: str, value: str) -> str:
        """What the audit log keeps instead of a value: links equal values while the key lives, and nothing after.

        Made with the oldest living version, so that a rotation does not cut the link before the old version goes.
        """
        return _commitment(self._oldest, name, value)

    @property
    def current_id(self) -> UUID:
        """The version that seals."""
        return self._current.dek_id

    def is_commitment(self, commitment: str, name: str, value: str) -> bool:
        return any(hmac.compare_digest(commitment, _commitment(key, name, value)) for key in self._by_id.values())

    def _cipher(self, key: DataKey, table: str, column: str) -> Aead:
        at = (key.dek_id, table, column)
        cipher = self._ciphers.get(at)
        if cipher is None:
            info = b"csa/fld/v1" + length_prefixed(table, column)
            cipher = self._ciphers[at] = aead(key.suite, derive(key.secret, info, key.suite.key_bytes))
        return cipher


def _commitment(key: DataKey, name: str, value: str) -> str:
    message = b"csa-commit/v1\0" + name.encode() + b"\0" + value.encode()
    return hmac.digest(derive(key.secret, b"csa/commit/v1"), message, sha256).hex()
