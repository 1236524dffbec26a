"""What agents and supervisors do with conversations: take, transfer, hand back, close; be there or not.

Each deed is one transaction under the lock of the shop's queue, with its audit record. Which conversation it is about,
and whether the floor is still held under the token that was read, is asked in that transaction.
"""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import msgspec

from appliance.clock import Clock
from appliance.conversation.events import ServiceEnded
from appliance.conversation.floor import Change, Floor, Held, NotYours
from appliance.conversation.model import Side
from appliance.conversation.reach import reached
from appliance.db import Connection, Database
from appliance.desk import store
from appliance.desk.model import (
    CloseReason,
    Mine,
    NoSeat,
    NotFree,
    NothingOpen,
    Presence,
    Seat,
    Ticket,
    TicketState,
)
from appliance.desk.queue import Queue
from appliance.errors import InvalidInput, NotFound
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ConversationId, ShopId
from security.access import records
from security.access.errors import NotAllowed
from security.access.model import Origin, Principal
from security.access.permissions import Permission
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Target

TAKEN_OVER: Final = "taken_over"


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the conversation after a deed, and under which token."""

    conversation_id: ConversationId
    holder: Side
    agent_id: UUID | None
    token: int


_Work = Callable[[Connection, ShopId, Held], Awaitable[Handed]]


class Desk:
    def __init__(self, *, db: Database, deeds: Deeds, queue: Queue, floor: Floor, clock: Clock) -> None:
        self._db = db
        self._deeds = deeds
        self._queue = queue
        self._floor = floor
        self._clock = clock

    # Conversations.

    async def take(self, who: Principal, conversation_id: ConversationId, origin: Origin) -> Handed:
        """From the bot, from the queue; from another agent, for who may take over."""

        async def work(conn: Connection, shop: ShopId, held: Held) -> Handed:
            seat = await self._seat(conn, shop, who.staff_id)
            if held.agent_id == who.staff_id:
                return _handed(conversation_id, Side.AGENT, who.staff_id, held.owner_token)
            if held.side is Side.AGENT and not who.may(Permission.CONVERSATION_TAKE_OVER):
                raise NotAllowed("another agent has this conversation: ask him or a supervisor")
            open_ = await store.ticket(conn, shop, conversation_id)
            ticket_id = open_.ticket_id if open_ else await self._queue.take_up(conn, shop, conversation_id, held)
            change = Change(side=Side.AGENT, why=TAKEN_OVER, agent_id=who.staff_id, badge=seat.badge, by=who.staff_id)
            token = await self._queue.serve(conn, shop, conversation_id, held, ticket_id, change)
            return _handed(conversation_id, Side.AGENT, who.staff_id, token)

        return await self._do(Deed.DESK_TAKE, who, conversation_id, origin, work)

    async def transfer(
        self,
        who: Principal,
        conversation_id: ConversationId,
        token: int,
        origin: Origin,
        *,
        group: str | None = None,
        to: UUID | None = None,
    ) -> Handed:
        """To a skill group's queue, at its old place; or to one agent who is there and has room."""
        if (group is None) == (to is None):
            raise InvalidInput("name either a group or a person")
        if group is not None and group not in self._queue.terms.groups:
            raise InvalidInput(f"there is no such group; there are {', '.join(sorted(self._queue.terms.groups))}")

        async def work(conn: Connection, shop: ShopId, held: Held) -> Handed:
            ticket = await self._served(conn, shop, conversation_id, held, who, token)
            if to is None:
                new = await self._queue.put_back(conn, shop, held, ticket, "transferred", group=group, by=who.staff_id)
                return _handed(conversation_id, Side.NOBODY, None, new)
            seat = await self._free(conn, shop, to)
            change = Change(side=Side.AGENT, why="transferred", agent_id=to, badge=seat.badge, by=who.staff_id)
            new = await self._queue.serve(conn, shop, conversation_id, held, ticket.ticket_id, change)
            return _handed(conversation_id, Side.AGENT, to, new)

        return await self._do(Deed.DESK_TRANSFER, who, conversation_id, origin, work)

    async def hand_back(self, who: Principal, conversation_id: ConversationId, token: int, origin: Origin) -> Handed:
        """The bot speaks again."""

        async def work(conn: Connection, shop: ShopId, held: Held) -> Handed:
            ticket = await self._served(conn, shop, conversation_id, held, who, token)
            new = await self._queue.to_bot(conn, shop, held, ticket, "handed_back", TicketState.ENDED, by=who.staff_id)
            return _handed(conversation_id, Side.BOT, None, new)

        return await self._do(Deed.DESK_HAND_BACK, who, conversation_id, origin, work)

    async def close(
        self,
        who: Principal,
        conversation_id: ConversationId,
        token: int,
        reason: CloseReason,
        origin: Origin,
        *,
        asks_rating: bool,
    ) -> Handed:
        """His part is over; the customer may be asked how it was. Should he go on, the bot is there."""

        async def work(conn: Connection, shop: ShopId, held: Held) -> Handed:
            ticket = await self._served(conn, shop, conversation_id, held, who, token)
            ended = ServiceEnded(reason=reason, agent_id=who.staff_id, asks_rating=asks_rating)
            words = self._queue.words("rate" if asks_rating else "ended", held.channel)
            await self._floor.append(conn, shop, conversation_id, held, ended, words, token=token)
            new = await self._queue.to_bot(
                conn, shop, held, ticket, reason, TicketState.ENDED, by=who.staff_id, is_told=False
            )
            return _handed(conversation_id, Side.BOT, None, new)

        return await self._do(Deed.DESK_CLOSE, who, conversation_id, origin, work)

    # Being there.

    async def presence(self, who: Principal, shop: ShopId, presence: Presence) -> Seat:
        """NoSeat for who has none. Offline: what he has goes back to the queue. Back again: he may be given what he
        gave away before."""
        served(who, shop)
        async with self._db.transaction(shop) as conn:
            await self._queue.lock(conn, shop)
            before = await self._seat(conn, shop, who.staff_id)
            values = {"shop": shop, "staff_id": who.staff_id, "presence": presence, "now": self._clock.now()}
            await store.execute(conn, "set_presence", values)
            if before.presence is Presence.OFFLINE:
                await store.execute(conn, "take_all_again", values)
            if presence is Presence.OFFLINE:
                await self._queue.put_all_back(conn, shop, who.staff_id)
            await self._queue.assign(conn, shop)
            return await self._seat(conn, shop, who.staff_id)

    async def beat(self, who: Principal, shop: ShopId) -> bool:
        """A sign of life; False: he counts as offline, and has to come back by himself."""
        async with self._db.transaction(shop) as conn:
            values = {"shop": shop, "staff_id": who.staff_id, "now": self._clock.now()}
            return await store.execute(conn, "beat", values) == 1

    async def lost(self, shop: ShopId, staff_id: UUID) -> bool:
        """His console has been silent for too long; False: it has not."""
        async with self._db.transaction(shop) as conn:
            await self._queue.lock(conn, shop)
            seats = await self._queue.seats(conn, shop, staff_id)
            if not seats or seats[0].presence is not Presence.OFFLINE:
                return False
            values = {"shop": shop, "staff_id": staff_id, "presence": Presence.OFFLINE, "now": self._clock.now()}
            await store.execute(conn, "set_presence", values)
            await self._queue.put_all_back(conn, shop, staff_id)
            await self._queue.assign(conn, shop)
        return True

    async def seat(self, who: Principal, shop: ShopId) -> Seat | None:
        async with self._db.transaction(shop) as conn:
            found = await self._queue.seats(conn, shop, who.staff_id)
        return found[0] if found else None

    async def mine(self, who: Principal, shop: ShopId) -> tuple[Mine, ...]:
        async with self._db.transaction(shop) as conn:
            return await store.mine(conn, shop, who.staff_id)

    # What they have in common.

    async def shop_of(self, who: Principal, conversation_id: ConversationId) -> ShopId:
        """NotFound where there is no such conversation, or none of the caller's shops."""
        place = await reached(self._db, who, conversation_id)
        if place is None:
            raise NotFound("no such conversation in your shops")
        return place[0]

    async def look_into(
        self, who: Principal, conversation_id: ConversationId, origin: Origin, what: str = "conversation"
    ) -> ShopId:
        """To read what is said in it, or to see a picture of it. Recorded, unless he has it himself."""
        deed, actor = Deed.DESK_LOOK, records.actor_of(who)
        thing = Target(type="conversation", id=str(conversation_id))
        async with self._deeds.noting(deed, actor, thing, origin):
            shop = await self.shop_of(who, conversation_id)
            async with self._db.transaction(shop) as conn:
                if (await self._floor.look(conn, shop, conversation_id)).agent_id != who.staff_id:
                    detail = {"what": what}
                    await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])
        return shop

    async def _do(
        self, deed: Deed, who: Principal, conversation_id: ConversationId, origin: Origin, work: _Work
    ) -> Handed:
        actor, thing = records.actor_of(who), Target(type="conversation", id=str(conversation_id))
        async with self._deeds.noting(deed, actor, thing, origin):
            shop = await self.shop_of(who, conversation_id)
            async with self._db.transaction(shop) as conn:
                await self._queue.lock(conn, shop)
                held = await self._floor.hold(conn, shop, conversation_id)
                handed = await work(conn, shop, held)
                detail = {"from": held.side.value, "to": handed.holder.value, "token": str(handed.token)}
                await append(conn, [records.record(deed, actor, thing, origin, detail=detail, tenant=shop)])
                await self._queue.assign(conn, shop)
        return handed

    async def _served(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, held: Held, who: Principal, token: int
    ) -> Ticket:
        """The ticket of who has the conversation; a supervisor may end what an agent has."""
        may_all = who.may(Permission.CONVERSATION_TAKE_OVER)
        if held.owner_token != token or (held.agent_id != who.staff_id and not may_all):
            raise NotYours("somebody else has this conversation by now: read it again")
        ticket = await store.ticket(conn, shop, conversation_id)
        if ticket is None:
            raise NothingOpen("nobody serves this conversation")
        return ticket

    async def _seat(self, conn: Connection, shop: ShopId, staff_id: UUID) -> Seat:
        seats = await self._queue.seats(conn, shop, staff_id)
        if not seats:
            raise NoSeat("no seat at the desk of this shop: a supervisor gives one")
        return seats[0]

    async def _free(self, conn: Connection, shop: ShopId, staff_id: UUID) -> Seat:
        seats = await self._queue.seats(conn, shop, staff_id)
        if not seats or seats[0].presence is not Presence.ONLINE or seats[0].held >= seats[0].capacity:
            raise NotFree("that agent is not there, or has as many conversations as he may have")
        return seats[0]


def served(who: Principal, shop: ShopId) -> ShopId:
    if not who.serves(shop):
        raise NotFound("no such shop among yours")
    return shop


def _handed(conversation_id: ConversationId, holder: Side, agent_id: UUID | None, token: int) -> Handed:
    return Handed(conversation_id=conversation_id, holder=holder, agent_id=agent_id, token=token)
