"""Takes pictures in and hands them out again, each only within its own conversation.

The original is sealed as it came, metadata and all, under the keys of the conversation's subject: in a dispute both
sides must be able to show the same bytes, and erasing the subject erases the picture. People and models are shown
``view``, which has no metadata.
"""

import asyncio
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

from appliance.aftersales.evidence import rules, store
from appliance.aftersales.evidence.model import Evidence, Picture
from appliance.clock import Clock
from appliance.db import Connection, Database
from appliance.errors import NotFound, TooLarge
from appliance.ids import ConversationId, ShopId, SubjectId, uuid7
from security.crypto.subject import SubjectKeys

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_IN_A_CONVERSATION: Final = 30
_DECODERS: Final = 2
"""Pictures decoded at once in one process: each may take 200 MB and a core for a second."""


class Keys(Protocol):
    """The part of ``security.crypto.keyring.KeyRing`` that is needed here."""

    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...


class Subjects(Protocol):
    """Whose conversation it is. NotFound if there is no such conversation in the shop."""

    async def subject_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId: ...


class EvidenceRoom:
    def __init__(
        self, db: Database, keys: Keys, subjects: Subjects, clock: Clock, most_bytes: int = MOST_BYTES
    ) -> None:
        self.most_bytes = most_bytes
        self._db = db
        self._keys = keys
        self._subjects = subjects
        self._clock = clock
        self._decoding = asyncio.Semaphore(_DECODERS)

    async def keep(self, shop: ShopId, conversation: ConversationId, content: bytes) -> Evidence:
        """Check and keep a picture. NotAnImage, ImageNotSupported or TooLarge if it cannot be."""
        if len(content) > self.most_bytes:
            raise TooLarge(f"a picture may have at most {self.most_bytes // 1024 // 1024} MiB")
        async with self._decoding:
            picture = await asyncio.to_thread(rules.inspect, content)
        async with self._db.transaction(shop) as conn:
            subject = await self._subjects.subject_of(conn, shop, conversation)
            if await store.count(conn, shop, conversation) >= MOST_IN_A_CONVERSATION:
                raise TooLarge(f"a conversation takes at most {MOST_IN_A_CONVERSATION} pictures")
            evidence = self._described(shop, conversation, subject, picture)
            keys = await self._keys.keys(conn, shop, subject)
            await store.insert(conn, evidence, keys.seal("evidence", "sealed", evidence.evidence_id, content))
        return evidence

    async def find(self, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> Evidence:
        """NotFound if the picture is not of this conversation."""
        async with self._db.transaction(shop) as conn:
            return await self._find(conn, shop, conversation, evidence_id)

    async def open(self, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> Picture:
        """The original. NotFound if it is not of this conversation."""
        async with self._db.transaction(shop) as conn:
            evidence = await self._find(conn, shop, conversation, evidence_id)
            sealed = await store.select_sealed(conn, shop, evidence_id)
            keys = await self._keys.keys(conn, shop, evidence.subject_id)
        return Picture(
            media_type=evidence.media_type,
            width=evidence.width,
            height=evidence.height,
            content=keys.open("evidence", "sealed", evidence_id, sealed),
        )

    async def view(self, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> bytes:
        """The picture as a JPEG without metadata, for people and models."""
        picture = await self.open(shop, conversation, evidence_id)
        async with self._decoding:
            return await asyncio.to_thread(rules.view, picture)

    async def is_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, evidence_id: UUID) -> bool:
        return await store.select(conn, shop, conversation_id, evidence_id) is not None

    async def _find(self, conn: Connection, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> Evidence:
        evidence = await store.select(conn, shop, conversation, evidence_id)
        if evidence is None:
            raise NotFound("no such picture in this conversation")
        return evidence

    def _described(self, shop: ShopId, conversation: ConversationId, subject: SubjectId, picture: Picture) -> Evidence:
        return Evidence(
            shop_id=shop,
            evidence_id=uuid7(),
            conversation_id=conversation,
            subject_id=subject,
            media_type=picture.media_type,
            size_bytes=len(picture.content),
            width=picture.width,
            height=picture.height,
            sha256=sha256(picture.content).digest(),
            received_at=self._clock.now(),
        )
