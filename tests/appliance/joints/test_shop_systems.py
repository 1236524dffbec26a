"""A shop's changed connection is used from then on, by a process that has used the old one already."""

import asyncio
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.db import Database, Listener
from appliance.identity import links
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.shops import Shops
from appliance.ids import ShopId
from appliance.joints.shop_systems import ShopSystems
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

DEMO = ShopId("demo")


@pytest.fixture
def shop_links(db: Database, tmp_path: Path) -> Links:
    return Links(db, KeyRing(FileRootKey(tmp_path / "root.key"), Suite.AES_256_GCM, SystemClock()))


@pytest.fixture
async def systems(shop_links: Links, db: Database, tmp_path: Path) -> ShopSystems:
    await Shops(
        db, KeyRing(FileRootKey(tmp_path / "root.key"), Suite.AES_256_GCM, SystemClock()), SystemClock()
    ).create("demo", "示范店")
    await shop_links.connect(DEMO, link("first-key-of-the-shop"))
    return ShopSystems(shop_links, (), SystemClock())


def link(api_key: str) -> OrderSystemLink:
    return OrderSystemLink(mapping="demo", base_url="http://127.0.0.1:9", credentials={"api_key": api_key})


@pytest.mark.parametrize("change", ["key", "persona"])
async def test_a_change_is_noticed_at_once(
    systems: ShopSystems, shop_links: Links, database_url: str, change: str
) -> None:
    told = asyncio.Event()

    async def heard(shop: str) -> None:
        await systems.changed(shop)
        told.set()

    before = await systems.context(DEMO)
    assert await systems.context(DEMO) is before
    async with Listener(database_url) as listener, asyncio.timeout(10):
        await listener.subscribe(links.CHANNEL, heard)
        if change == "key":
            await shop_links.connect(DEMO, link("second-key-of-the-shop"))
        else:
            await shop_links.speak_as(DEMO, {"bot_name": "小鹿"})
        await told.wait()
    after = await systems.context(DEMO)
    await systems.aclose()

    assert after.orders is not before.orders


async def test_a_notice_without_a_change_keeps_the_connection(systems: ShopSystems) -> None:
    before = await systems.context(DEMO)
    await systems.changed("demo")
    after = await systems.context(DEMO)
    await systems.aclose()

    assert after is before
