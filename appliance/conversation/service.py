"""What channels ask of conversations: start one, put a message in, see what its customer may see."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import msgspec

from appliance.conversation import inbound, own_words, store, visible
from appliance.conversation.admission import Queue, has_money_in_flight
from appliance.conversation.bodies import Notice, Shown, pack
from appliance.conversation.events import BotSaid, ConversationStarted
from appliance.conversation.inbound import Arrived, ToPeople
from appliance.conversation.ingress import Ingress
from appliance.conversation.model import (
    Channel,
    CustomerMessage,
    HeardOf,
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
from appliance.dialogue import telephone_number
from appliance.dialogue.render import WELCOME
from appliance.dialogue.state import Identity, Recording, Said, State
from appliance.ids import ConversationId, CustomerId, ShopId, SubjectId, uuid7
from security.crypto.cache import ExpiringCache
from security.crypto.subject import SubjectKeys
from security.pii.masker import Fact
from security.untrusted import fenced

_log = logging.getLogger(__name__)
_state_decoder = msgspec.json.Decoder(State)

QUEUES = "welcome_queues"
"""The key of what is said instead of the welcome while turns queue."""
MOST_OF_LINE = 120
"""Characters of each thing that the switchboard says of a call."""
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
        line: Mapping[str, str] | None = None,
        welcome: str = WELCOME,
    ) -> Started:
        """The first event holds the notice as it was shown: a machine speaks, what is kept, where to object.
        Who comes while turns queue is told how long it takes; calls that we make never queue.

        ``caller``: the number that a call comes from, as the telephone network shows it; it is no proof of anything.
        ``line``: what else the switchboard says of it, by name.
        ``welcome``: the key of the first words after the notice, of a call that we make: why we call.
        """
        context = await self._workshop.shops.of(shop)
        conversation_id, subject_id = ConversationId(uuid7()), SubjectId(uuid7())
        now = self._workshop.clock.now()
        queue = await self._workshop.admission.queue() if welcome == WELCOME else None
        async with self._db.transaction(shop) as conn:
            if queue is not None and customer is not None and await has_money_in_flight(conn, shop, customer):
                queue = None
            keys = await self._workshop.keys.create_subject(conn, shop, subject_id)
            number = await self._placeholder(conn, shop, conversation_id, keys, caller)
            first = Said(key=welcome) if queue is None else _queues(queue)
            events, state = self._first_words(context, channel, Identity(customer_id=customer, caller=number), first)
            said_of_it = await self._masked(conn, shop, conversation_id, keys, line or {})
            state = msgspec.structs.replace(state, line=said_of_it)
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
                "waits_turn": queue is not None,
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
        number = telephone_number.read(caller or "")
        if number is None:
            return None
        return (await self._workshop.parts.masking.take_in_facts(conn, shop, conversation_id, keys, [number]))[0]

    async def _masked(
        self,
        conn: Connection,
        shop: ShopId,
        conversation_id: ConversationId,
        keys: SubjectKeys,
        line: Mapping[str, str],
    ) -> dict[str, str]:
        """Of each value as much as a person reads at a glance."""
        given = [Fact(fenced(value[:MOST_OF_LINE])) for value in line.values()]
        if not given:
            return {}
        masked = await self._workshop.parts.masking.take_in_facts(conn, shop, conversation_id, keys, given)
        return dict(zip(line, masked, strict=True))

    def _first_words(
        self, context: ShopContext, channel: Channel, identity: Identity, welcome: Said
    ) -> tuple[list[NewEvent], State]:
        is_call = channel == Channel.VOICE
        words = self._workshop.parts.renderer.on(channel).render(welcome, context.persona, "")
        is_recorded = self._is_recorded(channel)
        started = ConversationStarted(
            channel=channel, is_verified=identity.customer_id is not None, is_recorded=is_recorded
        )
        events = [
            NewEvent(data=started, body=pack(Notice(text=self._notice(context, channel), caller=identity.caller))),
            NewEvent(data=BotSaid(key=welcome.key), body=pack(Shown(text=words.text))),
        ]
        recording = Recording.ON if is_recorded else Recording.OFF
        return events, State(identity=identity, said=(welcome,), is_call=is_call, recording=recording)

    def _is_recorded(self, channel: Channel) -> bool:
        return channel == Channel.VOICE and self._workshop.parts.records_calls

    def _notice(self, context: ShopContext, channel: Channel) -> str:
        renderer = self._workshop.parts.renderer.on(channel)
        return renderer.text("notice_recorded" if self._is_recorded(channel) else "notice", {}, context.persona)

    async def first_words(self, shop: ShopId, welcomes: Sequence[str] = (WELCOME,)) -> tuple[str, ...]:
        """What every call of this shop begins with: the notice, and what may follow it by its key. NotFound."""
        context = await self._workshop.shops.of(shop)
        renderer = self._workshop.parts.renderer.on(Channel.VOICE)
        following = (renderer.render(Said(key=key), context.persona, "").text for key in welcomes)
        return (self._notice(context, Channel.VOICE), *following)

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

    async def heard(
        self, shop: ShopId, conversation_id: ConversationId, accounts: Sequence[HeardOf], *, ended: str | None = None
    ) -> None:
        """What a caller has heard of what was said to him. ``ended``: the line is gone, and how it was left. Where it
        went to people by itself, a turn hands the conversation over to them.
        """
        claim = uuid7()
        claimed: store.Claimed | None = None
        async with self._db.transaction(shop) as conn:
            keys = await self._keys(conn, shop, conversation_id)
            now = self._workshop.clock.now()
            if await self._workshop.earshot.note(conn, shop, conversation_id, keys, accounts, now, ended):
                until = self._workshop.lease_until(now)
                claimed = await inbound.leave(
                    conn, shop, conversation_id, keys, ToPeople(), now, claim=claim, until=until
                )
        if claimed is not None and claimed.lease_owner == claim:
            self._run(self._turns.run(shop, conversation_id, claimed))

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

    async def state(self, shop: ShopId, conversation_id: ConversationId) -> State:
        """Of the dialogue, as the last turn left it."""
        async with self._db.transaction(shop) as conn:
            keys = await self._keys(conn, shop, conversation_id)
            sealed = await store.state_of(conn, shop, conversation_id)
        return _state_decoder.decode(keys.open(*store.STATE, conversation_id, sealed))

    async def floor(self, shop: ShopId, conversation_id: ConversationId) -> tuple[Channel, bool]:
        """The channel that it was begun on, and whether the bot has it."""
        async with self._db.transaction(shop) as conn:
            channel, owner = await store.find_floor(conn, shop, conversation_id)
        return Channel(channel), owner == "bot"

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


def _queues(queue: Queue) -> Said:
    minutes = queue.minutes()
    return Said(key=QUEUES, facts={} if minutes is None else {"minutes": str(minutes)})
