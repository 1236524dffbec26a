"""The client of the chat protocol: turns, repeats, reconnects and refusals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from appliance.client import ChatError, Conversation, TurnTimeout
from appliance.errors import Unavailable

Fake = Any


@asynccontextmanager
async def talking(fake: Fake) -> AsyncIterator[Conversation]:
    async with fake.client() as client, await client.start("s1") as conversation:
        yield conversation


async def ask(conversation: Conversation, *words: str, name: str | None = None) -> str | None:
    sent = [await conversation.say(each, name) for each in words]
    await conversation.flush()
    return await conversation.turn_end(*sent, timeout_s=10)


async def test_a_turn_ends_when_the_bot_waits_again(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn(reply="您好", awaiting="order")) as fake, talking(fake) as conversation:
        assert await ask(conversation, "在吗") == "order"
        assert [event.text for event in conversation.said_by_bot()] == ["您好"]


async def test_a_start_says_shop_channel_token_and_business_time(appliance_with: Fake, turn: Fake) -> None:
    now = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
    async with appliance_with(lambda _: turn()) as fake, fake.client() as client:
        await client.start("s1", channel="voice", token="t", business_now=now)
        assert fake.started == [
            {"shop": "s1", "channel": "voice", "token": "t", "business_now": "2026-01-01T00:00:00+08:00"}
        ]


async def test_the_first_frame_proves_who_reads(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn()) as fake, talking(fake) as conversation:
        await ask(conversation, "在吗")
        assert fake.stands["c0"].hello == {"type": "hello", "access_token": "secret-c0"}


async def test_several_messages_at_once_are_one_turn(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda heard: turn(reply=str(len(heard)))) as fake, talking(fake) as conversation:
        await ask(conversation, "一", "二", "三")
        assert [event.text for event in conversation.said_by_bot()] == ["3"]


async def test_waiting_for_a_receipt_does_not_end_a_turn(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn(awaiting="receipt")) as fake, talking(fake) as conversation:
        sent = await conversation.say("确认")
        await conversation.flush()
        await conversation.until(lambda: conversation.awaiting == "receipt")
        fake.stands["c0"].add("state", "bot", awaiting=None)
        assert await conversation.turn_end(sent) is None


async def test_a_repeat_under_the_same_id_is_heard_once(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn()) as fake, talking(fake) as conversation:
        await ask(conversation, "退货", name="m1")
        await conversation.say("退货", "m1")
        await ask(conversation, "杯子")
        assert fake.stands["c0"].heard == [["退货"], ["杯子"]]


async def test_after_a_reconnect_nothing_is_lost_and_nothing_comes_twice(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda heard: turn(reply=heard[0])) as fake, talking(fake) as conversation:
        await ask(conversation, "一")
        await conversation.close()
        fake.stands["c0"].add("message", "agent", text="在您离开时")
        await conversation.open()
        await ask(conversation, "二")
        texts = [event.text for event in conversation.events if event.text]
        assert texts == ["一", "一", "在您离开时", "二", "二"]


async def test_a_refused_message_ends_its_turn_and_says_why(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn(), refuse="太长") as fake, talking(fake) as conversation:
        await ask(conversation, "太长")
        assert [error.reason for error in conversation.errors] == ["too_large"]


async def test_a_bot_that_never_answers_is_a_timeout(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn()) as fake, talking(fake) as conversation:
        with pytest.raises(TurnTimeout):
            await conversation.turn_end(await conversation.say("没有结束语"), timeout_s=0.05)


async def test_an_http_refusal_says_status_and_reason(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn()) as fake, fake.client() as client:
        with pytest.raises(ChatError) as error:
            await client._post("/no/such/path", content=b"{}", kind="application/json")
        assert error.value.http_status == 404


async def test_an_appliance_that_is_not_there_is_unavailable(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn()) as fake:
        client = fake.client()
    with pytest.raises(Unavailable, match="no answer"):
        await client.start("s1")
