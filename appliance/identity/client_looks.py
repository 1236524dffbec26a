"""What a shop's systems read of its conversations, into the audit log before it is answered.

Of the same system and conversation the first ones of an hour are recorded each by itself, then every power of ten with
how often it happened: the log grows with what is looked at, and hardly with a system that asks for it without end.
"""

from appliance.db import Database
from appliance.identity.model import ApiClient
from appliance.identity.refusals import EACH, Tally
from appliance.ids import ConversationId
from security.access import records
from security.access.model import Origin
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Actor, ActorType, Target


class ClientLooks:
    def __init__(self, db: Database, tally: Tally | None = None) -> None:
        self._db = db
        self._tally = tally or Tally(is_forgetful=True)

    async def note(self, client: ApiClient, conversation_id: ConversationId, events: int, origin: Origin) -> None:
        """``events``: so many of it are about to be handed over; none is no look."""
        times = self._tally.count((client.key_id, conversation_id)) if events else 0
        if not times:
            return
        event = records.record(
            Deed.CONVERSATION_LOOK,
            Actor(type=ActorType.CLIENT, id=str(client.key_id)),
            Target(type="conversation", id=str(conversation_id)),
            origin,
            detail={"events": str(events)} | ({"times": str(times)} if times > EACH else {}),
            tenant=client.shop_id,
        )
        async with self._db.system() as conn:
            await append(conn, [event])
