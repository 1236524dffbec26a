"""Identifiers: UUIDv7 made by us, typed by what they name.

Order, line, customer and case numbers of the order system are its own strings and unique within a shop only.
"""

from typing import NewType
from uuid import UUID

from security.ids import uuid7 as uuid7

ShopId = NewType("ShopId", str)
CustomerId = NewType("CustomerId", str)
OrderId = NewType("OrderId", str)
LineId = NewType("LineId", str)

ConversationId = NewType("ConversationId", UUID)
SubjectId = NewType("SubjectId", UUID)
OperationId = NewType("OperationId", UUID)
DecisionId = NewType("DecisionId", UUID)
