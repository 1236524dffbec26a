"""What a recording needs of others."""

from typing import Protocol
from uuid import UUID

from appliance.db import Connection
from appliance.ids import ConversationId, ShopId, SubjectId
from appliance.voice.recording.model import Ending
from appliance.voice.recording.reel import Cut
from security.crypto.subject import SubjectKeys


class Keys(Protocol):
    """The part of ``security.crypto.keyring.KeyRing`` that is needed here."""

    async def keys(self, conn: Connection, shop_id: str, subject_id: UUID) -> SubjectKeys: ...


class Subjects(Protocol):
    """Whose conversation it is. NotFound if there is no such conversation in the shop."""

    async def subject_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId: ...


class Shelf(Protocol):
    """Where one recording is kept. Unavailable where it cannot be reached; to try again is harmless."""

    async def put(self, cut: Cut) -> None:
        """The next one."""
        ...

    async def end(self, ending: Ending, silenced_ms: dict[str, int]) -> None: ...
