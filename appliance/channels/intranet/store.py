"""Which events of the order system were taken, so that each counts once although it may be sent many times."""

from appliance.clock import Clock
from appliance.db import Database, Queries
from appliance.errors import Conflict
from appliance.ids import ShopId

SQL = Queries.beside(__file__)


class EventJournal:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def take(self, shop: ShopId, event_id: str, signed_sha256: bytes | None) -> bool:
        values = {
            "shop_id": shop,
            "event_id": event_id,
            "signed_sha256": signed_sha256,
            "at": self._clock.now(),
        }
        async with self._db.transaction(shop) as conn:
            if (await conn.execute(SQL["take_event"], values)).rowcount == 1:
                return True
            row = await (await conn.execute(SQL["select_event"], values)).fetchone()
        if row is None:
            raise Conflict("the same signed message was sent before under another event id")
        return row[0] is None

    async def finish(self, shop: ShopId, event_id: str) -> None:
        values = {"shop_id": shop, "event_id": event_id, "at": self._clock.now()}
        async with self._db.transaction(shop) as conn:
            await conn.execute(SQL["finish_event"], values)
