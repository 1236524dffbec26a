"""What a caller has heard is in the log and used by the next turn; a receipt that nobody heard is told by a person."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from appliance.conversation.lost_calls import SILENT, LostCalls
from appliance.conversation.model import Channel, HeardOf, Text
from appliance.ids import uuid7
from tests.appliance.conversation.world import PHONE, SHOP, Talk, World

RETURN = "我要退鞋子，尺码不合适"


@pytest.fixture
async def call(world: World) -> Talk:
    return await world.talk(channel=Channel.VOICE, caller=PHONE)


async def last_said(call: Talk) -> int:
    return (await call.of("bot.said"))[-1].seq


async def quoted(call: Talk) -> int:
    return [event.seq for event in await call.of("bot.said") if event.data["key"].startswith("quote.")][-1]


async def tell(call: Talk, *accounts: HeardOf, ended: str | None = None) -> None:
    await call.world.process.conversations.heard(SHOP, call.conversation_id, accounts, ended=ended)


async def call_backs(world: World) -> list[dict[str, str]]:
    return [row[0] for row in await world.rows("SELECT summary FROM work_order WHERE kind = 'call_back'")]


async def test_an_account_stands_in_the_log_and_its_customer_sees_nothing_of_it(call: Talk) -> None:
    await call.say("我要退货")
    said = await last_said(call)
    before = len(await call.world.process.conversations.transcript(SHOP, call.conversation_id))
    await tell(call, HeardOf(said_seq=said, sentences=1, of=3, from_ms=200, until_ms=1800))
    (noted,) = await call.of("bot.heard")
    assert {name: noted.data[name] for name in ("said_seq", "sentences", "of", "from_ms", "until_ms")} == {
        "said_seq": said,
        "sentences": 1,
        "of": 3,
        "from_ms": 200,
        "until_ms": 1800,
    }
    assert len(await call.world.process.conversations.transcript(SHOP, call.conversation_id)) == before


async def test_of_the_notice_nothing_is_noted(call: Talk) -> None:
    await tell(call, HeardOf(said_seq=1, sentences=0, of=2))
    assert await call.of("bot.heard") == []


async def test_a_repeat_begins_with_what_was_cut_short(call: Talk) -> None:
    await call.say("我要退货")
    await call.say("再说一遍")
    whole = [event.data["key"] for event in await call.of("bot.said")][-2:]
    first, second = (event.seq for event in (await call.of("bot.said"))[-2:])
    assert len(whole) == 2
    await tell(call, HeardOf(said_seq=first, sentences=1, of=1), HeardOf(said_seq=second, sentences=0, of=2))
    assert await call.say("再说一遍") == whole[1:]


async def test_a_repeat_says_all_where_all_was_heard(call: Talk) -> None:
    said = await call.say("我要退货")
    await tell(call, HeardOf(said_seq=await last_said(call), sentences=1, of=1))
    assert await call.say("再说一遍") == said


async def test_a_yes_to_a_quote_that_was_cut_short_counts_for_nothing(call: Talk) -> None:
    await call.say(RETURN)
    assert await call.awaiting() == "confirm"
    await tell(call, HeardOf(said_seq=await quoted(call), sentences=1, of=4))
    await call.say("确认")
    assert await call.of("operation.accepted") == []
    await tell(call, HeardOf(said_seq=await quoted(call), sentences=4, of=4))
    await call.say("确认")
    assert len(await call.of("operation.accepted")) == 1


@pytest.mark.parametrize("said", [{"text": "确认", "is_spoken": True}, {"text": "1", "is_keyed": True}])
async def test_a_yes_on_a_line_counts_once_it_tells_that_the_quote_was_heard(call: Talk, said: dict[str, Any]) -> None:
    await call.say(RETURN)
    await call.send(Text(client_message_id=str(uuid7()), is_on_line=True, **said))
    await call.world.process.conversations.finish()
    assert await call.of("operation.accepted") == []
    await tell(call, *(HeardOf(said_seq=event.seq, sentences=4, of=4) for event in await call.of("bot.said")))
    await call.send(Text(client_message_id=str(uuid7()), is_on_line=True, **said))
    await call.world.process.conversations.finish()
    assert len(await call.of("operation.accepted")) == 1


async def test_whoever_takes_over_is_told_that_the_last_words_were_not_heard(call: Talk) -> None:
    await call.say(RETURN)
    await tell(call, HeardOf(said_seq=await last_said(call), sentences=0, of=4))
    await call.say("转人工")
    (made,) = await call.of("handoff.made")
    assert "没有听完" in (made.words or "")


async def test_who_hangs_up_in_the_middle_of_a_receipt_is_called_back(call: Talk) -> None:
    await call.say(RETURN)
    await call.say("确认")
    await call.settle()
    said = await last_said(call)
    await tell(call, HeardOf(said_seq=said, sentences=1, of=3), ended="hang_up")
    (lost,) = await call.of("receipt.unheard")
    receipt = (await call.of("bot.said"))[-1].data["receipt"]
    assert (lost.data["said_seq"], lost.data["receipt"]) == (said, receipt)
    assert await call_backs(call.world) == [{"reason": "receipt_unheard", "case": receipt, "phone": "⟨手机1⟩"}]
    await tell(call, ended="hang_up")
    assert len(await call_backs(call.world)) == 1


async def test_calls_of_a_process_that_died_are_ended_and_their_receipts_told(call: Talk) -> None:
    world = call.world
    await call.say("我要退货")
    await tell(call, HeardOf(said_seq=await last_said(call), sentences=1, of=1))
    await call.say(RETURN)
    await call.say("确认")
    await call.settle()
    played = await world.talk(channel=Channel.VOICE, caller=PHONE)
    written = await world.talk()
    async with world.db.system() as conn:
        await conn.execute("INSERT INTO shop (shop_id, name) VALUES (%s, %s)", (SHOP, SHOP))
    lost = LostCalls(world.db, world.process.conversations, world.clock)
    world.fixed.move(SILENT - timedelta(seconds=1))
    await lost.end()
    assert await call.of("call.ended") == []
    world.fixed.move(timedelta(seconds=2))
    await lost.end()
    await lost.end()
    assert [event.data["how"] for event in await call.of("call.ended")] == ["broken"]
    assert [each["reason"] for each in await call_backs(world)] == ["receipt_unheard"]
    assert [await talk.of("call.ended") for talk in (played, written)] == [[], []]


async def test_a_receipt_that_was_heard_needs_nobody(call: Talk) -> None:
    await call.say(RETURN)
    await call.say("确认")
    await call.settle()
    await tell(call, HeardOf(said_seq=await last_said(call), sentences=3, of=3), ended="hang_up")
    assert [event.data["how"] for event in await call.of("call.ended")] == ["hang_up"]
    assert await call_backs(call.world) == []


async def test_a_call_that_people_take_needs_no_call_back(call: Talk) -> None:
    await call.say(RETURN)
    await call.say("确认")
    await call.settle()
    said = await last_said(call)
    await call.say("转人工")
    await tell(call, HeardOf(said_seq=said, sentences=0, of=3), ended="transfer")
    await call.world.process.conversations.finish()
    assert await call_backs(call.world) == []
    assert len(await call.of("handoff.made")) == 1


async def test_a_call_that_goes_to_people_by_itself_is_handed_to_them_with_what_was_said(call: Talk) -> None:
    await call.say(RETURN)
    await tell(call, HeardOf(said_seq=await last_said(call), sentences=0, of=4), ended="transfer")
    await tell(call, ended="transfer")
    await call.world.process.conversations.finish()
    (made,) = await call.of("handoff.made")
    assert made.data["reason"] == "system_down"
    assert "退货" in (made.words or "")
    assert "没有听完" in (made.words or "")
    assert await call.world.process.conversations.floor(SHOP, call.conversation_id) == (Channel.VOICE, False)
    assert [event.data.get("is_unasked", False) for event in await call.of("call.ended")] == [True, True]


async def test_a_receipt_that_people_were_told_nothing_of_is_told_by_a_call_back(call: Talk) -> None:
    await call.say(RETURN)
    await call.say("确认")
    await call.settle()
    await tell(call, HeardOf(said_seq=await last_said(call), sentences=1, of=3), ended="transfer")
    await call.world.process.conversations.finish()
    assert [each["reason"] for each in await call_backs(call.world)] == ["receipt_unheard"]
    assert len(await call.of("handoff.made")) == 1


async def test_a_receipt_that_comes_after_the_line_went_to_people_is_told_by_a_call_back(call: Talk) -> None:
    await call.say(RETURN)
    await call.say("确认")
    await tell(call, ended="transfer")
    await call.settle()
    await call.world.process.conversations.finish()
    assert [each["reason"] for each in await call_backs(call.world)] == ["receipt_unheard"]


async def test_a_hand_over_that_no_process_is_left_for_is_the_workers(call: Talk) -> None:
    """The line is told of in one transaction with what is still to be done for it."""
    world = call.world
    world.process.conversations._run = lambda turn: turn.close()  # type: ignore[method-assign]
    await tell(call, ended="transfer")
    assert await call.of("handoff.made") == []
    world.fixed.move(timedelta(minutes=1))
    await world.sweep()
    assert len(await call.of("handoff.made")) == 1


async def test_a_receipt_that_comes_after_the_hanging_up_is_told_by_a_person(call: Talk) -> None:
    await call.say(RETURN)
    await call.say("确认")
    await tell(call, ended="hang_up")
    assert await call_backs(call.world) == []
    await call.settle()
    (lost,) = await call.of("receipt.unheard")
    assert lost.data["said_seq"] == await last_said(call)
    assert len(await call_backs(call.world)) == 1


async def test_whom_a_message_tells_the_same_is_not_called_back(call: Talk) -> None:
    await call.say(RETURN)
    await call.say("确认")
    await call.settle()
    async with call.world.db.transaction(SHOP) as conn:
        await conn.execute(
            "INSERT INTO guide_message (shop_id, case_id, message_id, state, made_at, due_at) "
            "SELECT shop_id, case_id, %s, 'pending', %s, %s FROM after_sales_case",
            (uuid7(), datetime.now(UTC), datetime.now(UTC)),
        )
    await tell(call, ended="hang_up")
    (lost,) = await call.of("receipt.unheard")
    assert "work_order_id" not in lost.data
    assert await call_backs(call.world) == []


async def test_the_place_of_words_in_the_sound_stands_with_them(call: Talk) -> None:
    message = call.text("我要退货")
    await call.send(type(message)(client_message_id=str(UUID(int=9)), text="我要退货", from_ms=1200, until_ms=2100))
    await call.world.process.conversations.finish()
    said = (await call.of("customer.said"))[-1].data
    assert (said["from_ms"], said["until_ms"]) == (1200, 2100)
