"""What special refunds need of others, declared here by the one who needs it and joined in the composition root."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

import msgspec

from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.policy.pack import PolicyPack
from appliance.db import Connection
from appliance.ids import ConversationId, CustomerId, ShopId, SubjectId
from security.audit.record import AuditEvent
from security.crypto.subject import SubjectKeys


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    subject_id: SubjectId
    customer_id: CustomerId | None
    """None: nobody was verified."""


class Talks(Protocol):
    async def talk(self, conn: Connection, conversation_id: ConversationId) -> Talk | None:
        """Of whichever shop it is; in the scope of the system."""
        ...


class ShopSide(Protocol):
    @property
    def orders(self) -> OrderSystem: ...

    @property
    def policies(self) -> tuple[PolicyPack, ...]: ...


class Shops(Protocol):
    async def of(self, shop: ShopId) -> ShopSide: ...


class Pictures(Protocol):
    async def is_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, evidence_id: UUID) -> bool:
        """Whether that picture was sent in that conversation."""
        ...


class AuditTrail(Protocol):
    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None: ...


class Keys(Protocol):
    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...


class Transactions(Protocol):
    def transaction(self, shop: ShopId) -> AbstractAsyncContextManager[Connection]: ...

    def system(self) -> AbstractAsyncContextManager[Connection]: ...
