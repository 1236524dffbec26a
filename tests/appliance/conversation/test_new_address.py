"""With a real vault: an address is put together, shown whole to its own customer and in part to all others, kept as a
placeholder, clear at the order system;
specs are pressed only where they were shown, and an urge after two days is the warehouse's work."""

import re

import pytest

from appliance.aftersales.orders.model import Spec
from appliance.conversation.address_words import _together
from appliance.conversation.history import recent
from tests.appliance.conversation import world as scripted
from tests.appliance.conversation.test_masking import everything
from tests.appliance.conversation.world import HOUSE, REGION, SHOP, Talk, World
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import PAID

IS_PLACEHOLDER = re.compile(r"⟨地址[1-9]⟩")
WHOLE = f"{REGION}{HOUSE}"


async def in_parts(world: World) -> Talk:
    talk = await world.talk()
    await talk.say("改一下保温杯的地址")
    assert await talk.say(REGION) == ["address_incomplete"]
    assert await talk.say(HOUSE) == ["quote.change_address", "confirm"]
    return talk


async def test_two_parts_become_one_address_at_the_order_system(world: World) -> None:
    talk = await in_parts(world)
    await talk.say("确认")
    assert await talk.settle() == ["receipt.change_address"]
    assert [write.address for write in world.orders.writes] == [WHOLE]


async def test_parts_said_in_one_breath_are_one_address(world: World) -> None:
    talk = await world.talk()
    await talk.say("改一下保温杯的地址")
    assert await talk.say(f"{REGION}，{HOUSE}") == ["quote.change_address", "confirm"]
    await talk.say("确认")
    await talk.settle()
    assert [write.address for write in world.orders.writes] == [WHOLE]


async def test_nothing_below_the_district_is_shown_or_kept_in_clear(world: World) -> None:
    talk = await in_parts(world)
    await talk.say("确认")
    await talk.settle()
    shown = [event.words or "" for event in await talk.of("bot.said")]
    assert sum(f"{REGION}****" in words for words in shown) == 2
    text = await everything(talk)
    assert [piece for piece in ("良睦路", "单元", "1402室") if piece in text] == []


async def seen(talk: Talk) -> list[str]:
    """What his browser shows him of the bot's words."""
    conversations = talk.world.process.conversations
    return [event.text for event in await conversations.transcript(SHOP, talk.conversation_id) if event.is_ai]


async def test_its_own_customer_sees_the_whole_address_before_he_says_yes(world: World) -> None:
    talk = await in_parts(world)
    assert [words for words in await seen(talk) if f"收货地址将改为：{WHOLE}，" in words] != []
    assert (await talk.say("还要等多久"))[-1] == "confirm_again_change_address"
    assert [words for words in await seen(talk) if f"把收货地址改为：{WHOLE}。" in words] != []


async def test_who_watches_the_conversation_as_it_is_spoken_sees_it_whole_too(world: World) -> None:
    talk = await world.talk()
    async with world.process.conversations.watch(talk.conversation_id) as watch:
        await talk.say("改一下保温杯的地址")
        await talk.say(f"{REGION}，{HOUSE}")
        await watch.wait()
        assert [words for words in await seen(talk) if WHOLE in words] != []


@pytest.mark.control("P-01")
async def test_that_it_is_shown_to_its_owner_and_why_stands_in_the_log(world: World) -> None:
    await in_parts(world)
    statement = "SELECT event FROM audit_pending WHERE event ->> 'action' = 'pii.shown_to_owner'"
    async with world.db.system() as conn:
        [(event,)] = await (await conn.execute(statement)).fetchall()
    assert (event["reason"], event["detail"]["reply"]) == ("confirmation", "quote.change_address")
    assert IS_PLACEHOLDER.fullmatch(event["detail"]["placeholders"])


async def test_people_and_models_see_no_more_of_it_than_before(world: World) -> None:
    talk = await in_parts(world)
    assert [event for event in await talk.trace() if "良睦路" in (event.words or "")] == []
    async with world.db.transaction(SHOP) as conn:
        subject = await world.process.conversations.subject_of(conn, SHOP, talk.conversation_id)
        keys = await world.process.ring.keys(conn, SHOP, subject)
        said = await recent(conn, SHOP, talk.conversation_id, keys)
    assert [exchange for exchange in said if "良睦路" in exchange.words] == []
    assert any(f"{REGION}****" in exchange.words for exchange in said)


async def test_once_the_value_is_gone_its_part_is_shown(world: World) -> None:
    talk = await in_parts(world)
    await world.rows("DELETE FROM vault_value WHERE type = 'ADDRESS' RETURNING id")
    assert [words for words in await seen(talk) if f"收货地址将改为：{REGION}****，" in words] != []


async def test_a_whole_address_in_one_message_needs_no_question(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "四川省绵阳市涪城区临园路东段72号1栋501"
    opening = (say.start("change_address"), say.order(PAID), say.put("address", "⟨地址1⟩"))
    monkeypatch.setitem(scripted.SCRIPT, "地址改成⟨地址1⟩", opening)
    talk = await world.talk()
    assert await talk.say(f"地址改成{other}") == ["quote.change_address", "confirm"]
    await talk.say("确认")
    await talk.settle()
    assert [write.address for write in world.orders.writes] == [other]


async def test_words_that_nobody_took_for_an_address_are_kept_as_one_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(scripted.SCRIPT, "老地方", (say.put("address", "老地方"),))
    talk = await world.talk()
    await talk.say("改一下保温杯的地址")
    assert await talk.say("老地方") == ["address_incomplete"]
    asked = await talk.of("facts.read")
    assert [event.data["what"] for event in asked].count("address") == 1


@pytest.mark.parametrize(
    ("before", "now", "whole"),
    [
        (REGION, HOUSE, WHOLE),
        (f"{REGION}良睦路", HOUSE, WHOLE),
        (f"{REGION}良睦路", f"余杭区{HOUSE}", WHOLE),
    ],
)
def test_what_is_said_again_stands_once(before: str, now: str, whole: str) -> None:
    assert whole in list(_together(now, before))


def test_a_region_that_comes_after_the_house_goes_before_it() -> None:
    assert list(_together(REGION, HOUSE))[-1] == WHOLE


async def test_an_urge_after_two_days_leaves_a_work_order_and_one_write(world: World) -> None:
    world.fixed.move(scripted.later(2 * 24 * 3600))
    talk = await world.talk()
    await talk.say("催一下保温杯")
    assert await world.rows("SELECT kind FROM work_order") == []
    await talk.say("确认")
    await talk.settle()
    assert await world.rows("SELECT kind, order_id FROM work_order") == [("urge_warehouse", PAID)]
    assert [write.kind for write in world.orders.writes] == ["urge_shipment"]


async def test_a_spec_that_nobody_showed_cannot_be_pressed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(scripted.SCRIPT, "换规格", (say.start("change_spec"), say.order(PAID)))
    cup = Spec(sku="SKU-保温杯", product="cup", spec="米白", price_fen=8900)
    black = Spec(sku="CB", product="cup", spec="墨黑", price_fen=8900)
    world.orders.load(specs=[cup, black])
    talk = await world.talk()
    assert await talk.say("换规格") == ["ask.spec"]
    assert await talk.press("slot:spec=13800138000") == ["not_understood_here", "ask_again.spec"]
    assert [event.words for event in await talk.of("customer.chose")] == [""]
    assert await talk.press("slot:spec=CB") == ["quote.change_spec", "confirm"]
