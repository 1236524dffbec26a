"""Personal words that cases keep in quotes and operations, replaced when it turns out later what they were."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from appliance.aftersales.cases import store
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId


async def replace_words(
    conn: Connection, shop: ShopId, conversation_id: ConversationId, replaced_in: Callable[[Any], Any], now: datetime
) -> None:
    """A quote that changes stands no longer: its hash was for other words. Placeholders of an operation are made clear
    when it is carried out."""
    where = {"shop": shop, "conversation_id": conversation_id, "now": now}
    for found in await store.rows(conn, "words_kept", where):
        words = replaced_in(found["words"])
        if words != found["words"]:
            statement = "replace_quote_words" if found["is_quote"] else "replace_operation_words"
            await store.execute(conn, statement, where | {"id": found["id"], "words": store.jsonb(words)})
