"""Conversations on the phone, as text: words for the ear, numbers as they are heard, keys."""

import pytest

from appliance.conversation.model import Channel
from appliance.dialogue import ear
from tests.appliance.conversation.world import SHOP, Talk, World


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


async def test_a_star_has_it_said_again(call: Talk) -> None:
    asked = await call.say("我要退货")
    assert await call.key("*") == asked


async def test_who_presses_zero_is_not_recorded_and_the_log_says_so(call: Talk) -> None:
    assert (await call.key("0"))[0] == "recording_declined"
    assert len(await call.of("recording.declined")) == 1


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
