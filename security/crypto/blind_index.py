"""Equality search over sealed values: a keyed digest per shop, table and column.

It shows who holds the master key nothing but equality within one column, and how often each value occurs: index only
values that are hard to guess and rarely repeat (phone, card, ID number), and compare the opened value after a hit.
"""

import hmac
from hashlib import sha256

from security.crypto.derive import derive
from security.crypto.encoding import length_prefixed

DIGEST_BYTES = 16


class BlindIndex:
    def __init__(self, version: int, secret: bytes) -> None:
        self.version = version
        self._secret = secret
        self._columns: dict[tuple[str, str], bytes] = {}

    def digest(self, table: str, column: str, normalised: str) -> bytes:
        """Sixteen bytes. The caller normalises first (``security.pii``), or equal values will not meet."""
        key = self._columns.get((table, column))
        if key is None:
            info = b"csa/bidx-key/v1" + length_prefixed(table, column)
            key = self._columns[table, column] = derive(self._secret, info)
        return hmac.digest(key, b"csa/bidx/v1" + normalised.encode(), sha256)[:DIGEST_BYTES]
