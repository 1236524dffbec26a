"""What was said last in a conversation, for a model that understands better with it: masked, as it is kept."""

from typing import Final

from appliance.conversation import store, visible
from appliance.conversation.bodies import text_of
from appliance.conversation.events import BotSaid, CustomerSaid
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId
from models.commands import Exchange
from security.crypto.subject import SubjectKeys

LAST: Final = 6
_SPEAKERS: Final = {CustomerSaid.TYPE: "customer", BotSaid.TYPE: "bot"}


async def recent(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, keys: SubjectKeys
) -> tuple[Exchange, ...]:
    """The last few things said, oldest first."""
    found = await store.last_events(conn, shop, conversation_id, tuple(_SPEAKERS), LAST)
    opened = ((event, visible.opened(keys, event)) for event in found)
    return tuple(
        Exchange(speaker=_SPEAKERS[event.type], words=text_of(body)) for event, body in opened if body is not None
    )
