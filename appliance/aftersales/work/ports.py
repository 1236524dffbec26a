"""What work orders need of others, declared here by the one who needs it and joined in the composition root."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from appliance.aftersales.work.model import WorkNews, WorkOrder
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId, SubjectId
from security.audit.record import AuditEvent
from security.crypto.subject import SubjectKeys


class AuditTrail(Protocol):
    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None:
        """Insert pending records, in the caller's transaction."""
        ...


class Transactions(Protocol):
    """The unit of work, as ``appliance.db.Database`` gives it."""

    def transaction(self, shop: ShopId) -> AbstractAsyncContextManager[Connection]: ...

    def system(self) -> AbstractAsyncContextManager[Connection]: ...


class Keys(Protocol):
    """The part of ``security.crypto.keyring.KeyRing`` that is needed here."""

    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...


class Subjects(Protocol):
    """Whose conversation it is. NotFound if there is no such conversation in the shop."""

    async def subject_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId: ...


class Mask(Protocol):
    def __call__(self, words: str) -> str:
        """Personal data replaced by its type, before anything is kept."""
        ...


class ShopSubject(Protocol):
    def __call__(self, shop: ShopId) -> SubjectId:
        """The subject under whose keys words are sealed that belong to no conversation."""
        ...


class News(Protocol):
    async def tell(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, news: WorkNews) -> None:
        """Leave the news in the conversation, in the caller's transaction, so that they start a turn of their own.

        Raises an ApplianceError where there is no such conversation any more.
        """
        ...


class Answers(Protocol):
    async def last_words(
        self, conn: Connection, shop: ShopId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, datetime]:
        """When their customers said or showed something last, there or later elsewhere; nothing of who never did."""
        ...


class Announcements(Protocol):
    async def opened(self, conn: Connection, order: WorkOrder) -> None:
        """Leave word for the shop's own systems that it is there, in the caller's transaction."""
        ...


class Pictures(Protocol):
    async def is_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, evidence_id: UUID) -> bool:
        """Whether that picture was sent in that conversation."""
        ...
