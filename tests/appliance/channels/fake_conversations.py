# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""An honest small conversation service: an append-only log in memory, idempotent, per shop, with real waiting.

Its bot answers each flushed burst with an echo and a state event, so that channels can be tried end to end.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from appliance.channels.web.ports import Watch
from appliance.clock import Clock
from appliance.conversation.model import (
    Awaiting,
    Channel,
    Choice,
    CustomerMessage,
    Image,
    Received,
    Speaker,
    Started,
    Text,
    TraceEvent,
    Visible,
    VisibleKind,
)
from appliance.desk.model import NothingOpen
from appliance.errors import NotFound, Unavailable
from appliance.ids import ConversationId, CustomerId, ShopId, uuid7

AI_LABEL = "本服务由人工智能提供"


@dataclass
class _Conversation:
    shop: ShopId
    channel: Channel
    customer: CustomerId | None
    offset: timedelta
    events: list[Visible] = field(default_factory=list)
    messages: dict[str, CustomerMessage] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)


class _FakeWatch:
    def __init__(self) -> None:
        self.changed = asyncio.Event()

    async def wait(self) -> None:
        await self.changed.wait()
        self.changed.clear()

    def took_typing(self) -> Speaker | None:
        return None


class FakePeople:
    """``channels.web.ports.People``, where nobody waits for anybody."""

    async def place(self, shop: ShopId, conversation_id: ConversationId) -> None:
        return None

    async def leave(self, shop: ShopId, conversation_id: ConversationId) -> None:
        raise NothingOpen("this conversation is in no queue")

    async def rate(self, shop: ShopId, conversation_id: ConversationId, score: int) -> None:
        raise NothingOpen("no service has ended here that could be rated")

    async def typing(self, shop: ShopId, conversation_id: ConversationId, who: Speaker) -> None:
        """Nobody sees it."""


class FakeConversations:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.is_down = False
        self.interruptions = 0
        """So many calls lose their database on the way."""
        self.breaks_with: Exception | None = None
        self.transcripts = 0
        self.kept: dict[ConversationId, _Conversation] = {}
        self._watching = asyncio.Condition()
        self._watches: defaultdict[ConversationId, set[_FakeWatch]] = defaultdict(set)

    async def start(
        self,
        *,
        shop: ShopId,
        channel: Channel,
        customer: CustomerId | None,
        business_offset: timedelta = timedelta(0),
    ) -> Started:
        self._fail_if_told()
        conversation_id = ConversationId(uuid7())
        self.kept[conversation_id] = _Conversation(shop, channel, customer, business_offset)
        self._append(conversation_id, VisibleKind.NOTICE, Speaker.SYSTEM, text="您好，我是智能客服", is_ai=True)
        return Started(conversation_id=conversation_id, at=self.clock.now(), ai_label=AI_LABEL)

    async def receive(self, shop: ShopId, conversation_id: ConversationId, message: CustomerMessage) -> Received:
        kept = self._find(shop, conversation_id)
        if message.client_message_id in kept.messages:
            return Received(is_duplicate=True)
        kept.messages[message.client_message_id] = message
        kept.pending.append(message.client_message_id)
        kind = VisibleKind.IMAGE if isinstance(message, Image) else VisibleKind.MESSAGE
        text = message.text if isinstance(message, Text) else message.payload if isinstance(message, Choice) else ""
        self._append(conversation_id, kind, Speaker.CUSTOMER, text=text, client_message_id=message.client_message_id)
        return Received(is_duplicate=False)

    async def flush(self, shop: ShopId, conversation_id: ConversationId) -> None:
        kept = self._find(shop, conversation_id)
        if kept.pending:
            kept.pending.clear()
            self._append(conversation_id, VisibleKind.MESSAGE, Speaker.BOT, text="收到", is_ai=True)
            self._append(conversation_id, VisibleKind.STATE, Speaker.SYSTEM, awaiting=Awaiting.CLARIFY)

    async def transcript(self, shop: ShopId, conversation_id: ConversationId, after: int = 0) -> tuple[Visible, ...]:
        self.transcripts += 1
        return tuple(event for event in self._find(shop, conversation_id).events if event.seq > after)

    @asynccontextmanager
    async def watch(self, conversation_id: ConversationId) -> AsyncIterator[Watch]:
        watch = _FakeWatch()
        self._watches[conversation_id].add(watch)
        await self._tell_watched()
        try:
            yield watch
        finally:
            self._watches[conversation_id].discard(watch)
            await self._tell_watched()

    async def trace(self, shop: ShopId, conversation_id: ConversationId, after: int = 0) -> tuple[TraceEvent, ...]:
        kept = self._find(shop, conversation_id)
        return tuple(
            TraceEvent(
                seq=event.seq,
                at=event.at,
                business_at=event.at + kept.offset,
                type=event.kind,
                v=1,
                turn=None,
                data={},
                words=event.text or None,
            )
            for event in kept.events
            if event.seq > after
        )

    async def move_clock(self, shop: ShopId, conversation_id: ConversationId, by: timedelta) -> None:
        self._find(shop, conversation_id).offset += by

    async def watched(self, conversation_id: ConversationId, by: int = 1) -> None:
        """Returns once that many watch."""
        async with self._watching:
            await self._watching.wait_for(lambda: self.watchers(conversation_id) == by)

    def watchers(self, conversation_id: ConversationId) -> int:
        return len(self._watches[conversation_id])

    async def _tell_watched(self) -> None:
        async with self._watching:
            self._watching.notify_all()

    def _find(self, shop: ShopId, conversation_id: ConversationId) -> _Conversation:
        self._fail_if_told()
        kept = self.kept.get(conversation_id)
        if kept is None or kept.shop != shop:
            raise NotFound("no such conversation")
        return kept

    def _append(self, conversation_id: ConversationId, kind: VisibleKind, speaker: Speaker, **rest: object) -> None:
        events = self.kept[conversation_id].events
        seq = events[-1].seq + 2 if events else 1
        plain = {"seq": seq, "at": self.clock.now(), "kind": kind, "speaker": speaker, **rest}
        events.append(msgspec.convert(plain, Visible))
        for watch in self._watches[conversation_id]:
            watch.changed.set()

    def _fail_if_told(self) -> None:
        if self.interruptions:
            self.interruptions -= 1
            raise Unavailable("the database went away during a transaction")
        if self.is_down:
            raise Unavailable("no database connection within 10 s")
        if self.breaks_with is not None:
            raise self.breaks_with
