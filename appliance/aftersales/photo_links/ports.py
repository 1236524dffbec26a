"""What photo links need of others, joined in the composition root."""

from typing import Protocol
from uuid import UUID

from appliance.aftersales.evidence.model import Evidence
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId


class Pictures(Protocol):
    """``appliance.aftersales.evidence.service.EvidenceRoom``."""

    most_bytes: int

    async def keep(self, shop: ShopId, conversation: ConversationId, content: bytes) -> Evidence: ...


class Talk(Protocol):
    """The conversation that the pictures are for."""

    async def show(self, shop: ShopId, conversation_id: ConversationId, evidence: tuple[UUID, ...]) -> None:
        """As one turn of its customer's. A repeat changes nothing."""
        ...

    async def awaiting(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> str | None:
        """What it waits for since its last turn."""
        ...
