"""What is said and noted in a conversation that people have: agents' words, notes, marks, the customer's own leave.

Words go into the one log of the conversation, masked as the customer's own are. An agent's are taken only under the
token of the floor, compared in the transaction that writes them.
"""

from uuid import UUID

import msgspec

from appliance.conversation.events import AgentSaid, AnswerMarked, NoteMade, RatingGiven
from appliance.conversation.floor import Floor
from appliance.conversation.model import Side, Speaker
from appliance.db import Database
from appliance.desk import store
from appliance.desk.model import Fault, NothingOpen, TicketState
from appliance.desk.queue import Queue
from appliance.errors import NotFound
from appliance.ids import ConversationId, ShopId


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """``seq``: its place in the log. ``duplicate``: it stood there already."""

    seq: int
    duplicate: bool = False


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent says, under the token that he was given the conversation with."""

    client_message_id: str
    token: int
    text: str


class DeskTalk:
    def __init__(self, db: Database, floor: Floor, queue: Queue) -> None:
        self._db = db
        self._floor = floor
        self._queue = queue

    async def say(self, shop: ShopId, conversation_id: ConversationId, agent_id: UUID, words: Words) -> Sent:
        """To the customer. The same ``client_message_id`` again changes nothing, whoever has the floor by now."""
        async with self._db.transaction(shop) as conn:
            held = await self._floor.hold(conn, shop, conversation_id)
            values = {
                "shop": shop,
                "conversation_id": conversation_id,
                "client_message_id": f"{agent_id}/{words.client_message_id}",
            }
            if before := await store.row(conn, "sent_before", values):
                return Sent(seq=before["seq"], duplicate=True)
            held.check(words.token, agent_id)
            (seat,) = await self._queue.seats(conn, shop, agent_id)
            said = AgentSaid(
                client_message_id=words.client_message_id, agent_id=agent_id, badge=seat.badge, token=words.token
            )
            text = await self._floor.masked(conn, shop, conversation_id, held, words.text)
            seq = await self._floor.append(conn, shop, conversation_id, held, said, text, token=words.token)
            await store.execute(conn, "keep_message", {**values, "seq": seq})
        return Sent(seq=seq)

    async def note(self, shop: ShopId, conversation_id: ConversationId, by: UUID, text: str) -> Sent:
        """For other agents."""
        async with self._db.transaction(shop) as conn:
            held = await self._floor.hold(conn, shop, conversation_id)
            masked = await self._floor.masked(conn, shop, conversation_id, held, text)
            return Sent(seq=await self._floor.append(conn, shop, conversation_id, held, NoteMade(by=by), masked))

    async def mark(self, shop: ShopId, conversation_id: ConversationId, by: UUID, said_seq: int, why: Fault) -> Sent:
        """The bot's words at that place were wrong. NotFound where it said nothing there."""
        async with self._db.transaction(shop) as conn:
            held = await self._floor.hold(conn, shop, conversation_id)
            values = {"shop": shop, "conversation_id": conversation_id, "seq": said_seq}
            found = await (await conn.execute(store.SQL["bot_said"], values)).fetchone()
            if found is None:
                raise NotFound("the bot said nothing at that place of this conversation")
            marked = AnswerMarked(said_seq=said_seq, key=found[0], why=why, by=by)
            return Sent(seq=await self._floor.append(conn, shop, conversation_id, held, marked))

    async def leave(self, shop: ShopId, conversation_id: ConversationId) -> None:
        """The customer waits no more; the bot goes on."""
        async with self._db.transaction(shop) as conn:
            await self._queue.lock(conn, shop)
            held = await self._floor.hold(conn, shop, conversation_id)
            ticket = await store.ticket(conn, shop, conversation_id)
            if ticket is None or held.side is not Side.NOBODY:
                raise NothingOpen("this conversation is in no queue")
            await self._queue.to_bot(conn, shop, held, ticket, "left_queue", TicketState.LEFT)
            await store.tell_queue(conn, shop)

    async def rate(self, shop: ShopId, conversation_id: ConversationId, score: int) -> None:
        """By the customer, once people have served him; the last one counts."""
        async with self._db.transaction(shop) as conn:
            held = await self._floor.hold(conn, shop, conversation_id)
            if not await store.rows(conn, "was_served", {"shop": shop, "conversation_id": conversation_id}):
                raise NothingOpen("no service has ended here that could be rated")
            await self._floor.append(conn, shop, conversation_id, held, RatingGiven(score=score))

    async def typing(self, shop: ShopId, conversation_id: ConversationId, who: Speaker) -> None:
        """Told to whoever watches now; kept nowhere."""
        async with self._db.transaction(shop) as conn:
            values = {"channel": store.TYPING_CHANNEL, "payload": f"{conversation_id}/{who}"}
            await store.execute(conn, "notify", values)
