"""Reads the log and queues what each webhook is to be told; it changes nothing of a conversation.

It hears of a conversation by the notice that its turn sends, or, after a lost connection, compares how far each webhook
has come. Within a conversation the log has no gaps, so a place in each is enough; two readers queue nothing twice.
"""

import asyncio
import logging
from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from appliance.clock import Clock
from appliance.db import Connection, Database
from appliance.ids import ConversationId, ShopId
from appliance.integrations.webhooks import rules, store

_log = logging.getLogger(__name__)


class Reader:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._changed: set[ConversationId] = set()
        self._is_behind = True
        self.woken = asyncio.Event()

    async def heard(self, payload: str) -> None:
        """For ``Listener.subscribe(watchers.CHANNEL, reader.heard)``."""
        self._changed.add(ConversationId(UUID(payload.partition("/")[0])))
        self.woken.set()

    async def compare(self) -> None:
        """Notices may have been lost: look at all conversations at the next reading."""
        self._is_behind = True
        self.woken.set()

    async def read(self) -> None:
        """Queue what is new. What fails is found again by the next comparison."""
        changed, self._changed = self._changed, set()
        is_behind, self._is_behind = self._is_behind, False
        try:
            for shop, conversation_id in await self._places(changed, is_behind=is_behind):
                await self._queue(shop, conversation_id)
        except BaseException:
            self._is_behind = True
            raise

    async def _places(
        self, changed: set[ConversationId], *, is_behind: bool
    ) -> Sequence[tuple[ShopId, ConversationId]]:
        if not changed and not is_behind:
            return []
        async with self._db.system() as conn:
            if is_behind:
                return await store.behind(conn)
            found = [(await store.shop_of(conn, one), one) for one in changed]
        return [(shop, one) for shop, one in found if shop is not None]

    async def _queue(self, shop: ShopId, conversation_id: ConversationId) -> None:
        now = self._clock.now()
        async with self._db.transaction(shop) as conn:
            events = await store.untold(conn, shop, conversation_id)
            for webhook_id, own in groupby(events, key=lambda event: event.webhook_id):
                last = 0
                for event in own:
                    last = event.seq
                    told = rules.TOLD.get(event.type)
                    if told is not None and told in event.events and event.at >= event.created_at:
                        await store.queue(conn, shop, conversation_id, event, told, now)
                await self._move(conn, shop, webhook_id, conversation_id, last)

    async def _move(
        self, conn: Connection, shop: ShopId, webhook_id: UUID, conversation_id: ConversationId, seq: int
    ) -> None:
        values = {"shop": shop, "webhook_id": webhook_id, "conversation_id": conversation_id, "seq": seq}
        await store.execute(conn, "move_position", values)
