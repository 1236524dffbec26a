"""Whoever runs the appliance looks into one conversation: its log, opened, with a record of it in the audit log."""

from appliance.conversation import recording, store
from appliance.conversation.audit_words import looked_into
from appliance.conversation.ports import Keys
from appliance.conversation.recording import Recorded
from appliance.db import Database
from appliance.errors import NotFound
from appliance.ids import ConversationId
from security.audit.append import append
from security.errors import EpochGone, SubjectErased


async def look_into(db: Database, keys: Keys, conversation_id: ConversationId) -> list[Recorded]:
    """Nothing is given before its record is committed. NotFound where there is none, or its subject was erased."""
    async with db.system() as conn:
        place = await store.find_everywhere(conn, conversation_id)
    if place is None:
        raise NotFound("no such conversation: give the id that the chat or the order system's trace shows")
    shop, subject_id = place
    async with db.transaction(shop) as conn:
        try:
            opened = await keys.keys(conn, shop, subject_id)
        except (SubjectErased, EpochGone) as gone:
            raise NotFound("the words of this conversation were erased") from gone
        recorded = await recording.read(conn, shop, conversation_id, opened)
        await append(conn, [looked_into(shop, conversation_id)])
    return recorded
