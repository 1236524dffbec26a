"""Who has the floor in a conversation, and what people leave in it: words, notes, marks.

One owner at a time: the bot, one agent, or nobody while somebody is waited for. Each change raises a token, which is
compared in the very statement that writes: whoever has lost the floor says nothing more, whatever he has under way.
Works inside the caller's transaction and never commits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from appliance.clock import Clock
from appliance.conversation import store
from appliance.conversation.bodies import Plain, pack
from appliance.conversation.event import EventData
from appliance.conversation.events import OwnerChanged
from appliance.conversation.model import Side
from appliance.conversation.ports import Keys, Masking
from appliance.conversation.store import SQL, NewEvent
from appliance.db import Connection
from appliance.dialogue.state import State
from appliance.errors import Conflict, NotFound
from appliance.ids import ConversationId, ShopId, SubjectId
from security.pii.masker import Fact
from security.untrusted import fenced

_state_decoder = msgspec.json.Decoder(State)


class NotYours(Conflict):
    """Somebody else has the floor by now: read the conversation again."""

    code = "not_the_owner"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation, and who has the floor in it."""

    owner: str
    agent_id: UUID | None
    owner_token: int
    subject_id: SubjectId
    channel: str
    customer_id: str | None
    state: bytes
    clock_offset: timedelta
    started_at: datetime

    @property
    def side(self) -> Side:
        if self.owner == "bot":
            return Side.BOT
        return Side.NOBODY if self.agent_id is None else Side.AGENT

    def check(self, token: int, agent_id: UUID) -> None:
        """NotYours unless this agent holds the floor under this token."""
        if (self.owner_token, self.agent_id) != (token, agent_id):
            raise NotYours("somebody else has this conversation by now: read it again")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the floor from now on, and why."""

    side: Side
    why: str
    agent_id: UUID | None = None
    badge: str | None = None
    by: UUID | None = None
    words: str = ""
    """What the customer is told."""


class Floor:
    def __init__(self, keys: Keys, masking: Masking, clock: Clock) -> None:
        self._keys = keys
        self._masking = masking
        self._clock = clock

    async def hold(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> Held:
        """Nobody else changes the conversation until the transaction ends. NotFound if there is none."""
        return await self._held("holder", conn, shop, conversation_id)

    async def look(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> Held:
        return await self._held("look", conn, shop, conversation_id)

    async def give(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, held: Held, change: Change
    ) -> int:
        """The floor goes to somebody else; their token. NotYours if it changed hands since ``held`` was read."""
        token = held.owner_token + 1
        changed = OwnerChanged(
            owner=change.side,
            token=token,
            why=change.why,
            agent_id=change.agent_id,
            badge=change.badge,
            by=change.by,
        )
        owner = "bot" if change.side is Side.BOT else "human"
        event = NewEvent(data=changed, body=pack(Plain(text=change.words)))
        values = {"owner": owner, "agent_id": change.agent_id, "token": held.owner_token}
        await self._append(conn, shop, conversation_id, held.subject_id, [event], values)
        return token

    async def append(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        held: Held,
        data: EventData,
        words: str | None = None,
        *,
        token: int | None = None,
    ) -> int:
        """Its place in the log. ``token``: NotYours unless the floor is held under it; None: whoever has it."""
        event = NewEvent(data=data, body=None if words is None else pack(Plain(text=words)))
        values = {"owner": None, "agent_id": None, "token": token}
        return await self._append(conn, shop, conversation_id, held.subject_id, [event], values)

    async def masked(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, held: Held, words: str
    ) -> str:
        """Words of staff as they may be kept: fenced, personal and known values as placeholders."""
        keys = await self._keys.keys(conn, shop, held.subject_id)
        return (await self._masking.take_in_facts(conn, shop, conversation_id, keys, [Fact(fenced(words))]))[0]

    async def state(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, held: Held) -> State:
        keys = await self._keys.keys(conn, shop, held.subject_id)
        return _state_decoder.decode(keys.open(*store.STATE, conversation_id, held.state))

    async def _held(self, statement: str, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> Held:
        cursor = conn.cursor(row_factory=class_row(Held))
        values = {"shop": shop, "conversation_id": conversation_id}
        found = await (await cursor.execute(SQL[statement], values)).fetchone()
        if found is None:
            raise NotFound("no such conversation")
        return found

    async def _append(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        subject_id: SubjectId,
        events: Sequence[NewEvent],
        values: Mapping[str, object],
    ) -> int:
        keys = await self._keys.keys(conn, shop, subject_id)
        given = {
            "shop": shop,
            "conversation_id": conversation_id,
            "count": len(events),
            "now": self._clock.now(),
            **values,
            **store.event_columns(events, 0, keys),
        }
        row = await (await conn.execute(SQL["append_events"], given)).fetchone()
        if row is None:
            raise NotYours("somebody else has this conversation by now: read it again")
        return int(row[0])


def fitted(state: State, owner: str) -> State:
    """The dialogue's state for who has the floor: what people have done meanwhile is none of the bot's requests.

    Taken over: nothing is awaited, no yes counts any more. Handed back: the bot begins anew, and keeps only what it
    still has to tell the outcome of.
    """
    if state.is_handed_off == (owner != "bot"):
        return state
    if owner == "bot":
        agreed = tuple(frame for frame in state.stack if frame.operation_id)
        state = msgspec.structs.replace(
            state,
            stack=(),
            queue=(),
            outstanding=(*state.outstanding, *agreed),
            misses=0,
            clarified=0,
            orders_read_at=None,
        )
    return msgspec.structs.replace(
        state,
        is_handed_off=owner != "bot",
        awaiting=None,
        options=(),
        offered_quantity=None,
        table=None,
        said=(),
        silences=0,
    )
