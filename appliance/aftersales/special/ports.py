"""What special refunds need of others, declared here by the one who needs it and joined in the composition root."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from appliance.aftersales.orders.model import Order
from appliance.aftersales.policy.model import Ask, Ruling
from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.special.model import Wanted
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


class Ruled(Protocol):
    """What policy says of a request, and on what it stands."""

    @property
    def ask(self) -> Ask: ...

    @property
    def basis(self) -> int:
        """The version of the order's own cases."""
        ...

    @property
    def pack(self) -> PolicyPack: ...

    @property
    def ruling(self) -> Ruling: ...


class Question(Protocol):
    """A request with the order and its customer as they were read just now."""

    @property
    def order(self) -> Order: ...

    @property
    def at(self) -> datetime:
        """Of the business clock."""
        ...

    async def ruled(self, conn: Connection) -> Ruled:
        """Decided as for the customer himself, on the own cases as they stand in the caller's transaction."""
        ...


class Policy(Protocol):
    async def put(self, wanted: Wanted) -> Question:
        """NotFound where the conversation's customer has no such order."""
        ...


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
