"""What is wrong with a shop's order system, made so: away, another key, slow, another time, a certificate that ends."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from appliance.aftersales.orders.check import Report
from appliance.aftersales.orders.tls import TlsSeen
from appliance.cli import findings_orders
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.db import Database
from appliance.demo.order_system.server import running as order_system
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.shops import Shops
from appliance.ids import ShopId
from appliance.joints.root_key import open_root
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from tests.appliance.cli.doctor.conftest import Doctor

fault = pytest.mark.fault
ADMIN = {"X-Admin-Key": "an-admin-key-for-tests"}
SHOP = ShopId("demo")
RIGHT = "the-right-key-of-the-shop"


class Shop:
    def __init__(self, settings: Settings, db: Database, url: str) -> None:
        self._ring = KeyRing(open_root(settings), Suite.AES_256_GCM, SystemClock())
        self._db = db
        self.url = url

    async def opens(self) -> None:
        await Shops(self._db, self._ring, SystemClock()).create(SHOP, "demo")

    async def connects(self, key: str, url: str = "") -> None:
        link = OrderSystemLink(mapping="demo", base_url=url or self.url, credentials={"api_key": key})
        await Links(self._db, self._ring).connect(SHOP, link)


@pytest.fixture
async def shop(served: Settings, db: Database, tmp_path: Path) -> AsyncIterator[Shop]:
    with order_system(tmp_path / "shop.db", ADMIN["X-Admin-Key"]) as url:
        async with httpx.AsyncClient(base_url=url, headers=ADMIN, trust_env=False) as admin:
            assert (await admin.put("/admin/shops/demo", json={"api_key": RIGHT})).is_success
        made = Shop(served, db, url)
        await made.opens()
        yield made


@fault("orders", "has no order system", "appliance shop connect demo")
async def test_a_shop_without_an_order_system_is_found(doctor: Doctor, served: Settings, shop: Shop) -> None:
    await doctor.finds(served)
    await shop.connects(RIGHT)
    await doctor.is_content(served)


@fault("orders", "demo: customer: of nothing", "appliance orders check", passes=True)
async def test_an_order_system_that_is_away_is_found(doctor: Doctor, served: Settings, shop: Shop) -> None:
    await shop.connects(RIGHT, "http://127.0.0.1:9")
    await doctor.finds(served)


@fault("orders", "demo: customer: of nothing", "a changed key: 'appliance shop connect demo'", passes=True)
async def test_an_order_system_that_does_not_believe_our_key_is_found(
    doctor: Doctor, served: Settings, shop: Shop
) -> None:
    await shop.connects("another-key-of-the-shop")
    await doctor.finds(served)


@fault("orders", "takes longer than", "customers wait for it")
async def test_an_order_system_that_is_slow_is_found(
    doctor: Doctor, served: Settings, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it takes is too long here: no test waits for a slow machine."""
    await shop.connects(RIGHT)
    monkeypatch.setattr(findings_orders, "SLOW_MS", 0.0)
    await doctor.finds(served)


class Behind(SystemClock):
    def now(self) -> datetime:
        return super().now() - timedelta(minutes=5)


@fault("orders", "its clock is +", "same server")
async def test_an_order_system_with_another_time_is_found(
    doctor: Doctor, served: Settings, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.connects(RIGHT)
    await doctor.is_content(served)
    monkeypatch.setattr(findings_orders, "SystemClock", Behind)
    await doctor.finds(served)


def test_a_certificate_of_an_order_system_that_will_soon_end_is_a_warning() -> None:
    clock = SystemClock()
    seen = TlsSeen(version="TLSv1.3", cipher="x", subject="x", issuer="x", valid_until=clock.now() + timedelta(days=10))
    report = Report(name="demo", not_written=(), tls=seen)
    grade, found, _ = findings_orders.judged(SHOP, report, clock)
    later = msgspec.structs.replace(seen, valid_until=clock.now() + timedelta(days=100))
    fine, _, _ = findings_orders.judged(SHOP, msgspec.structs.replace(report, tls=later), clock)
    assert (grade, "its certificate ends on" in found, fine) == ("warning", True, "ok")
