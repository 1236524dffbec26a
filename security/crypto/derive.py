"""HKDF-SHA256: one key for one purpose, from a uniformly random parent key."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(parent: bytes, info: bytes, length: int = 32) -> bytes:
    """No salt: the parents are 32 random bytes each, never passwords."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(parent)
