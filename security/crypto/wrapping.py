"""A key sealed under another key.

Layout: ``C5 02 | suite(1) | nonce(12) | ciphertext | tag(16)``. The header and the caller's context are authenticated;
the cipher's own key is derived per suite, so the same parent never serves two ciphers.
"""

import os

from security.crypto.derive import derive
from security.crypto.encoding import length_prefixed
from security.crypto.suites import NONCE_BYTES, TAG_BYTES, Aead, Suite, aead
from security.errors import CiphertextRefused

MAGIC = b"\xc5\x02"
_HEADER_BYTES = len(MAGIC) + 1


def wrap_key(suite: Suite, parent: bytes, key: bytes, context: bytes) -> bytes:
    header = MAGIC + bytes([suite])
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + _cipher(suite, parent).seal(nonce, key, _associated(context, header))


def unwrap_key(parent: bytes, wrapped: bytes, context: bytes) -> bytes:
    header, nonce = wrapped[:_HEADER_BYTES], wrapped[_HEADER_BYTES : _HEADER_BYTES + NONCE_BYTES]
    if len(wrapped) < _HEADER_BYTES + NONCE_BYTES + TAG_BYTES or header[:2] != MAGIC or header[2] not in set(Suite):
        raise CiphertextRefused("not a wrapped key of this version")
    cipher = _cipher(Suite(header[2]), parent)
    return cipher.open(nonce, wrapped[_HEADER_BYTES + NONCE_BYTES :], _associated(context, header))


def _cipher(suite: Suite, parent: bytes) -> Aead:
    return aead(suite, derive(parent, b"csa/wrap/v1" + bytes([suite]), suite.key_bytes))


def _associated(context: bytes, header: bytes) -> bytes:
    return b"csa-wrap/v1" + length_prefixed(context) + header
