"""API keys: shown once, kept as a hash, bound to one shop and to what they may do."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import FixedClock
from appliance.db import Database
from appliance.errors import InvalidInput, NotFound
from appliance.identity.api_keys import ApiKeys
from appliance.identity.errors import ApiKeyNotValid, ClearanceTooLow, ScopeMissing
from appliance.identity.model import CLEARANCE, Needed, Scope
from appliance.ids import ShopId
from security.access.labels import Category, Label, Level

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DEMO, OTHER = ShopId("demo"), ShopId("other")
PLAIN = Label(level=Level.PUBLIC)
WRITE = Needed(scope=Scope.EVENTS_WRITE, label=PLAIN)
READ = Needed(scope=Scope.CONVERSATIONS_READ, label=PLAIN)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def api_keys(db: Database, clock: FixedClock) -> ApiKeys:
    for shop in (DEMO, OTHER):
        async with db.transaction(shop) as conn:
            await conn.execute("INSERT INTO shop (shop_id, name) VALUES (%s, %s)", (shop, shop))
    return ApiKeys(db, clock)


async def test_a_key_says_whose_it_is(api_keys: ApiKeys) -> None:
    client, key = await api_keys.create(DEMO, "erp", [Scope.EVENTS_WRITE])

    assert key.startswith(f"ak_demo_{client.key_id.hex}_")
    assert await api_keys.authenticate(key, WRITE) == client
    assert await api_keys.list(DEMO) == [msgspec.structs.replace(client, last_used_at=NOW)]
    assert await api_keys.list(OTHER) == []


@pytest.mark.control("M-16")
async def test_a_key_may_do_only_what_it_was_given(api_keys: ApiKeys) -> None:
    _, key = await api_keys.create(DEMO, "erp", [Scope.EVENTS_WRITE])

    with pytest.raises(ScopeMissing):
        await api_keys.authenticate(key, READ)


@pytest.mark.control("M-17")
async def test_a_key_reads_only_what_its_label_dominates(api_keys: ApiKeys) -> None:
    _, key = await api_keys.create(DEMO, "erp", [scope for scope in Scope if scope is not Scope.CASES_READ])
    for level in Level:
        for categories in (frozenset[Category](), frozenset({Category.CUSTOMER}), frozenset({Category.MONEY})):
            label = Label(level=level, categories=categories)
            needed = Needed(scope=Scope.CONVERSATIONS_READ, label=label)
            if level is not Level.CORE and Category.MONEY not in categories:
                await api_keys.authenticate(key, needed)
            else:
                with pytest.raises(ClearanceTooLow):
                    await api_keys.authenticate(key, needed)


def test_every_scope_has_a_clearance() -> None:
    assert set(CLEARANCE) == set(Scope)


async def test_neither_secret_nor_shop_nor_id_may_differ(api_keys: ApiKeys) -> None:
    client, key = await api_keys.create(DEMO, "erp", [Scope.EVENTS_WRITE])
    wrong_secret = key[:-1] + ("A" if key[-1] != "A" else "B")
    wrong_shop = key.replace("ak_demo_", "ak_other_")
    wrong_id = key.replace(client.key_id.hex, uuid4().hex)

    for forged in (wrong_secret, wrong_shop, wrong_id):
        with pytest.raises(ApiKeyNotValid):
            await api_keys.authenticate(forged, WRITE)


@pytest.mark.control("M-16")
async def test_a_remembered_key_does_not_pass_for_another_shop(api_keys: ApiKeys) -> None:
    _, key = await api_keys.create(DEMO, "erp", [Scope.EVENTS_WRITE])
    await api_keys.authenticate(key, WRITE)

    with pytest.raises(ApiKeyNotValid):
        await api_keys.authenticate(key.replace("ak_demo_", "ak_other_"), WRITE)


async def test_a_revoked_key_is_refused_here_at_once_and_elsewhere_soon(
    api_keys: ApiKeys, db: Database, clock: FixedClock
) -> None:
    client, key = await api_keys.create(DEMO, "erp", [Scope.EVENTS_WRITE])
    elsewhere = ApiKeys(db, clock)
    await elsewhere.authenticate(key, WRITE)

    await api_keys.revoke(DEMO, client.key_id)

    with pytest.raises(ApiKeyNotValid):
        await api_keys.authenticate(key, WRITE)
    clock.move(timedelta(seconds=30))
    with pytest.raises(ApiKeyNotValid):
        await elsewhere.authenticate(key, WRITE)


async def test_one_shop_cannot_revoke_anothers_key(api_keys: ApiKeys) -> None:
    client, key = await api_keys.create(DEMO, "erp", [Scope.EVENTS_WRITE])

    with pytest.raises(NotFound):
        await api_keys.revoke(OTHER, client.key_id)

    assert await api_keys.authenticate(key, WRITE)


@pytest.mark.control("M-29")
async def test_the_database_does_not_hold_the_key(api_keys: ApiKeys, db: Database) -> None:
    client, key = await api_keys.create(DEMO, "erp", [Scope.EVENTS_WRITE])

    async with db.transaction(DEMO) as conn:
        rows = await (await conn.execute("SELECT k::text FROM api_key AS k")).fetchall()

    _, _, secret = key.partition(f"_{client.key_id.hex}_")
    assert len(secret) > 40
    assert secret not in str(rows)


async def test_what_cannot_be_a_client_is_refused(api_keys: ApiKeys) -> None:
    for name in ("", "x" * 81, "a\nb"):
        with pytest.raises(InvalidInput):
            await api_keys.create(DEMO, name, [])
    with pytest.raises(NotFound):
        await api_keys.create(ShopId("nobody"), "erp", [])


@given(st.text() | st.from_regex(r"ak_[a-z0-9_-]{0,60}", fullmatch=True))
async def test_nonsense_is_refused_without_a_look(key: str) -> None:
    class Unreachable:
        pass

    with pytest.raises(ApiKeyNotValid):
        await ApiKeys(Unreachable(), FixedClock(NOW)).authenticate(key, WRITE)  # type: ignore[arg-type]
