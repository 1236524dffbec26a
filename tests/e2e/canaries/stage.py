"""What every channel is sent through."""

import json
from typing import Any

import httpx

from appliance.clock import SystemClock
from appliance.db import Database
from appliance.db.location import database_url
from appliance.evaluation.throwaway import Throwaway
from appliance.identity.api_keys import ApiKeys
from appliance.identity.model import Scope
from appliance.ids import ShopId
from tests.e2e.conftest import Shop
from tests.e2e.people import Office


class Stage:
    """A running appliance, a shop in it, and what is sent."""

    def __init__(
        self, place: Throwaway, office: Office, shop: Shop, http: httpx.AsyncClient, registry: dict[str, Any]
    ) -> None:
        self.place = place
        self.office = office
        self.shop = shop
        self.http = http
        self.registry = registry

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        content = json.dumps(body, ensure_ascii=False).encode()
        return await self.http.post(path, content=content, headers={"content-type": "application/json"} | headers)

    async def api_key(self, *scopes: Scope) -> str:
        """Of a system of the shop's."""
        db = await Database.open(database_url(self.place.settings), size=1, name="canaries")
        try:
            return (await ApiKeys(db, SystemClock()).create(ShopId(self.shop.name), "canaries", list(scopes)))[1]
        finally:
            await db.close()
