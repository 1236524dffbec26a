"""The conversations of a shop that live, kept at hand in each web process for the consoles that show them.

One statement for a whole shop, however many consoles look, and at most one in a while, however much is said: what moves
meanwhile is read once after it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from appliance.desk.model import Talk
from appliance.errors import Unavailable
from appliance.ids import ConversationId, ShopId

PAUSE_S: Final = 1.0
_log = logging.getLogger(__name__)
ReadLive = Callable[[ShopId], Awaitable[tuple[Talk, ...]]]


class Lives:
    def __init__(self, read: ReadLive, fresh: Callable[[ShopId], None], pause_s: float = PAUSE_S) -> None:
        """``fresh`` is called when a shop was read anew."""
        self._read = read
        self._fresh = fresh
        self._pause_s = pause_s
        self._looked_at: dict[ShopId, int] = {}
        self._by_shop: dict[ShopId, Mapping[ConversationId, Talk]] = {}
        self._stale: set[ShopId] = set()
        self._reading: dict[ShopId, asyncio.Task[None]] = {}

    def join(self, shop: ShopId) -> None:
        """A console shows them from now on; ``fresh`` follows."""
        self._looked_at[shop] = self._looked_at.get(shop, 0) + 1
        self.changed(shop)

    def leave(self, shop: ShopId) -> None:
        self._looked_at[shop] -= 1
        if self._looked_at[shop] == 0:
            del self._looked_at[shop]
            self._by_shop.pop(shop, None)

    def of(self, shop: ShopId) -> Mapping[ConversationId, Talk]:
        """As they were read last; the last to move first."""
        return self._by_shop.get(shop, {})

    def changed(self, shop: ShopId) -> None:
        """Something was said or done in one of them. What nobody looks at is not read."""
        if shop not in self._looked_at:
            return
        self._stale.add(shop)
        if shop not in self._reading:
            self._reading[shop] = asyncio.create_task(self._catch_up(shop))

    def all_changed(self) -> None:
        """After the listening connection was lost."""
        for shop in tuple(self._looked_at):
            self.changed(shop)

    async def _catch_up(self, shop: ShopId) -> None:
        try:
            while shop in self._stale and shop in self._looked_at:
                self._stale.discard(shop)
                self._by_shop[shop] = {talk.conversation_id: talk for talk in await self._read(shop)}
                self._fresh(shop)
                await asyncio.sleep(self._pause_s)
        except Unavailable:
            _log.warning("desk.lives_not_read", extra={"shop_id": shop})
        finally:
            del self._reading[shop]
