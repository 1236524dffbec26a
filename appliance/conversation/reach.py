"""Which conversation somebody of the staff may come near: one of his shops', whichever that is."""

from appliance.conversation import store
from appliance.db import Database
from appliance.ids import ConversationId, ShopId, SubjectId
from security.access.model import Principal


async def reached(db: Database, who: Principal, conversation_id: ConversationId) -> tuple[ShopId, SubjectId] | None:
    """None: there is no such conversation, or it is of none of his shops. Which of them, nobody is told."""
    async with db.system() as conn:
        place = await store.find_everywhere(conn, conversation_id)
    return place if place is not None and who.serves(place[0]) else None
