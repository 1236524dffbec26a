"""Shops and their secrets, on a real database with real keys."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import FixedClock
from appliance.db import Database
from appliance.errors import Conflict, InvalidInput, NotFound
from appliance.identity.model import SecretPurpose
from appliance.identity.shops import Shops
from appliance.ids import ShopId
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DEMO = ShopId("demo")
TOKEN = SecretPurpose.CUSTOMER_TOKEN


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def keys(tmp_path: Path, clock: FixedClock) -> KeyRing:
    root = FileRootKey(tmp_path / "root.key")
    return KeyRing(root, Suite.AES_256_GCM, clock)


@pytest.fixture
def shops(db: Database, keys: KeyRing, clock: FixedClock) -> Shops:
    return Shops(db, keys, clock)


async def test_a_shop_begins_with_a_secret_for_each_purpose(shops: Shops) -> None:
    made = await shops.create("demo", "示范店")
    found = await shops.get(DEMO)

    assert found.shop == made.shop
    assert {secret.purpose for secret in found.secrets} == set(SecretPurpose)
    assert found.valid(TOKEN, NOW) == made.valid(TOKEN, NOW)
    assert len(found.valid(TOKEN, NOW)[0]) == 43


@pytest.mark.control("M-29")
async def test_secrets_stand_sealed_in_the_database(shops: Shops, db: Database) -> None:
    made = await shops.create("demo", "示范店")

    async with db.transaction(DEMO) as conn:
        rows = await (await conn.execute("SELECT sealed FROM shop_secret")).fetchall()

    assert len(rows) == len(SecretPurpose)
    for secret in made.secrets:
        assert all(secret.value.encode() not in row[0] for row in rows)
        assert secret.value not in repr(made) + repr(secret)


async def test_a_shop_id_is_taken_once(shops: Shops) -> None:
    await shops.create("demo", "示范店")

    with pytest.raises(Conflict):
        await shops.create("demo", "另一家")


@pytest.mark.parametrize("shop_id", ["", "Demo", "a_b", "-a", "a-", "a" * 41, "示范"])
async def test_a_shop_id_has_a_plain_alphabet(shops: Shops, shop_id: str) -> None:
    with pytest.raises(InvalidInput):
        await shops.create(shop_id, "店")


async def test_an_unknown_shop_is_not_found(shops: Shops) -> None:
    with pytest.raises(NotFound):
        await shops.get(DEMO)
    with pytest.raises(NotFound):
        await shops.rotate_secret(DEMO, TOKEN)


async def test_all_shops_are_listed_in_order(shops: Shops) -> None:
    for shop_id in ("b", "a"):
        await shops.create(shop_id, shop_id)

    assert [shop.shop_id for shop in await shops.list()] == ["a", "b"]


async def test_an_old_secret_counts_on_for_a_day(shops: Shops, clock: FixedClock) -> None:
    old = (await shops.create("demo", "示范店")).valid(TOKEN, NOW)[0]
    new = (await shops.rotate_secret(DEMO, TOKEN)).value

    assert (await shops.get(DEMO)).valid(TOKEN, NOW) == (new, old)
    clock.move(timedelta(hours=24))
    assert (await shops.get(DEMO)).valid(TOKEN, clock.now()) == (new,)


async def test_a_stolen_secret_can_be_ended_at_once(shops: Shops) -> None:
    await shops.create("demo", "示范店")
    middle = await shops.rotate_secret(DEMO, TOKEN)
    new = await shops.rotate_secret(DEMO, TOKEN, overlap=timedelta(0))

    valid = (await shops.get(DEMO)).valid(TOKEN, NOW)
    assert valid == (new.value,)
    assert middle.value not in valid


async def test_other_processes_follow_within_half_a_minute(
    shops: Shops, db: Database, keys: KeyRing, clock: FixedClock
) -> None:
    await shops.create("demo", "示范店")
    elsewhere = Shops(db, keys, clock)
    await elsewhere.get(DEMO)

    new = await shops.rotate_secret(DEMO, TOKEN, overlap=timedelta(0))
    clock.move(timedelta(seconds=30))

    assert (await elsewhere.get(DEMO)).valid(TOKEN, clock.now()) == (new.value,)
