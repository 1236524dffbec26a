"""Identifiers: UUIDv7 made by us (PostgreSQL 15 has no ``uuidv7()``), typed by what they name.

Order, line, customer and case numbers of the order system are its own strings and unique within a shop only.
"""

import os
import time
from typing import NewType
from uuid import UUID

ShopId = NewType("ShopId", str)
CustomerId = NewType("CustomerId", str)
OrderId = NewType("OrderId", str)
LineId = NewType("LineId", str)

ConversationId = NewType("ConversationId", UUID)
SubjectId = NewType("SubjectId", UUID)
OperationId = NewType("OperationId", UUID)
DecisionId = NewType("DecisionId", UUID)


def uuid7() -> UUID:
    """Time-ordered UUID (RFC 9562 section 5.7): 48 bits of Unix milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value &= ~(0xF << 76) & ~(0x3 << 62)
    value |= (0x7 << 76) | (0x2 << 62)
    return UUID(int=value)
