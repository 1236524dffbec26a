"""Identifiers that grow with time: whoever keeps many writes at the end of an index, not all over it.

PostgreSQL 15 has no ``uuidv7()``. Their time is for order only; nothing reads it.
"""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """Time-ordered UUID (RFC 9562 section 5.7): 48 bits of Unix milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value &= ~(0xF << 76) & ~(0x3 << 62)
    value |= (0x7 << 76) | (0x2 << 62)
    return UUID(int=value)
