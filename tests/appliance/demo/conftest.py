"""The demo order system, running in a thread of the test's process, and a new shop for each test."""

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from appliance.demo.order_system.server import running

ADMIN_KEY = "an-admin-key-for-tests"
_shops = itertools.count(1)


class Shop:
    """One shop: ``api`` with its own key, ``admin`` below its admin path."""

    def __init__(self, shop_id: str, base_url: str, api_key: str) -> None:
        self.shop_id = shop_id
        self.api_key = api_key
        self.api = httpx.AsyncClient(base_url=f"{base_url}/api", headers={"X-Api-Key": api_key}, trust_env=False)
        self.admin = httpx.AsyncClient(
            base_url=f"{base_url}/admin/shops/{shop_id}", headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False
        )

    async def load(self, fixture: dict[str, Any]) -> None:
        answer = await self.admin.post("/fixtures", json=fixture)
        assert answer.status_code == 201, answer.text

    async def write(self, path: str, body: dict[str, Any], key: str = "k1") -> httpx.Response:
        return await self.api.post(path, json=body, headers={"Idempotency-Key": key})

    async def count_writes(self) -> int:
        count: int = (await self.admin.get("/counters")).json()["order_system_writes"]
        return count

    async def aclose(self) -> None:
        await self.api.aclose()
        await self.admin.aclose()


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("demo") / "shop.db", ADMIN_KEY) as url:
        yield url


@pytest.fixture
async def shop(demo_url: str) -> AsyncIterator[Shop]:
    shop_id = f"shop-{next(_shops)}"
    async with httpx.AsyncClient(base_url=demo_url, headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False) as admin:
        opened = await admin.put(f"/admin/shops/{shop_id}", json={})
    shop = Shop(shop_id, demo_url, opened.json()["api_key"])
    yield shop
    await shop.aclose()


@pytest.fixture
def fixture() -> dict[str, Any]:
    """A customer with one delivered order of two cups and a lamp."""
    return {
        "customer": {"id": "U1", "name": "林小满", "phone": "13900000001", "level": "gold", "verified": True},
        "orders": [
            {
                "order_id": "O1",
                "status": "delivered",
                "paid_at": "2026-11-10T09:00:00+08:00",
                "shipped_at": "2026-11-11T01:00:00Z",
                "delivered_at": "2026-11-13T15:00:00+08:00",
                "freight_fen": 800,
                "coupon_fen": 1000,
                "paid_by": "微信支付",
                "lines": [
                    {
                        "line_id": "L1",
                        "sku": "CUP-W",
                        "title": "马克杯 白",
                        "category": "kitchen",
                        "quantity": 2,
                        "unit_price_fen": 3333,
                        "tags": [],
                    },
                    {
                        "line_id": "L2",
                        "sku": "LAMP-1",
                        "title": "台灯",
                        "category": "electronics",
                        "quantity": 1,
                        "unit_price_fen": 12900,
                        "tags": ["clearance"],
                    },
                ],
            }
        ],
    }
