"""A shop's changed connection is used from then on, by a process that has used the old one already."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from appliance.aftersales.cases.own_word import OwnWord
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.policy.pack import default_pack
from appliance.aftersales.policy.versions import Versions
from appliance.channels.intranet.ports import OrderEvent
from appliance.clock import FixedClock, SystemClock
from appliance.config_orders import OrderSettings
from appliance.config_voice import VoiceSettings
from appliance.db import Database, Listener
from appliance.errors import InvalidInput, Unavailable
from appliance.identity import links
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.model import subject_of
from appliance.identity.shops import Shops
from appliance.ids import ShopId
from appliance.joints.order_events import OrderEventRouter
from appliance.joints.policies import PublishedPolicies
from appliance.joints.shop_systems import ShopSystems
from appliance.joints.spoken_ahead import SpokenAhead
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from tests.appliance.aftersales.cases.world import NOW, World
from tests.appliance.aftersales.work.terms import work_orders

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
    policies = PublishedPolicies(db, Versions(SystemClock()), default_pack())
    return ShopSystems(shop_links, policies, SystemClock(), OrderSettings())


def link(api_key: str) -> OrderSystemLink:
    return OrderSystemLink(mapping="demo", base_url="http://127.0.0.1:9", credentials={"api_key": api_key})


async def test_word_of_stock_is_taken_and_asks_the_order_system_nothing(systems: ShopSystems, db: Database) -> None:
    """The order system of this shop answers nobody."""
    clock = SystemClock()
    trail = SealedTrail(db)
    work = work_orders(trail, clock)
    cases = CaseService(audit=trail, delivery=NoBody(), clock=clock, work=work)
    settlements = Settlements(
        db=db, audit=trail, delivery=NoBody(), disclosure=World(FixedClock(NOW)), clock=clock, work=work
    )
    router = OrderEventRouter(db, cases, systems, OwnWord(db, settlements, clock))
    await router.apply(DEMO, word({"skuCode": "MUG-01", "stock": 0}))
    with pytest.raises(Unavailable):
        await router.apply(DEMO, word({"tradeNo": "O1", "skuCode": "MUG-01"}))
    with pytest.raises(InvalidInput):
        await router.apply(DEMO, word({"stock": 0}))


def word(body: dict[str, Any]) -> OrderEvent:
    return OrderEvent(event_id="e-1", type="", received_at=SystemClock().now(), body=body)


class NoBody:
    """``Delivery`` to nobody."""

    async def deliver(self, *_: Any) -> None:
        raise AssertionError


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


async def test_a_changed_greeting_is_spoken_ahead_anew(
    systems: ShopSystems, shop_links: Links, database_url: str
) -> None:
    """Behind whoever forgets what the shop was: what is made is what the next caller hears."""
    made: list[str] = []
    is_new = asyncio.Event()

    class Speaker:
        async def make_ahead(self, texts: Iterable[str], *, voice: str, speed: float = 1.0) -> int:
            made.extend(texts)
            if "我是小鹿。" in made:
                is_new.set()
            return len((voice, speed))

    async def words(shop: ShopId, _welcomes: Sequence[str]) -> tuple[str, ...]:
        return (f"我是{(await systems.context(shop)).persona.bot_name}。",)

    ahead = SpokenAhead(Speaker(), VoiceSettings(), words)
    async with Listener(database_url) as listener, ahead.running((DEMO,)), asyncio.timeout(20):
        await listener.subscribe(links.CHANNEL, systems.changed)
        await listener.subscribe(links.CHANNEL, ahead.changed)
        await ahead.until_idle()
        await shop_links.speak_as(DEMO, {"bot_name": "小鹿"})
        await is_new.wait()
    await systems.aclose()
    assert made == ["我是小助手。", "我是小鹿。"]


async def test_a_notice_without_a_change_keeps_the_connection(systems: ShopSystems) -> None:
    before = await systems.context(DEMO)
    await systems.changed("demo")
    after = await systems.context(DEMO)
    await systems.aclose()

    assert after is before


async def test_credentials_are_sealed_and_come_back_by_name(shop_links: Links, systems: ShopSystems) -> None:
    several = {"client_id": "us", "client_secret": "s3cret", "webhook_secret": "theirs"}
    await shop_links.connect(DEMO, OrderSystemLink(mapping="demo", base_url="http://127.0.0.1:9", credentials=several))
    assert (await shop_links.profile(DEMO)).link.credentials == several
    await systems.aclose()


async def test_a_key_that_was_sealed_alone_is_still_read(
    shop_links: Links, systems: ShopSystems, db: Database, tmp_path: Path
) -> None:
    ring = KeyRing(FileRootKey(tmp_path / "root.key"), Suite.AES_256_GCM, SystemClock())
    async with db.transaction(DEMO) as conn:
        keys = await ring.keys(conn, DEMO, subject_of(DEMO))
        sealed = keys.seal("shop", "secrets", links.row_of(DEMO), b"a-key-from-before")
        await conn.execute("UPDATE shop SET secrets = %s WHERE shop_id = %s", (sealed, DEMO))
    assert (await shop_links.profile(DEMO)).link.credentials == {"api_key": "a-key-from-before"}
    await systems.aclose()


async def test_what_is_pushed_is_proven_under_the_order_systems_own_secret(
    shop_links: Links, systems: ShopSystems
) -> None:
    before = await systems.push_rules(DEMO)
    own = {"api_key": "k" * 20, "webhook_secret": "theirs"}
    await shop_links.connect(DEMO, OrderSystemLink(mapping="demo", base_url="http://127.0.0.1:9", credentials=own))
    await systems.changed(DEMO)
    after = await systems.push_rules(DEMO)
    await systems.aclose()
    assert before is not None
    assert after is not None
    assert (before.secret, after.secret) == (None, "theirs")
