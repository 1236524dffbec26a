"""Equality search over sealed values: a keyed digest per shop, table and column.

It shows who holds the master key nothing but equality within one column, and how often each value occurs: index only
values that are hard to guess and rarely repeat (phone, card, ID number), and compare the opened value after a hit.
"""

import hmac
from enum import StrEnum
from hashlib import sha256
from typing import assert_never

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from security.crypto.derive import derive
from security.crypto.encoding import length_prefixed
from security.crypto.suites import Suite

DIGEST_BYTES = 16


class IndexAlgorithm(StrEnum):
    """It goes with the key for life, so that what was stored is found whatever the setting says later."""

    HMAC_SHA256 = "hmac-sha256"
    HMAC_SM3 = "hmac-sm3"

    @classmethod
    def of(cls, suite: Suite) -> "IndexAlgorithm":
        return cls.HMAC_SM3 if suite is Suite.SM4_GCM else cls.HMAC_SHA256


class BlindIndex:
    def __init__(self, version: int, secret: bytes, algorithm: IndexAlgorithm = IndexAlgorithm.HMAC_SHA256) -> None:
        self.version = version
        self.algorithm = algorithm
        self._secret = secret
        self._columns: dict[tuple[str, str], bytes] = {}

    def digest(self, table: str, column: str, normalised: str) -> bytes:
        """Sixteen bytes. The caller normalises first (``security.pii``), or equal values will not meet."""
        key = self._columns.get((table, column))
        if key is None:
            info = b"csa/bidx-key/v1" + length_prefixed(table, column)
            key = self._columns[table, column] = derive(self._secret, info)
        return _digest(self.algorithm, key, b"csa/bidx/v1" + normalised.encode())[:DIGEST_BYTES]


def _digest(algorithm: IndexAlgorithm, key: bytes, message: bytes) -> bytes:
    match algorithm:
        case IndexAlgorithm.HMAC_SHA256:
            return hmac.digest(key, message, sha256)
        case IndexAlgorithm.HMAC_SM3:
            keyed = HMAC(key, hashes.SM3())
            keyed.update(message)
            return keyed.finalize()
        case _:
            assert_never(algorithm)
