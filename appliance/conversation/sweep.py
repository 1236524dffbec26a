"""The worker's side of conversations: takes up what is due, told at once by a notification, else by a regular look."""

import asyncio
import contextlib
import logging
from uuid import UUID

from appliance.clock import Clock
from appliance.conversation import store
from appliance.conversation.turns import Turns
from appliance.db import Database
from appliance.errors import Unavailable
from appliance.ids import ConversationId, ShopId

_log = logging.getLogger(__name__)

AT_ONCE = 16
EVERY_S = 1.0
BATCH = 64


class Sweep:
    def __init__(self, db: Database, turns: Turns, clock: Clock) -> None:
        self._db = db
        self._turns = turns
        self._clock = clock
        self._room = asyncio.Semaphore(AT_ONCE)
        self._looking: set[asyncio.Task[None]] = set()

    async def heard(self, payload: str) -> None:
        """For ``Listener.subscribe(DUE_CHANNEL, sweep.heard)``; the payload is ``shop/conversation``."""
        shop, _, conversation_id = payload.partition("/")
        self._look(ShopId(shop), ConversationId(UUID(conversation_id)))

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.once()
            except Unavailable:
                _log.warning("sweep.database_away")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()
        if self._looking:
            await asyncio.wait(self._looking)

    async def once(self) -> None:
        async with self._db.system() as conn:
            due = await store.due(conn, self._clock.now(), BATCH)
        for one in due:
            self._look(one.shop_id, one.conversation_id)

    def _look(self, shop: ShopId, conversation_id: ConversationId) -> None:
        task = asyncio.create_task(self._look_one(shop, conversation_id))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _look_one(self, shop: ShopId, conversation_id: ConversationId) -> None:
        async with self._room:
            with contextlib.suppress(Unavailable):
                await self._turns.look(shop, conversation_id)
