"""What became of each telling, page by page, and telling it again: on the command line and in the staff API.

At the console it is said to the audit log before anything is told again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import msgspec

from appliance.clock import Clock
from appliance.db import Database
from appliance.errors import NotFound
from appliance.identity.shop_records import THE_MACHINE, By
from appliance.identity.staff_deeds import Deeds
from appliance.ids import ShopId
from appliance.integrations.webhooks import store
from appliance.integrations.webhooks.model import DeliveryFilter, Standing
from appliance.paging import page_of, place_of
from security.access import records
from security.access.model import Origin, Principal
from security.access.records import Deed
from security.audit.append import append
from security.audit.record import Target

_ALL_DEAD: Final = Target(type="webhook_delivery", id="dead")


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

    async def replay(self, shop: ShopId, delivery_id: UUID | None = None, by: By = THE_MACHINE) -> int:
        """Tell again, under the same ids: one, or all that were given up; how many. NotFound: it is not there."""
        async with self._db.transaction(shop) as conn:
            if not await store.rows(conn, "shop", {"shop": shop}):
                raise NotFound("no such shop")
            values = {"shop": shop, "delivery_id": delivery_id, "now": self._clock.now()}
            count = await store.execute(conn, "replay", values)
            if delivery_id is not None and not count:
                raise NotFound("no such delivery, or it is waiting to be told anyway")
            thing, detail = _thing(delivery_id), {"deliveries": str(count)}
            done = records.record(Deed.WEBHOOK_REPLAY, by.actor, thing, by.origin, detail=detail, tenant=shop)
            await append(conn, [done])
            await store.execute(conn, "tell_of_replay", {"shop": shop})
        return count


class DeliveryDesk(Deliveries):
    """For who looks after the shops' systems in the console."""

    def __init__(self, db: Database, clock: Clock, deeds: Deeds) -> None:
        super().__init__(db, clock)
        self._deeds = deeds

    async def tell_again(self, who: Principal, delivery_id: UUID, origin: Origin) -> Standing:
        async with self._doing(who, delivery_id, origin) as by:
            found = await self.find(delivery_id)
            await self.replay(found.shop_id, delivery_id, by)
        return await self.find(delivery_id)

    async def tell_dead_again(self, who: Principal, shop: ShopId, origin: Origin) -> int:
        async with self._doing(who, None, origin) as by:
            return await self.replay(shop, by=by)

    @asynccontextmanager
    async def _doing(self, who: Principal, delivery_id: UUID | None, origin: Origin) -> AsyncIterator[By]:
        by = By.staff(who, origin)
        async with self._deeds.doing(Deed.WEBHOOK_REPLAY, by.actor, _thing(delivery_id), origin):
            yield by


def _thing(delivery_id: UUID | None) -> Target:
    return _ALL_DEAD if delivery_id is None else Target(type="webhook_delivery", id=str(delivery_id))
