"""What calls need of others, joined in the composition root."""

from typing import Protocol
from uuid import UUID

from appliance.db import Connection
from appliance.ids import ConversationId, CustomerId, ShopId
from appliance.outbound.model import Dial


class NotPlaced(Exception):
    """The switchboard surely took no call; the text says why, and holds no number."""


class Pbx(Protocol):
    async def place(self, dial: Dial) -> None:
        """Asks for one call. Returning says no more than that it may ring now. NotPlaced, or nothing, is raised."""
        ...

    async def take_back(self, attempt_id: UUID) -> None:
        """It is too late for it: what the switchboard has not rung yet it shall not ring. Never raises for its sake."""
        ...


class Numbers(Protocol):
    """Where a number comes from, for one attempt. None: there is none any more."""

    async def left(self, conn: Connection, shop: ShopId, conversation: ConversationId, placeholder: str) -> str | None:
        """What somebody left in a message."""
        ...

    async def of_account(self, shop: ShopId, customer_id: CustomerId) -> str | None:
        """OrderSystemUnavailable where that cannot be known now."""
        ...
