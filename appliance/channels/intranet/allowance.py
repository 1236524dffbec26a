"""How often each of a shop's systems may ask: a row in the database, so that all web processes count together."""

import math
from datetime import timedelta
from typing import Final

from appliance.channels.intranet.store import SQL
from appliance.clock import Clock
from appliance.db import Database
from appliance.ids import ShopId
from appliance.web.rate import Left

WINDOW: Final = timedelta(minutes=1)


class Allowances:
    """The generic cell rate algorithm, as ``appliance.web.rate.Rate`` has it; here one statement takes and tells."""

    def __init__(self, db: Database, clock: Clock, per_min: int) -> None:
        self._db = db
        self._clock = clock
        self._per_min = per_min
        self._step = WINDOW // per_min

    async def take(self, shop: ShopId, caller: str) -> Left:
        """A call that is refused costs nothing."""
        now = self._clock.now()
        values = {"shop_id": shop, "caller": caller, "now": now, "step": self._step, "window": WINDOW}
        async with self._db.transaction(shop) as conn:
            row = await (await conn.execute(SQL["take_allowance"], values)).fetchone()
        is_taken, whole_at = row or (False, now + WINDOW)  # none: spent by others while this was asked
        owed = max(whole_at - now, timedelta(0))
        return Left(
            limit=self._per_min,
            remaining=max((WINDOW - owed) // self._step, 0),
            whole_in_s=math.ceil(owed.total_seconds()),
            wait_s=0 if is_taken else max(math.ceil((owed + self._step - WINDOW).total_seconds()), 1),
        )
