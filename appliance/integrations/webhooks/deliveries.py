"""What became of each telling, page by page, and telling it again: on the command line and in the staff API."""

from uuid import UUID

import msgspec

from appliance.clock import Clock
from appliance.db import Database
from appliance.errors import NotFound
from appliance.identity.shop_records import ShopDeed, record
from appliance.ids import ShopId
from appliance.integrations.webhooks import store
from appliance.integrations.webhooks.model import DeliveryFilter, Standing
from appliance.paging import page_of, place_of
from security.access.records import MACHINE
from security.audit.record import Actor, Target


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    deliveries: tuple[Standing, ...]
    cursor: str | None = None
    """Where the next page begins; None: this was the last."""


class Deliveries:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def page(self, shop: ShopId, wanted: DeliveryFilter, cursor: str | None, limit: int) -> DeliveryPage:
        """The newest first. NotFound: there is no such shop."""
        after = place_of(cursor) if cursor else None
        async with self._db.transaction(shop) as conn:
            if not await store.rows(conn, "shop", {"shop": shop}):
                raise NotFound("no such shop")
            found = await store.deliveries(conn, shop, wanted, after, limit + 1)
        shown, following = page_of(found, limit, lambda each: (each.made_at, each.delivery_id))
        return DeliveryPage(deliveries=shown, cursor=following)

    async def find(self, delivery_id: UUID) -> Standing:
        """Of whichever shop it is."""
        async with self._db.system() as conn:
            found = await store.rows(conn, "find_delivery", {"delivery_id": delivery_id})
        if not found:
            raise NotFound("no such delivery; what was told is kept for 30 days")
        return msgspec.convert(found[0], Standing)

    async def replay(self, shop: ShopId, delivery_id: UUID | None = None, actor: Actor = MACHINE) -> int:
        """Tell again, under the same ids: one, or all that were given up; how many. NotFound: it is not there."""
        async with self._db.transaction(shop) as conn:
            if not await store.rows(conn, "shop", {"shop": shop}):
                raise NotFound("no such shop")
            values = {"shop": shop, "delivery_id": delivery_id, "now": self._clock.now()}
            count = await store.execute(conn, "replay", values)
            if delivery_id is not None and not count:
                raise NotFound("no such delivery, or it is waiting to be told anyway")
            thing = Target(type="webhook_delivery", id=str(delivery_id or "dead"))
            await record(conn, shop, ShopDeed.WEBHOOK_REPLAY, thing, {"deliveries": str(count)}, actor)
            await store.execute(conn, "tell_of_replay", {"shop": shop})
        return count
