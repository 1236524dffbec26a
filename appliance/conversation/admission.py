"""Who comes while turns queue is told how long it takes, and is served in his order; whoever is there keeps his turn.

Nobody is sent away. How long it takes is reckoned from what waits and what was served lately, in all processes.
"""

import math
from datetime import datetime, timedelta
from typing import Final

import msgspec
from psycopg.rows import class_row, scalar_row

from appliance.clock import Clock
from appliance.conversation.store import SQL
from appliance.db import Connection, Database
from appliance.ids import CustomerId, ShopId

LATELY: Final = timedelta(seconds=60)
"""The time over which it is measured how many turns are served."""
SPARED: Final = 4
"""So few conversations may wait long without anybody else's doing: an order system that dawdles, words that fail."""
REMEMBERED: Final = timedelta(seconds=1)
LONGEST_TOLD: Final = 120
"""Minutes beyond which no figure is told."""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a turn. ``since``: when the longest came, those that are spared left out."""

    waiting: int
    since: datetime | None
    served: int

    def waits(self, now: datetime) -> timedelta:
        return timedelta(0) if self.since is None else max(timedelta(0), now - self.since)

    def minutes(self) -> int | None:
        """Until whoever comes now is answered, rounded up. None: nothing was served, or it takes too long to say."""
        if not self.served:
            return None
        taken = math.ceil((self.waiting + 1) * LATELY.total_seconds() / self.served / 60)
        return taken if taken <= LONGEST_TOLD else None


class Admission:
    def __init__(self, db: Database, clock: Clock, queue_after_s: float) -> None:
        """``queue_after_s``: how long turns may wait before newcomers queue; 0: they never do."""
        self._db = db
        self._clock = clock
        self._after = timedelta(seconds=queue_after_s)
        self._known: tuple[datetime, Queue] | None = None

    async def queue(self) -> Queue | None:
        """None where whoever comes now is served at once, because no turn waits long."""
        now = self._clock.now()
        if not self._after or (queue := await self._queue(now)).waits(now) <= self._after:
            return None
        return queue

    async def _queue(self, now: datetime) -> Queue:
        if self._known is None or now - self._known[0] > REMEMBERED:
            self._known = now, await read(self._db, now)
        return self._known[1]


async def read(db: Database, now: datetime) -> Queue:
    async with db.system() as conn:
        cursor = conn.cursor(row_factory=class_row(Queue))
        found = await (await cursor.execute(SQL["queue"], {"spared": SPARED, "lately": now - LATELY})).fetchone()
    return found or Queue(waiting=0, since=None, served=0)


async def has_money_in_flight(conn: Connection, shop: ShopId, customer: CustomerId) -> bool:
    """Whoever waits for an order system's word on his request does not queue, however many do."""
    cursor = conn.cursor(row_factory=scalar_row)
    values = {"shop": shop, "customer_id": customer}
    return bool(await (await cursor.execute(SQL["has_money_in_flight"], values)).fetchone())
