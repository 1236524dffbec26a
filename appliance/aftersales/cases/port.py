"""What cases need of others, declared here by the one who needs it and joined in the composition root."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from appliance.aftersales.cases.model import Notice
from appliance.aftersales.orders.model import CaseKind, CaseReceipt
from appliance.aftersales.orders.port import OrderSystem
from appliance.db import Connection
from appliance.ids import ConversationId, OperationId, ShopId
from security.audit.record import AuditEvent


class OrderSystems(Protocol):
    """The order system of each shop."""

    def of(self, shop: ShopId) -> OrderSystem: ...

    def repeats_safely(self, shop: ShopId, kind: CaseKind) -> bool:
        """Whether a write of this kind that is sent again under its key is surely done once."""
        ...

    def is_by_hand(self, shop: ShopId, kind: CaseKind) -> bool:
        """Whether it is known beforehand that the order system does no write of this kind."""
        ...


class AuditTrail(Protocol):
    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None:
        """Insert pending records, in the caller's transaction."""
        ...

    async def wait_sealed(self, ids: Sequence[UUID]) -> None:
        """Return once these records are sealed; security.errors.AuditUnavailable where that takes too long."""
        ...


class Delivery(Protocol):
    async def deliver(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, notice: Notice) -> None:
        """Leave the notice in the conversation, in the caller's transaction, so that it starts a turn of its own.

        Raises an ApplianceError where there is no such conversation any more.
        """
        ...


class Guides(Protocol):
    async def queue(self, conn: Connection, shop: ShopId, case_id: UUID, kind: CaseKind, receipt: CaseReceipt) -> None:
        """Queue what the customer is sent about his case, in the caller's transaction; a repeat changes nothing."""
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
