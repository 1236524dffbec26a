"""One field of one row, sealed: the bytes that stand in the database.

Layout: ``C5 01 | suite(1) | dek_id(16) | nonce(12) | ciphertext | tag(16)``. The associated data binds it to its shop,
table, column, row and subject, so that a ciphertext moved anywhere else does not open. Pure but for the nonce.
"""

import os
from typing import NamedTuple
from uuid import UUID

from security.crypto.encoding import length_prefixed
from security.crypto.suites import NONCE_BYTES, TAG_BYTES, Aead, Suite
from security.errors import CiphertextRefused

MAGIC = b"\xc5\x01"
HEADER_BYTES = 19
OVERHEAD_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES


class Place(NamedTuple):
    """Where a field lives."""

    shop_id: str
    table: str
    column: str
    row_id: UUID
    subject_id: UUID


class Sealed(NamedTuple):
    """A ciphertext taken apart; nothing in it is trusted yet."""

    suite: Suite
    dek_id: UUID
    header: bytes
    nonce: bytes
    body: bytes


def seal(cipher: Aead, suite: Suite, dek_id: UUID, place: Place, plaintext: bytes) -> bytes:
    header = MAGIC + bytes([suite]) + dek_id.bytes
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + cipher.seal(nonce, plaintext, _associated(place, header))


def parse(ciphertext: bytes) -> Sealed:
    if len(ciphertext) < OVERHEAD_BYTES or ciphertext[:2] != MAGIC or ciphertext[2] not in set(Suite):
        raise CiphertextRefused("not a sealed field of this version")
    return Sealed(
        suite=Suite(ciphertext[2]),
        dek_id=UUID(bytes=ciphertext[3:HEADER_BYTES]),
        header=ciphertext[:HEADER_BYTES],
        nonce=ciphertext[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES],
        body=ciphertext[HEADER_BYTES + NONCE_BYTES :],
    )


def open_sealed(cipher: Aead, sealed: Sealed, place: Place) -> bytes:
    return cipher.open(sealed.nonce, sealed.body, _associated(place, sealed.header))


def _associated(place: Place, header: bytes) -> bytes:
    parts = (place.shop_id, place.table, place.column, str(place.row_id), str(place.subject_id))
    return b"csa-aad/v1" + length_prefixed(*parts) + header
