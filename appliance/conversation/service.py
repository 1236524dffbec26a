"""What channels ask of conversations: start one, put a message in, see what its customer may see."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import msgspec

from appliance.conversation import inbound, own_words, store, telephone, visible
from appliance.conversation.bodies import Notice, Shown, pack
from appliance.conversation.events import BotSaid, ConversationStarted
from appliance.conversation.inbound import Arrived
from appliance.conversation.ingress import Ingress
from appliance.conversation.model import (
    Channel,
    CustomerMessage,
    Received,
    Started,
    TraceEvent,
    Visible,
)
from appliance.conversation.ports import ShopContext
from appliance.conversation.store import NewEvent, StoredEvent
from appliance.conversation.turns import Fresh, Turns
from appliance.conversation.watchers import Watcher, Watchers
from appliance.conversation.workshop import Workshop
from appliance.db import Connection
from appliance.dialogue.state import Identity, Said, State
from appliance.ids import ConversationId, CustomerId, ShopId, SubjectId, uuid7
from security.crypto.cache import ExpiringCache
from security.crypto.subject import SubjectKeys

_log = logging.getLogger(__name__)

REMEMBERED = 50_000
"""Whose conversation is whose: it never changes, so it is kept in memory."""


class Conversations:
    def __init__(self, workshop: Workshop, turns: Turns, watchers: Watchers) -> None:
        self._workshop = workshop
        self._turns = turns
        self._watchers = watchers
        self._db = workshop.parts.db
        self._ingress = Ingress(workshop.parts.masking, workshop.audit)
        self._subjects: ExpiringCache[tuple[ShopId, ConversationId], SubjectId] = ExpiringCache(
            REMEMBERED, timedelta(hours=1), workshop.clock
        )
        self._running: set[asyncio.Task[None]] = set()

    async def start(
        self,
        *,
        shop: ShopId,
        channel: Channel,
        customer: CustomerId | None,
        business_offset: timedelta = timedelta(0),
        caller: str | None = None,
    ) -> Started:
        """The first event holds the notice as it was shown: a machine speaks, what is kept, where to object.

        ``caller``: the number that a call comes from, as the telephone network shows it; it is no proof of anything.
        """
        context = await self._workshop.shops.of(shop)
        conversation_id, subject_id = ConversationId(uuid7()), SubjectId(uuid7())
        now = self._workshop.clock.now()
        async with self._db.transaction(shop) as conn:
            keys = await self._workshop.keys.create_subject(conn, shop, subject_id)
            number = await self._placeholder(conn, shop, conversation_id, keys, caller)
            events, state = self._first_words(context, channel, Identity(customer_id=customer, caller=number))
            values = {
                "shop": shop,
                "conversation_id": conversation_id,
                "channel": channel,
                "subject_id": subject_id,
                "customer_id": customer,
                "state": keys.seal(*store.STATE, conversation_id, msgspec.json.encode(state)),
                "next_seq": len(events) + 1,
                "clock_offset": business_offset,
                "now": now,
                "business_at": now + business_offset,
                "due_at": None,
                **store.event_columns(events, 1, keys),
            }
            await store.insert_conversation(conn, values)
        self._subjects.put((shop, conversation_id), subject_id)
        ai_label = self._workshop.parts.renderer.text("ai_label", {}, context.persona)
        return Started(conversation_id=conversation_id, at=now, ai_label=ai_label)

    async def _placeholder(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, keys: SubjectKeys, caller: str | None
    ) -> str | None:
        """None of a number that is withheld, or that nobody could call back."""
        number = telephone.number_shown(caller or "")
        if number is None:
            return None
        return (await self._workshop.parts.masking.take_in_facts(conn, shop, conversation_id, keys, [number]))[0]

    def _first_words(self, context: ShopContext, channel: Channel, identity: Identity) -> tuple[list[NewEvent], State]:
        renderer = self._workshop.parts.renderer.on(channel)
        is_call = channel == Channel.VOICE
        is_recorded = is_call and self._workshop.parts.records_calls
        notice = renderer.text("notice_recorded" if is_recorded else "notice", {}, context.persona)
        welcome = Said(key="welcome")
        words = renderer.render(welcome, context.persona, "")
        started = ConversationStarted(channel=channel, is_verified=identity.customer_id is not None)
        events = [
            NewEvent(data=started, body=pack(Notice(text=notice, caller=identity.caller))),
            NewEvent(data=BotSaid(key=welcome.key), body=pack(Shown(text=words.text))),
        ]
        return events, State(identity=identity, said=(welcome,), is_call=is_call)

    async def receive(self, shop: ShopId, conversation_id: ConversationId, message: CustomerMessage) -> Received:
        """The message is kept, masked and sealed, when this returns; its turn runs in the background."""
        now = self._workshop.clock.now()
        async with self._db.transaction(shop) as conn:
            subject_id = await self.subject_of(conn, shop, conversation_id)
            keys = await self._workshop.keys.keys(conn, shop, subject_id)
            taken = await self._ingress.take(conn, shop, conversation_id, keys, message, now)
            arrived = Arrived(inbound_id=uuid7(), what=taken.message, received_at=now)
            kind, sealed = inbound.seal(keys, arrived.inbound_id, taken.message)
            claim = uuid7()
            values = {
                "shop": shop,
                "conversation_id": conversation_id,
                "inbound_id": arrived.inbound_id,
                "client_message_id": message.client_message_id,
                "kind": kind,
                "sealed": sealed,
                "now": now,
                "claim": claim,
                "until": self._workshop.lease_until(now),
            }
            claimed = await store.receive(conn, values)
            if claimed is not None:
                arrived = await self._ingress.look_again(conn, shop, conversation_id, keys, taken, arrived, claimed)
        if taken.next_seq is not None:
            self._watchers.moved(conversation_id, taken.next_seq)
        if claimed is None:
            return Received(is_duplicate=True)
        if claimed.lease_owner == claim:
            self._workshop.expect(conversation_id)
            self._run(self._turns.run(shop, conversation_id, claimed, Fresh(arrived, keys)))
        else:
            self._workshop.arrived(conversation_id)
        return Received(is_duplicate=False)

    async def flush(self, shop: ShopId, conversation_id: ConversationId) -> None:
        """NotFound if there is no such conversation; the quiet time of a running burst ends now."""
        async with self._db.transaction(shop) as conn:
            await self.subject_of(conn, shop, conversation_id)
        self._workshop.flush(conversation_id)

    async def transcript(self, shop: ShopId, conversation_id: ConversationId, after: int = 0) -> tuple[Visible, ...]:
        """What the customer may see, after that place in the log."""
        is_own = self._subjects.get((shop, conversation_id)) is not None
        if is_own and (recent := self._watchers.recent(conversation_id, after)) is not None:
            return recent
        async with self._db.transaction(shop) as conn:
            rows = await store.events(conn, shop, conversation_id, after, visible.TYPES)
            keys = await self._keys(conn, shop, conversation_id)
            return tuple([await self._seen(conn, shop, conversation_id, keys, row) for row in rows])

    async def _seen(
        self, conn: Connection, shop: ShopId, conversation_id: ConversationId, keys: SubjectKeys, row: StoredEvent
    ) -> Visible:
        body = visible.opened(keys, row)
        event = visible.stored(row, body)
        if own := own_words.of(row, body):
            masking = self._workshop.parts.masking
            return await own_words.with_whole(conn, masking, shop, conversation_id, keys, event, own)
        return event

    async def trace(self, shop: ShopId, conversation_id: ConversationId, after: int = 0) -> tuple[TraceEvent, ...]:
        """Every event, with its words as they are kept: personal data masked."""
        async with self._db.transaction(shop) as conn:
            keys = await self._keys(conn, shop, conversation_id)
            rows = await store.events(conn, shop, conversation_id, after)
        return tuple(visible.traced(row, visible.opened(keys, row)) for row in rows)

    def watch(self, conversation_id: ConversationId) -> AbstractAsyncContextManager[Watcher]:
        return self._watchers.watch(conversation_id)

    async def move_clock(self, shop: ShopId, conversation_id: ConversationId, by: timedelta) -> None:
        """Business time goes on by so much; a timer that became due runs before this returns."""
        async with self._db.transaction(shop) as conn:
            is_due = await store.move_clock(conn, shop, conversation_id, by, self._workshop.clock.now())
        if is_due:
            await self._turns.look(shop, conversation_id)

    async def subject_of(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectId:
        known = self._subjects.get((shop, conversation_id))
        if known is None:
            known = await store.find_subject(conn, shop, conversation_id)
            self._subjects.put((shop, conversation_id), known)
        return known

    async def finish(self) -> None:
        """Wait for the turns that are under way."""
        while self._running:
            await asyncio.wait(self._running)

    async def _keys(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> SubjectKeys:
        subject_id = await self.subject_of(conn, shop, conversation_id)
        return await self._workshop.keys.keys(conn, shop, subject_id)

    def _run(self, turn: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(turn)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
