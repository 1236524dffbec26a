"""The queue of a shop: who waits, who is given whom. Every move is made under the shop's lock, in the caller's
transaction.

So there is no moment in which somebody waits and somebody is free: whatever frees an agent or brings a customer
assigns in the same transaction. Nothing looks in rounds.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from appliance.clock import Clock
from appliance.conversation.floor import Change, Floor, Held
from appliance.conversation.model import Channel, Side
from appliance.conversation.ports import Asked, Place
from appliance.db import Connection
from appliance.desk import rules, store
from appliance.desk.model import Priority, Seat, Ticket, TicketState, Waiting
from appliance.desk.terms import Terms
from appliance.dialogue.render import Persona, Renderer
from appliance.ids import ConversationId, ShopId, uuid7

_ANYBODY: Final = Persona()
"""What is said of people depends on no persona."""


class Queue:
    """``conversation.ports.Desk``, and what the rest of the desk does to the queue."""

    def __init__(self, *, floor: Floor, renderer: Renderer, terms: Terms, clock: Clock, silence: timedelta) -> None:
        """``silence``: after so long without a sign of life an agent is not there."""
        self._floor = floor
        self._renderer = renderer
        self._clock = clock
        self._silence = silence
        self.terms = terms

    async def lock(self, conn: Connection, shop: ShopId) -> None:
        await store.execute(conn, "lock", {"shop": shop})

    async def draw(self, conn: Connection, shop: ShopId, asked: Asked) -> Place:
        group = rules.group_of(self.terms, flow=asked.flow, reason=asked.reason, channel=asked.channel)
        priority = rules.priority_of(self.terms, reason=asked.reason, is_urgent=asked.is_urgent)
        waiting = await store.row(conn, "waiting_in", {"shop": shop, "skill": group})
        is_full = bool(waiting and waiting["count"] >= self.terms.groups[group].most_waiting)
        hours = (await store.own_hours(conn, shop)).get(group, self.terms.hours)
        opens = rules.opening_of(hours, asked.business_at)
        state = TicketState.CALLED_BACK if is_full else TicketState.WAITING
        ahead = opens - asked.business_at if opens else None
        is_moved = asked.channel == Channel.VOICE and not is_full and opens is None
        ticket_id = await self._insert(conn, shop, asked, group, priority, state, ahead)
        return Place(
            ticket_id=ticket_id,
            group=group,
            priority=priority,
            is_full=is_full,
            opens_at=opens,
            hours="、".join(hours.spans),
            transfer_to=self.terms.groups[group].transfer_to if is_moved else None,
        )

    async def _insert(
        self,
        conn: Connection,
        shop: ShopId,
        asked: Asked,
        group: str,
        priority: Priority,
        state: TicketState,
        ahead: timedelta | None,
    ) -> UUID:
        ticket_id, now = uuid7(), self._clock.now()
        values = {
            "shop": shop,
            "ticket_id": ticket_id,
            "conversation_id": asked.conversation_id,
            "skill": group,
            "priority": priority,
            "reason": asked.reason,
            "state": state,
            "now": now,
            "rank_at": rules.rank_of(self.terms, priority, now),
            "opens_at": now + ahead if ahead else None,
            "agent_id": None,
            "served_at": None,
        }
        await store.execute(conn, "draw", values)
        return ticket_id

    async def assign(self, conn: Connection, shop: ShopId) -> None:
        """Everybody who waits and for whom somebody is free; then all are told where they stand."""
        await self.pair(conn, shop)
        await store.tell_queue(conn, shop)

    async def pair(self, conn: Connection, shop: ShopId) -> bool:
        """One after another; False: nobody was given anything."""
        paired = False
        while True:
            values = {"shop": shop, "now": self._clock.now(), "alive_after": self._clock.now() - self._silence}
            pair = await store.row(conn, "next_pair", values)
            if pair is None:
                return paired
            conversation_id = ConversationId(pair["conversation_id"])
            held = await self._floor.hold(conn, shop, conversation_id)
            change = Change(side=Side.AGENT, why="assigned", agent_id=pair["staff_id"], badge=pair["badge"])
            await self.serve(conn, shop, conversation_id, held, pair["ticket_id"], change)
            paired = True

    async def serve(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        held: Held,
        ticket_id: UUID,
        change: Change,
    ) -> int:
        """The floor to an agent, with his ticket; his token."""
        assert change.agent_id is not None  # noqa: S101 - whoever serves is somebody
        values = {"shop": shop, "ticket_id": ticket_id, "agent_id": change.agent_id, "now": self._clock.now()}
        await store.execute(conn, "serve", values)
        await store.tell_agent(conn, shop, change.agent_id)
        if held.agent_id is not None:
            await store.tell_agent(conn, shop, held.agent_id)
        key = "assigned" if change.why == "assigned" else "taken_over"
        return await self._give(conn, shop, conversation_id, held, change, key)

    async def take_up(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, held: Held) -> UUID:
        """A ticket for a conversation that an agent takes without anybody having asked for him."""
        at = self._clock.now() + held.clock_offset
        asked = Asked(
            conversation_id=conversation_id,
            channel=held.channel,
            reason="taken_over",
            flow=None,
            is_urgent=False,
            business_at=at,
        )
        group = rules.group_of(self.terms, flow=None, reason=asked.reason, channel=held.channel)
        return await self._insert(conn, shop, asked, group, Priority.NORMAL, TicketState.WAITING, None)

    async def put_back(
        self,
        conn: Connection,
        shop: ShopId,
        held: Held,
        ticket: Ticket,
        why: str,
        *,
        group: str | None = None,
        by: UUID | None = None,
    ) -> int:
        """To its old place, in its own queue or another's. It does not go back to who gave it away by himself."""
        not_agent = held.agent_id if why == "transferred" else None
        values = {"shop": shop, "ticket_id": ticket.ticket_id, "skill": group, "not_agent": not_agent}
        await store.execute(conn, "put_back", values)
        if held.agent_id is not None:
            await store.tell_agent(conn, shop, held.agent_id)
        change = Change(side=Side.NOBODY, why=why, by=by)
        return await self._give(conn, shop, ticket.conversation_id, held, change, why)

    async def put_all_back(self, conn: Connection, shop: ShopId, staff_id: UUID) -> None:
        """Whatever that agent has, each to its old place."""
        for ticket in await store.served_by(conn, shop, staff_id):
            held = await self._floor.hold(conn, shop, ticket.conversation_id)
            await self.put_back(conn, shop, held, ticket, "agent_away")

    async def to_bot(
        self,
        conn: Connection,
        shop: ShopId,
        held: Held,
        ticket: Ticket,
        why: str,
        state: TicketState,
        *,
        by: UUID | None = None,
        is_told: bool = True,
    ) -> int:
        """The ticket ends, and the bot has the floor again."""
        values = {
            "shop": shop,
            "ticket_id": ticket.ticket_id,
            "state": state,
            "outcome": why,
            "now": self._clock.now(),
        }
        await store.execute(conn, "end", values)
        if held.agent_id is not None:
            await store.tell_agent(conn, shop, held.agent_id)
        change = Change(side=Side.BOT, why=why, by=by)
        return await self._give(conn, shop, ticket.conversation_id, held, change, why if is_told else None)

    async def waiting(self, conn: Connection, shop: ShopId) -> tuple[Waiting, ...]:
        """Everybody who waits, with place and estimate."""
        now = self._clock.now()
        found = await store.rows(conn, "waiting", {"shop": shop, "now": now})
        slots = slots_of(await self.seats(conn, shop))
        took = await store.handling(conn, shop)
        return tuple(
            Waiting(
                conversation_id=each["conversation_id"],
                skill=each["skill"],
                priority=Priority(each["priority"]),
                reason=each["reason"],
                asked_at=each["asked_at"],
                opens_at=each["opens_at"],
                position=each["position"],
                estimate_s=self._estimate(each, slots, took.get(each["skill"], ())),
            )
            for each in found
        )

    async def seats(self, conn: Connection, shop: ShopId, staff_id: UUID | None = None) -> tuple[Seat, ...]:
        return await store.seats(conn, shop, self._clock.now() - self._silence, staff_id)

    def words(self, key: str, channel: str, badge: str | None = None) -> str:
        return self._renderer.on(channel).text(f"desk.{key}", {"badge": badge or ""}, _ANYBODY)

    def _estimate(self, waiting: store.Row, slots: dict[str, int], took: Sequence[timedelta]) -> int | None:
        if waiting["position"] is None:
            return None
        return rules.estimate_s(waiting["position"], slots.get(waiting["skill"], 0), rules.handling_of(took))

    async def _give(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        held: Held,
        change: Change,
        key: str | None,
    ) -> int:
        words = self.words(key, held.channel, change.badge) if key else ""
        told = Change(
            side=change.side,
            why=change.why,
            agent_id=change.agent_id,
            badge=change.badge,
            by=change.by,
            words=words,
        )
        return await self._floor.give(conn, shop, conversation_id, held, told)


def slots_of(seats: tuple[Seat, ...]) -> dict[str, int]:
    """By group, how many conversations those may have at a time who are there."""
    slots: dict[str, int] = {}
    for seat in seats:
        if seat.presence == "online":
            for group in seat.groups:
                slots[group] = slots.get(group, 0) + seat.capacity
    return slots
