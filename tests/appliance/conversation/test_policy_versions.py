"""A quote keeps the policy that it was made by; a recalled policy ends its quotes; decisions can be tried again."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from appliance.aftersales.cases import store
from appliance.aftersales.policy.dry_run import Past, dry_run
from appliance.aftersales.policy.pack import DEFAULT_PACK, PolicyPack, default_pack
from appliance.conversation.ports import ShopContext
from appliance.ids import ShopId
from tests.appliance.conversation.world import NOW, PHONE, SHOP, Talk, World
from tests.appliance.dialogue.world import CUSTOMER


@pytest.fixture
def stricter(tmp_path: Path) -> PolicyPack:
    """In force a minute from now: nobody may send anything back without a reason."""
    folder = Path(shutil.copytree(DEFAULT_PACK, tmp_path / "draft"))
    terms = json.loads((folder / "pack.json").read_text("utf-8"))
    terms["window_days"] = {"normal": 0, "silver": 0, "gold": 0}
    terms |= {"version": "2", "effective_from": (NOW + timedelta(minutes=1)).isoformat()}
    (folder / "pack.json").write_text(json.dumps(terms), "utf-8")
    return PolicyPack.load(folder)


def published(world: World, *packs: PolicyPack) -> None:
    """From the next turn on."""
    before = world.systems.context

    async def context(shop: ShopId) -> ShopContext:
        return msgspec.structs.replace(await before(shop), policies=(default_pack(), *packs))

    world.process.workshop.shops.of = context  # type: ignore[method-assign]


async def decisions(world: World) -> list[Past]:
    day = timedelta(days=1)
    async with world.db.transaction(SHOP) as conn:
        return [one async for one in store.past(conn, SHOP, since=NOW - day, until=NOW + day)]


async def test_a_quote_keeps_the_policy_that_it_was_made_by(talk: Talk, world: World, stricter: PolicyPack) -> None:
    published(world, stricter)
    await talk.say("我要退鞋子，尺码不合适")
    assert await talk.awaiting() == "confirm"
    world.fixed.move(timedelta(minutes=2))
    await talk.say("确认")
    assert await talk.settle() == ["receipt.return_refund"]


async def test_the_next_request_is_decided_by_the_new_policy(talk: Talk, world: World, stricter: PolicyPack) -> None:
    published(world, stricter)
    world.fixed.move(timedelta(minutes=2))
    assert await talk.say("我要退鞋子，尺码不合适") == ["refused.return_window"]


async def test_a_recalled_policy_takes_its_quotes_with_it(talk: Talk, world: World, stricter: PolicyPack) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    async with world.db.transaction(SHOP) as conn:
        ended = await world.process.cases.void_quotes_of_policy(conn, shop=SHOP, policy=default_pack().id)
    assert ended == 1
    published(world, stricter)
    world.fixed.move(timedelta(minutes=2))
    assert (await talk.say("确认"))[0] == "quote_changed"
    assert await talk.settle() == []


async def test_a_decision_can_be_tried_again_and_names_nobody(talk: Talk, world: World, stricter: PolicyPack) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    past = await decisions(world)
    kept = msgspec.json.encode(past).decode()
    assert [value for value in (PHONE, "张伟", "跑鞋") if value in kept] == []
    assert CUSTOMER in kept
    found = dry_run(default_pack(), stricter, past)
    assert [(each.before.rule, each.after.rule) for each in found.changed] == [("R10", "R11")]
    assert found.more_fen == -found.changed[0].before.refund_fen < 0
