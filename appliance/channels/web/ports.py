"""What the web channel needs of the rest. ``tests/appliance/channels/fake_conversations.py`` is an honest small one."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from appliance.aftersales.evidence.model import Evidence, Picture
from appliance.conversation.model import Channel, CustomerMessage, Received, Speaker, Started, Visible
from appliance.identity.model import ShopIdentity
from appliance.identity.widgets import Widget
from appliance.ids import ConversationId, CustomerId, ShopId


class Watch(Protocol):
    async def wait(self) -> None:
        """Returns when something was committed since the watch began or the last wait returned; coalesces."""
        ...

    def took_typing(self) -> Speaker | None:
        """Who has typed since it was asked last."""
        ...


class Conversations(Protocol):
    """Each method raises NotFound for a conversation that is not the shop's."""

    async def start(
        self,
        *,
        shop: ShopId,
        channel: Channel,
        customer: CustomerId | None,
        business_offset: timedelta = timedelta(0),
    ) -> Started: ...

    async def receive(self, shop: ShopId, conversation_id: ConversationId, message: CustomerMessage) -> Received:
        """The message is durable when this returns; the turn runs in the background."""
        ...

    async def flush(self, shop: ShopId, conversation_id: ConversationId) -> None:
        """End the quiet time now: no more of this burst is coming."""
        ...

    async def transcript(
        self, shop: ShopId, conversation_id: ConversationId, after: int = 0
    ) -> tuple[Visible, ...]: ...

    def watch(self, conversation_id: ConversationId) -> AbstractAsyncContextManager[Watch]: ...

    async def move_clock(self, shop: ShopId, conversation_id: ConversationId, by: timedelta) -> None:
        """Evaluation profile only: the business clock goes on, and timers that became due run."""
        ...


class QueuePlace(Protocol):
    """``appliance.desk.model.Waiting``."""

    @property
    def position(self) -> int | None: ...

    @property
    def estimate_s(self) -> int | None: ...

    @property
    def opens_at(self) -> datetime | None: ...


class People(Protocol):
    """The people that a customer waits for or talks with (``appliance.desk``)."""

    async def place(self, shop: ShopId, conversation_id: ConversationId) -> QueuePlace | None:
        """None: it is in no queue."""
        ...

    async def leave(self, shop: ShopId, conversation_id: ConversationId) -> None: ...

    async def rate(self, shop: ShopId, conversation_id: ConversationId, score: int) -> None: ...

    async def typing(self, shop: ShopId, conversation_id: ConversationId, who: Speaker) -> None: ...


class Images(Protocol):
    """``appliance.aftersales.evidence.service.EvidenceRoom``."""

    most_bytes: int

    async def keep(self, shop: ShopId, conversation: ConversationId, content: bytes) -> Evidence: ...

    async def find(self, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> Evidence: ...

    async def open(self, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> Picture: ...


class ShopDirectory(Protocol):
    """``appliance.identity.shops.Shops``."""

    async def get(self, shop: ShopId) -> ShopIdentity: ...


class WidgetDirectory(Protocol):
    """``appliance.identity.widgets.Widgets``."""

    async def of(self, shop: ShopId) -> Widget: ...
