"""Where customers stand who wait, kept at hand in each web process, and pushed to whoever watches when it changes.

One statement for a whole shop, however many wait; a notification of the queue makes it read again, and many that come
together make it read once.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from appliance.db import Database
from appliance.desk.model import Waiting
from appliance.desk.queue import Queue
from appliance.errors import Unavailable
from appliance.ids import ConversationId, ShopId

_log = logging.getLogger(__name__)


class Places:
    def __init__(self, db: Database, queue: Queue, moved: Callable[[ConversationId], None]) -> None:
        """``moved`` is called for each conversation whose place is another."""
        self._db = db
        self._queue = queue
        self._moved = moved
        self._by_shop: dict[ShopId, Mapping[ConversationId, Waiting]] = {}
        self._stale: set[ShopId] = set()
        self._reading: dict[ShopId, asyncio.Task[None]] = {}

    async def of(self, shop: ShopId, conversation_id: ConversationId) -> Waiting | None:
        """None: it is in no queue. Whoever asks while the shop is read for the first time is woken after it."""
        if shop not in self._by_shop:
            self._by_shop[shop] = {}
            self.changed(shop)
            await asyncio.shield(self._reading[shop])
        return self._by_shop[shop].get(conversation_id)

    def changed(self, shop: ShopId) -> None:
        """Somebody came, went, or was taken. What nobody has asked for yet is not read."""
        if shop not in self._by_shop:
            return
        self._stale.add(shop)
        if shop not in self._reading:
            self._reading[shop] = asyncio.create_task(self._catch_up(shop))

    def all_changed(self) -> None:
        """After the listening connection was lost."""
        for shop in tuple(self._by_shop):
            self.changed(shop)

    async def _catch_up(self, shop: ShopId) -> None:
        try:
            while shop in self._stale:
                self._stale.discard(shop)
                await self._read(shop)
        except Unavailable:
            self._stale.add(shop)
            _log.warning("desk.places_not_read", extra={"shop_id": shop})
        finally:
            del self._reading[shop]

    async def _read(self, shop: ShopId) -> None:
        async with self._db.transaction(shop) as conn:
            waiting = await self._queue.waiting(conn, shop)
        before, now = self._by_shop.get(shop, {}), {each.conversation_id: each for each in waiting}
        self._by_shop[shop] = now
        for conversation_id in before.keys() | now.keys():
            if before.get(conversation_id) != now.get(conversation_id):
                self._moved(conversation_id)
