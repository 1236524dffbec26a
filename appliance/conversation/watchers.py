"""Tells sockets and long polls of this process that a conversation has new events, whichever process committed them."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from appliance.ids import ConversationId

CHANNEL = "conversation_event"


class Watcher:
    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._seen = 0

    def wake(self, next_seq: int) -> None:
        """A commit of this process is told at once and heard of again by notification: that is once."""
        if next_seq > self._seen:
            self._seen = next_seq
            self._changed.set()

    def wake_anyway(self) -> None:
        self._changed.set()

    async def wait(self) -> None:
        await self._changed.wait()
        self._changed.clear()


class Watchers:
    def __init__(self) -> None:
        self._by_conversation: defaultdict[ConversationId, set[Watcher]] = defaultdict(set)

    @asynccontextmanager
    async def watch(self, conversation_id: ConversationId) -> AsyncIterator[Watcher]:
        watcher = Watcher()
        self._by_conversation[conversation_id].add(watcher)
        try:
            yield watcher
        finally:
            watchers = self._by_conversation[conversation_id]
            watchers.discard(watcher)
            if not watchers:
                del self._by_conversation[conversation_id]

    def wake(self, conversation_id: ConversationId, next_seq: int) -> None:
        """``next_seq`` is the first place in the log that is still free."""
        for watcher in self._by_conversation.get(conversation_id, ()):
            watcher.wake(next_seq)

    async def heard(self, payload: str) -> None:
        """For ``Listener.subscribe(CHANNEL, watchers.heard)``; the payload is ``conversation/next_seq``."""
        conversation_id, _, next_seq = payload.partition("/")
        self.wake(ConversationId(UUID(conversation_id)), int(next_seq))

    async def wake_all(self) -> None:
        """After the listening connection was lost: everybody reads again."""
        for watchers in self._by_conversation.values():
            for watcher in watchers:
                watcher.wake_anyway()
