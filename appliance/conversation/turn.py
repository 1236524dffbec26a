"""One turn, from what came in to its commit. All that it leaves is written in one transaction, fenced by the lease.

A turn that dies before its commit has left nothing and is begun anew from what waits. What leaves the appliance is
carried out by others, from what the commit queued.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from appliance.conversation import happenings, history, inbound, store, to_desk, visible
from appliance.conversation.call_events import CallGivenToPeople
from appliance.conversation.events import (
    OrderSystemAway,
    TurnEnded,
    TurnGivenUp,
)
from appliance.conversation.floor import fitted
from appliance.conversation.hearing import Utterance
from appliance.conversation.inbound import Arrived, News, ToPeople, leading_messages
from appliance.conversation.model import CustomerMessage
from appliance.conversation.performer import Performer
from appliance.conversation.ports import Desk
from appliance.conversation.store import Claimed, LeaseLost, Retention
from appliance.conversation.workshop import Workshop
from appliance.db import Connection
from appliance.dialogue import effects as fx
from appliance.dialogue import engine
from appliance.dialogue.incoming import GivenToPeople, GivenUp, Happening, Tick
from appliance.dialogue.state import State
from appliance.errors import NotFound, OrderSystemUnavailable, Reconciling, Unavailable
from appliance.ids import ConversationId, ShopId
from models.commands import Exchange
from security.crypto.subject import SubjectKeys

MAX_EFFECTS = 16
"""Answers of the world that one turn may ask for."""
ORDERS_STAY_FRESH = timedelta(seconds=30)
LONGEST_BURST = timedelta(seconds=5)
TRIED_FOR = timedelta(seconds=20)
"""After this a turn that still fails is handed to a person."""

Look = Callable[[Performer], Awaitable[Happening | None]]

_log = logging.getLogger(__name__)

_state_decoder = msgspec.json.Decoder(State)
_state_encoder = msgspec.json.Encoder()


class Turn:
    def __init__(
        self,
        workshop: Workshop,
        shop: ShopId,
        conversation_id: ConversationId,
        claimed: Claimed,
        keys: SubjectKeys,
        arrived: Sequence[Arrived],
    ) -> None:
        self._workshop = workshop
        self._shop = shop
        self._conversation_id = conversation_id
        self._claimed = claimed
        self._keys = keys
        self._arrived = list(arrived)
        self._taken: list[Arrived] = []
        self._rewritten: dict[UUID, bytes] = {}
        self._at = workshop.clock.now() + claimed.clock_offset
        sealed = keys.open(*store.STATE, conversation_id, claimed.state)
        self._state: State = fitted(_state_decoder.decode(sealed), claimed.owner)

    async def run(self) -> Claimed | None:
        """Returns the conversation as it stands now where more waits in it, else None."""
        try:
            return await self._run(self._happening)
        except (LeaseLost, Unavailable):
            raise
        except Exception:
            if self._may_come_right():
                raise
            _log.exception("turn.given_up", extra={"conversation_id": str(self._conversation_id)})
            return await self._run(self._given_up)

    def _may_come_right(self) -> bool:
        """What fails is tried again for a while, before the customer has waited too long."""
        now = self._workshop.clock.now()
        return not self._arrived or now - self._arrived[0].received_at < TRIED_FOR

    async def _run(self, look: Look) -> Claimed | None:
        async with AsyncExitStack() as resources:
            context = await self._workshop.shops.of(self._shop)
            performer = Performer(
                self._workshop.parts,
                context,
                shop=self._shop,
                conversation_id=self._conversation_id,
                channel=self._claimed.channel,
                subject_id=self._claimed.subject_id,
                customer_id=self._claimed.customer_id,
                keys=self._keys,
                turn=self._claimed.lease_owner,
                at=self._at,
                resources=resources,
                known=self._claimed.known,
            )
            happening = await look(performer)
            if happening is not None:
                self._state = await self._walk(performer, happening)
                await performer.reword()
                if self._claimed.owner != "bot":
                    performer.only_notices()
            values, pending = await self._write(performer)
        # Where a yes was accepted the transaction ends with what is above: nobody hears of it before that.
        return self._committed(performer, values, pending)

    # What came in.

    async def _happening(self, performer: Performer) -> Happening | None:
        """What this turn is about; None where a person owns the conversation and the bot only keeps what was said."""
        if not self._arrived:
            performer.note(happenings.timer(self._state))
            return Tick()
        first = self._arrived[0]
        if isinstance(first.what, ToPeople):
            self._taken = [first]
            return await self._given_to_people(performer)
        if isinstance(first.what, News):
            self._taken = [first]
            event, happening = happenings.of_news(first.what)
            performer.note(event, first.what, Retention.FACTS)
            self._state = msgspec.structs.replace(self._state, orders_read_at=None)
            return happening
        if self._claimed.owner != "bot":
            self._taken, messages = leading_messages(self._arrived)
            _note_messages(performer, messages, self._state)
            return None
        await self._refresh_orders(performer)
        messages, utterance = await self._whole_burst(performer)
        self._workshop.heard_out(self._conversation_id)
        _note_messages(performer, messages, self._state)
        performer.note(utterance.understood, utterance.heard)
        return utterance.heard

    async def _given_to_people(self, performer: Performer) -> Happening:
        """Nothing is left to be done where people have the conversation by now; the engine sees to that."""
        cut = (await self._workshop.earshot.of_last_turn(self._shop, self._conversation_id, self._state)).cut
        performer.note(CallGivenToPeople(cut=cut))
        return GivenToPeople(cut=cut)

    async def _given_up(self, performer: Performer) -> Happening | None:
        """Trying again did not help: what came in is kept, and a person takes over."""
        performer.note(TurnGivenUp())
        first = self._arrived[0]
        if isinstance(first.what, ToPeople):
            self._taken = [first]
        elif isinstance(first.what, News):
            self._taken = [first]
            event, _ = happenings.of_news(first.what)
            performer.note(event, first.what, Retention.FACTS)
        else:
            self._taken, messages = leading_messages(self._arrived)
            _note_messages(performer, messages, self._state)
        return GivenUp()

    async def _refresh_orders(self, performer: Performer) -> None:
        """The customer's own orders, read again where they may have changed. Without them he is still heard."""
        now = self._workshop.clock.now()
        read_at = self._state.orders_read_at
        if performer.customer_id is None or (read_at is not None and now - read_at < ORDERS_STAY_FRESH):
            return
        try:
            orders = await performer.read_orders(is_first=read_at is None)
        except OrderSystemUnavailable as away:
            self._log_away(fx.ReadOrders.__name__, away)
            return
        self._state = msgspec.structs.replace(self._state, orders=orders, orders_read_at=now)

    def _known_in(self, performer: Performer, arrived: Sequence[Arrived]) -> list[Arrived]:
        """What came in before it was known who the customer is, masked by what is known now."""
        after = []
        for one in arrived:
            if isinstance(one.what, News):
                after.append(one)
                continue
            masked = inbound.each_changed(one.what, lambda words: performer.known_in(words, self._claimed.channel))
            if masked != one.what:
                _, self._rewritten[one.inbound_id] = inbound.seal(self._keys, one.inbound_id, masked)
            after.append(msgspec.structs.replace(one, what=masked))
        return after

    async def _whole_burst(self, performer: Performer) -> tuple[list[CustomerMessage], Utterance]:
        """The customer's messages up to now; an unfinished request waits a little for its rest."""
        clock = self._workshop.clock
        last_bot = self._state.said[-1].key if self._state.said else ""
        before = await self._history()
        earshot = await self._workshop.earshot.of_last_turn(self._shop, self._conversation_id, self._state)
        until = clock.now() + LONGEST_BURST
        utterance, heard = None, 0
        while True:
            self._arrived = self._known_in(performer, self._arrived)
            self._taken, messages = leading_messages(self._arrived)
            if utterance is None or len(messages) > heard:
                with performer.stages.timed("understanding"):
                    utterance = await self._workshop.listening.hear(
                        messages,
                        self._state,
                        last_bot,
                        self._at,
                        is_blind=self._was_said_before(self._taken[0]),
                        history=before,
                        waited=clock.now() - self._taken[0].received_at,
                        earshot=earshot,
                    )
                heard = len(messages)
            left = min(self._taken[-1].received_at + self._workshop.quiet, until) - clock.now()
            if utterance.is_complete or left <= timedelta(0):
                return messages, utterance
            with performer.stages.timed("burst"):
                is_over = await self._is_over(left)
            if is_over:
                until = clock.now()
            async with self._workshop.parts.db.transaction(self._shop) as conn:
                rows = await store.waiting(conn, self._shop, self._conversation_id)
            self._arrived = [inbound.unseal(self._keys, row) for row in rows]

    async def _history(self) -> tuple[Exchange, ...]:
        if not self._workshop.listening.reads_history:
            return ()
        async with self._workshop.parts.db.transaction(self._shop) as conn:
            return await history.recent(conn, self._shop, self._conversation_id, self._keys)

    def _was_said_before(self, arrived: Arrived) -> bool:
        """Whether he said it before he could see the bot's last words."""
        spoken_at = self._claimed.spoken_at
        return spoken_at is not None and arrived.received_at < spoken_at

    async def _is_over(self, longest: timedelta) -> bool:
        """Wait that long for more, or until more is there; True once somebody said that nothing more is coming."""
        try:
            async with asyncio.timeout(longest.total_seconds()):
                return await self._workshop.more(self._conversation_id)
        except TimeoutError:
            return False

    # The walk and the commit.

    async def _walk(self, performer: Performer, happening: Happening) -> State:
        walking = engine.turn(self._workshop.flows, self._state, happening, self._at)
        answers = 0
        try:
            effect = next(walking)
            while True:
                try:
                    result = await performer.perform(effect)
                except (OrderSystemUnavailable, NotFound) as missing:
                    # What was there a moment ago and is not found now is as good as no answer.
                    self._log_away(type(effect).__name__, missing)
                    waits = isinstance(missing, Reconciling)
                    performer.note(OrderSystemAway(effect=type(effect).__name__, is_reconciling=waits))
                    effect = walking.throw(missing if waits else OrderSystemUnavailable(missing.detail))
                    continue
                answers += result is not None
                if answers > MAX_EFFECTS:
                    raise RuntimeError("a turn asks for more than it may")
                effect = walking.send(result)
        except StopIteration as ended:
            after: State = ended.value
            return after

    def _log_away(self, effect: str, error: Exception) -> None:
        """Its words are left out: they may quote what the order system answered."""
        values = {
            "shop_id": self._shop,
            "conversation_id": str(self._conversation_id),
            "effect": effect,
            "error": type(error).__name__,
        }
        _log.warning("order_system.away", extra=values)

    async def _write(self, performer: Performer) -> tuple[dict[str, Any], int]:
        """The conversation's new row, and how much more waits in it."""
        async with AsyncExitStack() as own:
            conn = performer.transaction
            if conn is None:
                conn = await own.enter_async_context(self._workshop.parts.db.transaction(self._shop))
            desk = self._workshop.desk if self._hands_off() else None
            with performer.stages.timed("commit"):
                if desk is not None:
                    await self._draw(desk, performer, conn)
                await self._do(performer, conn)
                await self._workshop.earshot.told_to_nobody(conn, performer, self._state, self._claimed.next_seq)
            took_us = self._waited() | performer.stages.took_us()
            performer.note(TurnEnded(awaiting=self._state.awaiting, owner=self._owner(), took_us=took_us))
            values = self._row(performer)
            pending = await store.commit_turn(conn, values)
            if desk is not None:
                await desk.assign(conn, self._shop)
            return values, pending

    def _committed(self, performer: Performer, values: dict[str, Any], pending: int) -> Claimed | None:
        self._tell(performer, values)
        if self._workshop.watch is not None:
            self._workshop.watch.committed([event.data for event in performer.events])
        if not pending:
            return None
        claimed_token = self._claimed.owner_token + self._hands_off()
        return msgspec.structs.replace(
            self._claimed,
            customer_id=performer.customer_id,
            owner=self._owner(),
            owner_token=claimed_token,
            state=values["state"],
            next_seq=values["next_seq"],
            pending=pending,
            was_received=False,
            known_ids=None,
            spoken_at=self._workshop.clock.now(),
        )

    def _hands_off(self) -> bool:
        return self._state.is_handed_off and self._claimed.owner == "bot"

    async def _draw(self, desk: Desk, performer: Performer, conn: Connection) -> None:
        """A place in the queue. Before all else, because the desk's lock comes before all others."""
        place = await to_desk.draw(desk, performer, conn, self._shop, self._claimed, self._state, self._at)
        if place.is_full:
            self._state = fitted(self._state, "bot")

    async def _do(self, performer: Performer, conn: Connection) -> None:
        for deed in performer.deeds:
            await deed(conn)
        await store.rewrite(conn, self._shop, "inbound", self._rewritten)
        if performer.audit:
            await self._workshop.audit.append(conn, performer.audit)

    def _waited(self) -> dict[str, int]:
        """From the arrival of what this turn is about to its beginning."""
        if not self._taken:
            return {}
        began = self._at - self._claimed.clock_offset
        return {"waited": max(0, (began - self._taken[0].received_at) // timedelta(microseconds=1))}

    def _tell(self, performer: Performer, values: dict[str, Any]) -> None:
        """Sockets of this process that watch the conversation get the words without reading them back.

        What its customer alone sees whole is put in when it is read.
        """
        watchers = self._workshop.watchers
        if performer.shows_own:
            watchers.moved(self._conversation_id, values["next_seq"])
        elif watchers.is_watched(self._conversation_id):
            seen = visible.committed(performer.events, self._claimed.next_seq, values["now"])
            watchers.tell(self._conversation_id, self._claimed.next_seq, values["next_seq"], seen)

    def _owner(self) -> str:
        return "human" if self._state.is_handed_off else self._claimed.owner

    def _row(self, performer: Performer) -> dict[str, Any]:
        now = self._workshop.clock.now()
        claimed = self._claimed
        return {
            "shop": self._shop,
            "conversation_id": self._conversation_id,
            "claim": claimed.lease_owner,
            "token": claimed.lease_token,
            "owner_token": claimed.owner_token,
            "state": self._keys.seal(*store.STATE, self._conversation_id, _state_encoder.encode(self._state)),
            "next_seq": claimed.next_seq + len(performer.events),
            "customer_id": performer.customer_id,
            "links": performer.customer_id is not None and claimed.customer_id is None,
            "is_handed_off": self._state.is_handed_off,
            "taken": [one.inbound_id for one in self._taken],
            "taken_count": len(self._taken),
            "until": self._workshop.lease_until(now),
            "due_at": self._workshop.due_at(self._state, now),
            "now": now,
            "business_at": self._at,
            **store.event_columns(performer.events, claimed.next_seq, self._keys),
        }


def _note_messages(performer: Performer, messages: Sequence[CustomerMessage], state: State) -> None:
    for message in messages:
        performer.note(*happenings.of_message(message, state))
