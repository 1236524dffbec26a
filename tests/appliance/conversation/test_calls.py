"""Conversations on the phone, as text: words for the ear, numbers as they are heard, keys."""

import msgspec
import pytest

from appliance.conversation.model import Channel, HeardOf
from appliance.dialogue import ear
from tests.appliance.conversation.world import PHONE, SHOP, Talk, World, later
from tests.appliance.dialogue.world import DELIVERED, FOREIGN


@pytest.fixture
async def call(world: World) -> Talk:
    return await world.talk(channel=Channel.VOICE)


async def spoken(call: Talk) -> list[str]:
    """Everything that the caller has been told."""
    seen = await call.world.process.conversations.transcript(SHOP, call.conversation_id)
    return [event.text for event in seen if event.is_ai]


async def test_a_whole_call_is_held_in_words_for_the_ear(call: Talk) -> None:
    await call.say("我要退鞋子，尺码不合适")
    await call.say("好的，不过运费谁出？")
    await call.say("确认")
    await call.settle()
    told = await spoken(call)
    assert "不想录音请按0" in told[0]
    assert any("“确认”或按1" in words for words in told)
    assert any("售后单号的后四位是" in words for words in told)
    assert [words for words in told if ear.screen_in(words)] == []


async def test_a_number_is_found_in_another_hearing_and_read_back(call: Talk) -> None:
    await call.say("我要退货")
    assert await call.utter("尾号散次五六", "尾号三四五六") == ["order_heard"]
    assert (await call.say("确认"))[0] == "ask.reason"


async def test_a_sure_number_is_taken_at_once(call: Talk) -> None:
    await call.say("我要退货")
    assert (await call.say("尾号三四五六"))[0] == "order_taken"


async def test_a_spoken_number_of_somebody_else_is_a_failure(call: Talk) -> None:
    await call.say("我要退货")
    assert (await call.say("二零二六一一一七九九九九九九"))[0] == "order_not_found"


async def test_in_writing_a_number_is_taken_as_it_is_written(talk: Talk) -> None:
    await talk.say("我要退货")
    assert "order_heard" not in await talk.say("尾号三十五六")


async def test_keys_end_with_a_hash_and_stand_in_the_log(call: Talk) -> None:
    await call.say("我要退货")
    await call.say("尾号九九九九")
    assert await call.say("尾号九九九九") == ["order_by_keys"]
    assert (await call.key("3456#"))[0] == "order_taken"
    said = (await call.of("customer.said"))[-1]
    assert (said.words, said.data["is_keyed"]) == ("3456#", True)


async def test_a_key_is_the_choice_that_was_said_with_it(call: Talk) -> None:
    await call.say("我要退鞋子，尺码不合适")
    await call.key("2")
    assert (await call.of("conversation.outcome"))[-1].data["outcome"] == "cancelled"


async def test_the_first_key_says_yes_to_the_very_quote(call: Talk) -> None:
    await call.say("我要退鞋子，尺码不合适")
    await call.key("1")
    assert len(await call.of("operation.accepted")) == 1


async def test_a_key_pressed_before_the_quote_was_said_is_no_yes_to_it(call: Talk, world: World) -> None:
    """Once more, since nothing was heard yet: to the quote that came meanwhile it would be a yes."""
    world.orders.is_open.clear()
    await call.send(call.text("我要退鞋子，尺码不合适"))
    await world.orders.is_asked.wait()
    await call.send(msgspec.structs.replace(call.text("1"), is_keyed=True))
    world.fixed.move(later(1))
    world.orders.is_open.set()
    await world.process.conversations.finish()
    assert (await call.awaiting(), await call.of("operation.accepted")) == ("confirm", [])
    await call.key("1")
    assert len(await call.of("operation.accepted")) == 1


async def test_nor_is_one_to_a_quote_that_was_cut_short(call: Talk, world: World) -> None:
    await call.say("我要退鞋子，尺码不合适")
    quote = [event.seq for event in await call.of("bot.said") if event.data["key"].startswith("quote.")][-1]
    account = HeardOf(said_seq=quote, sentences=1, of=4)
    await world.process.conversations.heard(SHOP, call.conversation_id, (account,))
    await call.key("1")
    assert (await call.awaiting(), await call.of("operation.accepted")) == ("confirm", [])


async def test_a_star_has_it_said_again(call: Talk) -> None:
    asked = await call.say("我要退货")
    assert await call.key("*") == asked


async def test_who_presses_zero_is_not_recorded_and_the_log_says_so(call: Talk) -> None:
    assert (await call.key("0"))[0] == "recording_declined"
    assert len(await call.of("recording.declined")) == 1


@pytest.mark.control("L-05")
async def test_who_says_so_is_not_either_and_it_is_no_answer_to_what_was_asked(call: Talk) -> None:
    await call.say("我要退鞋子，尺码不合适")
    assert await call.awaiting() == "confirm"
    assert (await call.utter("我不同意录音，不要录音"))[0] == "recording_declined"
    assert (await call.awaiting(), len(await call.of("recording.declined"))) == ("confirm", 1)


async def test_who_asks_is_told_whether_he_is_recorded(call: Talk) -> None:
    told = [(await call.utter(words))[0] for words in ("你们在录音吗", "别给我录音", "现在还在录音吗")]
    assert told == ["recording.on", "recording_declined", "recording.declined"]
    assert len(await call.of("recording.declined")) == 1


async def test_who_types_it_beside_his_call_is_told_how_to_end_it(call: Talk) -> None:
    assert (await call.say("不要录音"))[0] == "recording.on"
    assert await call.of("recording.declined") == []


@pytest.mark.control("P-14")
async def test_what_else_was_heard_is_masked_like_the_words(call: Talk, world: World) -> None:
    """Nothing of a phone number lies in what is kept of a message, whichever hearing it was in."""
    await call.send(call.heard_as("联系电话是那个", "联系电话是幺三九零零零零四五六七", "电话13900004567"))
    await world.process.conversations.finish()
    kept = await world.kept_words(call)
    assert [message.text for message in kept] == ["联系电话是那个"]
    assert all("⟨手机" in other for message in kept for other in message.alternatives)


async def test_what_else_was_heard_is_masked_by_what_is_known_of_the_customer(call: Talk, world: World) -> None:
    await call.say("我的订单到哪了")
    await call.send(call.heard_as("我是帐尾", "我是张伟"))
    await world.process.conversations.finish()
    last = (await world.kept_words(call))[-1]
    assert last.alternatives == ("我是⟨姓名1⟩",)


@pytest.mark.control("P-14")
async def test_a_card_of_which_a_digit_was_misheard_is_masked_in_each_of_its_pieces(call: Talk) -> None:
    await call.say("卡号你记一下")
    await call.say("6222。")
    await call.say("0374133。")
    await call.say("49289924。")
    assert (await call.heard())[1:] == ["⟨银行卡1⟩。"] * 3


async def test_the_callers_own_order_number_stays_readable_even_if_it_was_misheard(call: Talk) -> None:
    """Of fifteen digits: one was heard twice."""
    await call.say("我的订单到哪了")
    await call.say(f"我说的是{DELIVERED}0")
    await call.say("这个不是我的银行卡号")
    assert (await call.heard())[-2:] == [f"我说的是{DELIVERED}0", "这个不是我的银行卡号"]


# Who calls.


async def stranger(world: World, caller: str) -> Talk:
    return await world.talk(customer=None, channel=Channel.VOICE, caller=caller)


async def test_a_caller_whose_number_is_the_accounts_proves_himself_by_an_order(world: World) -> None:
    call = await stranger(world, PHONE)
    assert await call.say("我要退货") == ["verify.ask_order"]
    assert await call.say(f"order {DELIVERED}") == ["verify.done", "ask.reason"]
    assert [event.data for event in await call.of("identity.checked")] == [{"is_verified": True, "by_caller": True}]


async def test_the_number_alone_tells_and_does_nothing(world: World) -> None:
    call = await stranger(world, PHONE)
    assert await call.say("我的订单到哪了") == ["verify.ask_order"]
    assert await call.of("facts.read") == []


async def test_from_another_number_the_digits_are_asked_for_and_nothing_has_failed(world: World) -> None:
    call = await stranger(world, "13900009999")
    await call.say("我要退货")
    assert await call.say(f"order {DELIVERED}") == ["verify.tail_of_caller"]
    assert f"尾号{DELIVERED[-4:]}" in (await spoken(call))[-1]
    assert await call.say(PHONE[-4:]) == ["verify.done", "ask.reason"]


async def test_a_number_that_was_misheard_is_said_again_and_the_callers_number_still_counts(world: World) -> None:
    call = await stranger(world, PHONE)
    await call.say("我要退货")
    assert await call.say(f"order {DELIVERED[:5]}{DELIVERED[6:]}") == ["verify.tail_of_caller"]
    assert await call.say(f"order {DELIVERED}") == ["verify.done", "ask.reason"]


async def test_whether_an_order_exists_is_not_told_to_a_caller_either(world: World) -> None:
    said = []
    for order_id in (FOREIGN, "20261117888888"):
        call = await stranger(world, PHONE)
        said.append([await call.say(words) for words in ("我要退货", f"order {order_id}", PHONE[-4:])])
    assert said[0] == said[1] == [["verify.ask_order"], ["verify.tail_of_caller"], ["verify.failed"]]


async def test_the_callers_number_is_tried_with_three_orders_and_with_each_once(world: World) -> None:
    call = await stranger(world, PHONE)
    await call.say("我要退货")
    for number in (FOREIGN, FOREIGN, "20261117888888", "20261117888889", DELIVERED):
        await call.say(f"order {number}")
    assert [event.data["is_verified"] for event in await call.of("identity.checked")] == [False] * 3


async def test_a_withheld_number_is_none(world: World) -> None:
    call = await stranger(world, "anonymous")
    assert await call.say("我要退货") == ["verify.ask"]


async def test_a_call_back_is_offered_to_the_number_that_is_called_from(world: World) -> None:
    call = await stranger(world, PHONE)
    await call.say("我想留言")
    assert await call.say("我的杯子碎了请你们经理给我回电话") == ["ask.phone_of_caller"]
    assert "打您现在用的号码138****8000可以吗" in (await spoken(call))[-1]


@pytest.mark.control("P-03")
async def test_the_callers_number_stands_in_clear_nowhere(world: World) -> None:
    call = await stranger(world, PHONE)
    await call.say(f"我的电话是{PHONE}")
    assert (await call.heard())[-1] == "我的电话是⟨手机1⟩"
    assert PHONE not in str(await call.trace())


async def test_the_audit_log_says_that_the_callers_number_counted(world: World) -> None:
    call = await stranger(world, PHONE)
    await call.say("我要退货")
    await call.say(f"order {DELIVERED}")
    async with world.db.system() as conn:
        found = await (await conn.execute("SELECT event FROM audit_pending")).fetchall()
    assert "caller_number" in str(found)
