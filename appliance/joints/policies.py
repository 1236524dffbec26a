"""The policy packs of a shop: the one that ships, and what the shop has published. Each is read and compiled once."""

import asyncio
from collections import OrderedDict

from appliance.aftersales.policy.pack import PolicyPack
from appliance.aftersales.policy.versions import Versions
from appliance.db import Database
from appliance.ids import ShopId

MOST_KEPT = 64


class PublishedPolicies:
    def __init__(self, db: Database, versions: Versions, shipped: PolicyPack) -> None:
        self._db = db
        self._versions = versions
        self._shipped = shipped
        self._read: OrderedDict[tuple[ShopId, str], PolicyPack] = OrderedDict()

    async def of(self, shop: ShopId) -> tuple[PolicyPack, ...]:
        """As published now. ConfigurationError if one of them is not what was published under its name."""
        async with self._db.transaction(shop) as conn:
            names = await self._versions.published(conn, shop)
        return (self._shipped, *[await self._pack(shop, name) for name in names])

    async def _pack(self, shop: ShopId, policy: str) -> PolicyPack:
        key = (shop, policy)
        if key not in self._read:
            async with self._db.transaction(shop) as conn:
                files = await self._versions.files(conn, shop, policy)
            self._read[key] = await asyncio.to_thread(PolicyPack.read, files)
            while len(self._read) > MOST_KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(key)
        return self._read[key]
