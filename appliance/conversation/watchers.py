"""Tells sockets and long polls of this process that a conversation has new events, whichever process committed them.

What a turn of this process has just committed is kept at hand for those who watch, so that nobody reads it back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from appliance.conversation.model import Speaker, Visible
from appliance.ids import ConversationId

CHANNEL = "conversation_event"


class Watcher:
    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._typing: Speaker | None = None

    def wake(self) -> None:
        self._changed.set()

    def moved(self, conversation_id: ConversationId) -> None:  # noqa: ARG002 - for who watches several
        self.wake()

    def typing(self, conversation_id: ConversationId, who: Speaker) -> None:  # noqa: ARG002 - likewise
        self._typing = who
        self.wake()

    def took_typing(self) -> Speaker | None:
        """Who has typed since it was asked last."""
        who, self._typing = self._typing, None
        return who

    async def wait(self) -> None:
        await self._changed.wait()
        self._changed.clear()


class _Watched:
    """A conversation that is watched: how far its log goes, and the last stretch of it if it was written here."""

    def __init__(self, conversation_id: ConversationId) -> None:
        self.conversation_id = conversation_id
        self.watchers: set[Watcher] = set()
        self.next_seq = 0
        self.first_seq = 0
        self.stretch: tuple[Visible, ...] | None = None

    def moved(self, next_seq: int) -> bool:
        """False: that is known already."""
        if next_seq <= self.next_seq:
            return False
        self.next_seq = next_seq
        self.stretch = None
        self.wake()
        return True

    def wake(self) -> None:
        for watcher in self.watchers:
            watcher.moved(self.conversation_id)


class Watchers:
    def __init__(self) -> None:
        self._watched: dict[ConversationId, _Watched] = {}

    @asynccontextmanager
    async def watch(self, conversation_id: ConversationId) -> AsyncIterator[Watcher]:
        watcher = Watcher()
        self.attach(conversation_id, watcher)
        try:
            yield watcher
        finally:
            self.detach(conversation_id, watcher)

    def attach(self, conversation_id: ConversationId, watcher: Watcher) -> None:
        self._watched.setdefault(conversation_id, _Watched(conversation_id)).watchers.add(watcher)

    def detach(self, conversation_id: ConversationId, watcher: Watcher) -> None:
        watched = self._watched.get(conversation_id)
        if watched is None:
            return
        watched.watchers.discard(watcher)
        if not watched.watchers:
            del self._watched[conversation_id]

    def forget(self, watcher: Watcher) -> None:
        """Of one that watched several conversations."""
        for conversation_id in [each for each, watched in self._watched.items() if watcher in watched.watchers]:
            self.detach(conversation_id, watcher)

    def wake(self, conversation_id: ConversationId) -> None:
        """Something else than its log has changed."""
        if watched := self._watched.get(conversation_id):
            watched.wake()

    async def typed(self, payload: str) -> None:
        """For ``Listener.subscribe(TYPING_CHANNEL, …)``; the payload is ``conversation/speaker``."""
        name, _, who = payload.partition("/")
        conversation_id = ConversationId(UUID(name))
        if watched := self._watched.get(conversation_id):
            for watcher in tuple(watched.watchers):
                watcher.typing(conversation_id, Speaker(who))

    def is_watched(self, conversation_id: ConversationId) -> bool:
        return conversation_id in self._watched

    def tell(
        self, conversation_id: ConversationId, first_seq: int, next_seq: int, stretch: tuple[Visible, ...]
    ) -> None:
        """A turn of this process has committed the events from ``first_seq`` up to, not including, ``next_seq``."""
        watched = self._watched.get(conversation_id)
        if watched is not None and watched.moved(next_seq):
            watched.first_seq = first_seq
            watched.stretch = stretch

    def recent(self, conversation_id: ConversationId, after: int) -> tuple[Visible, ...] | None:
        """What is visible after that place, if all of it is at hand; None: it has to be read."""
        watched = self._watched.get(conversation_id)
        if watched is None or watched.stretch is None or after < watched.first_seq - 1:
            return None
        return tuple(event for event in watched.stretch if event.seq > after)

    async def heard(self, payload: str) -> None:
        """For ``Listener.subscribe(CHANNEL, watchers.heard)``; the payload is ``conversation/next_seq/shop``."""
        conversation_id, next_seq, _ = payload.split("/", 2)
        self.moved(ConversationId(UUID(conversation_id)), int(next_seq))

    def moved(self, conversation_id: ConversationId, next_seq: int) -> None:
        """Its log goes so far now; what is at hand of it may have changed, and is read again."""
        watched = self._watched.get(conversation_id)
        if watched is not None:
            watched.moved(next_seq)

    async def wake_all(self) -> None:
        """After the listening connection was lost: everybody reads again."""
        for watched in self._watched.values():
            watched.stretch = None
            watched.wake()
