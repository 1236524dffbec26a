"""What the intranet API needs of the rest."""

from datetime import datetime
from typing import Any, Protocol

import msgspec

from appliance.aftersales.orders.events import EventRules
from appliance.conversation.model import TraceEvent
from appliance.identity.model import ApiClient, Needed, ShopIdentity
from appliance.identity.signed_clients import SignedCall
from appliance.ids import ConversationId, ShopId
from appliance.web.rate import Left
from security.access.model import Origin


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What the order system says, still in its own words; the shop's mapping knows what they mean."""

    event_id: str
    type: str
    """As in ``X-Event-Type``; empty if it came without."""
    received_at: datetime
    body: dict[str, Any]


class PushRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a shop's order system pushes of its own accord."""

    events: EventRules
    secret: str | None
    """Its own, where it made one; None: the shop's secret for order events."""


class OrderEvents(Protocol):
    async def rules(self, shop: ShopId) -> PushRules | None:
        """None where the shop's mapping takes nothing that is pushed."""
        ...

    async def apply(self, shop: ShopId, event: OrderEvent) -> None:
        """Comes again with the same event after a crash, and must be harmless then. InvalidInput if senseless."""
        ...


class Calls(Protocol):
    """``appliance.channels.intranet.allowance.Allowances``."""

    async def take(self, shop: ShopId, caller: str) -> Left: ...


class Traces(Protocol):
    async def trace(self, shop: ShopId, conversation_id: ConversationId, after: int = 0) -> tuple[TraceEvent, ...]:
        """NotFound for a conversation that is not the shop's."""
        ...


class RefusalLog(Protocol):
    """``appliance.identity.refusals.Refusals``."""

    async def note_system(self, error: Exception, what: str, origin: Origin) -> None: ...


class LookLog(Protocol):
    """``appliance.identity.client_looks.ClientLooks``."""

    async def note(self, client: ApiClient, conversation_id: ConversationId, events: int, origin: Origin) -> None: ...


class Clients(Protocol):
    """``appliance.identity.api_keys.ApiKeys``."""

    async def authenticate(self, key: str, needed: Needed) -> ApiClient: ...

    async def recognise(self, key: str) -> ApiClient: ...


class SignedCallers(Protocol):
    """``appliance.identity.signed_clients.SignedClients``."""

    async def authenticate(self, call: SignedCall, needed: Needed) -> ApiClient: ...


class ShopDirectory(Protocol):
    """``appliance.identity.shops.Shops``."""

    async def get(self, shop: ShopId) -> ShopIdentity: ...


class Journal(Protocol):
    """Which events were taken; ``appliance.channels.intranet.store.EventJournal``."""

    async def take(self, shop: ShopId, event_id: str, signed_sha256: bytes | None) -> bool:
        """True if the event must be applied now, False if it has been. Conflict if it is a replay under another id."""
        ...

    async def finish(self, shop: ShopId, event_id: str) -> None: ...
