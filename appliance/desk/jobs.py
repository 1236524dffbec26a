"""Looks once a second for what nobody announces: a console that fell silent, a desk that has opened.

Not the way in which anybody is assigned: that happens in the transaction that makes it possible.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta

from appliance.clock import Clock
from appliance.db import Database
from appliance.desk import store
from appliance.desk.queue import Queue
from appliance.desk.service import Desk
from appliance.errors import Unavailable
from appliance.ids import ShopId

_log = logging.getLogger(__name__)

EVERY_S = 1.0


class DeskRound:
    def __init__(self, db: Database, desk: Desk, queue: Queue, clock: Clock, silence: timedelta) -> None:
        self._db = db
        self._desk = desk
        self._queue = queue
        self._clock = clock
        self._silence = silence

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.once()
            except Unavailable:
                _log.warning("desk.database_away")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()

    async def once(self) -> None:
        now = self._clock.now()
        async with self._db.system() as conn:
            lost = await store.rows(conn, "lost", {"alive_after": now - self._silence})
            shops = await store.rows(conn, "shops_waiting", {"now": now})
        for each in lost:
            if await self._desk.lost(ShopId(each["shop_id"]), each["staff_id"]):
                _log.warning("desk.agent_lost", extra={"shop_id": each["shop_id"], "staff_id": str(each["staff_id"])})
        for shop in {ShopId(each["shop_id"]) for each in shops}:
            await self._assign(shop)

    async def _assign(self, shop: ShopId) -> None:
        """Where somebody waits; whoever is not free now finds nobody, and nothing is changed."""
        async with self._db.transaction(shop) as conn:
            await self._queue.lock(conn, shop)
            if await self._queue.pair(conn, shop):
                await store.tell_queue(conn, shop)
