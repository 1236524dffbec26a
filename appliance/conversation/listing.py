"""Which conversations a shop has, for its own systems: ids, states and times. No words, and nobody's name."""

from datetime import datetime
from enum import StrEnum

import msgspec
from psycopg.rows import dict_row

from appliance.conversation import store
from appliance.conversation.events import ConversationConcluded, TurnEnded
from appliance.conversation.model import Channel
from appliance.db import Database
from appliance.ids import ConversationId, ShopId
from appliance.paging import page_of, place_of


class ConversationState(StrEnum):
    OPEN = "open"
    """With the bot; nothing of it has come to an end yet."""
    CONCLUDED = "concluded"
    """With the bot; a request of it came to an end."""
    WITH_PERSON = "with_person"


class ConversationSeen(msgspec.Struct, frozen=True, kw_only=True):
    conversation_id: ConversationId
    channel: Channel
    state: ConversationState
    started_at: datetime
    outcome: str | None
    """How the last of its requests ended."""


class ConversationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations of a shop. Everything given must hold."""

    states: tuple[ConversationState, ...] = ()
    channel: Channel | None = None
    order_id: str | None = None
    """Something was decided about this order in it."""
    since: datetime | None = None
    until: datetime | None = None


class ConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    conversations: tuple[ConversationSeen, ...]
    cursor: str | None = None
    """Where the next page begins; None: this was the last."""


class ConversationLooks:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def has_answered(self, shop: ShopId) -> bool:
        """Whether anybody of this shop's was ever answered."""
        async with self._db.transaction(shop) as conn:
            found = await conn.execute(store.SQL["has_answered"], {"shop": shop, "ended": TurnEnded.TYPE})
            return await found.fetchone() is not None

    async def page(self, shop: ShopId, wanted: ConversationFilter, cursor: str | None, limit: int) -> ConversationPage:
        """Newest first. What begins while somebody leafs through does not move what he has not seen yet."""
        after_at, after_id = place_of(cursor) if cursor else (None, None)
        values = {
            **msgspec.structs.asdict(wanted),
            "states": [state.value for state in wanted.states] or None,
            "shop": shop,
            "concluded": ConversationConcluded.TYPE,
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit + 1,
        }
        async with self._db.transaction(shop) as conn, conn.cursor(row_factory=dict_row) as rows:
            await rows.execute(store.SQL["conversations_seen"], values)
            found = [msgspec.convert(row, ConversationSeen) for row in await rows.fetchall()]
        shown, following = page_of(found, limit, lambda each: (each.started_at, each.conversation_id))
        return ConversationPage(conversations=shown, cursor=following)
