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
