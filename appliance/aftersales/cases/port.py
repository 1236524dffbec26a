"""What cases need of others, declared here by the one who needs it and joined in the composition root."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from uuid import UUID

from appliance.aftersales.cases.model import Notice
from appliance.aftersales.orders.model import Record
from appliance.aftersales.orders.port import OrderSystem
from appliance.db import Connection
from appliance.ids import ConversationId, OperationId, ShopId, SubjectId


class OrderSystems(Protocol):
    """The order system of each shop."""

    def of(self, shop: ShopId) -> OrderSystem: ...

    def repeats_safely(self, shop: ShopId) -> bool:
        """Whether a write that is sent again under its key is surely done once."""
        ...


class AuditEntry(Record, frozen=True):
    """What is said to the audit log about an operation: codes, ids and commitments, no words."""

    entry_id: UUID
    """Made by the caller, so that the operation can name its records."""
    action: str
    """``operation.intent`` before anything is sent, ``operation.outcome`` after it is known."""
    shop_id: ShopId
    operation_id: OperationId
    conversation_id: ConversationId
    subject_id: SubjectId
    result: str
    facts: dict[str, Any]
    actor: str = "appliance"


class AuditTrail(Protocol):
    async def append(self, conn: Connection, entries: Sequence[AuditEntry]) -> None:
        """Insert pending records, in the caller's transaction."""
        ...

    async def wait_sealed(self, entry_ids: Sequence[UUID]) -> None:
        """Return once the records are sealed. Raises AuditUnavailable where that takes too long."""
        ...


class Delivery(Protocol):
    async def deliver(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, notice: Notice) -> None:
        """Leave the notice in the conversation, in the caller's transaction, so that it starts a turn of its own.

        Raises an ApplianceError where there is no such conversation any more.
        """
        ...


class Disclosure(Protocol):
    async def reveal(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        operation_id: OperationId,
        values: Mapping[str, str],
    ) -> Mapping[str, str]:
        """Texts with vault references made clear, keys kept; recorded in the caller's transaction.

        Raises NotFound where a value is gone for good.
        """
        ...

    def mask(self, words: str) -> str:
        """Personal data in words of the order system, replaced before they are kept."""
        ...


class Transactions(Protocol):
    """The unit of work, as ``appliance.db.Database`` gives it."""

    def transaction(self, shop: ShopId) -> AbstractAsyncContextManager[Connection]: ...

    def system(self) -> AbstractAsyncContextManager[Connection]: ...
