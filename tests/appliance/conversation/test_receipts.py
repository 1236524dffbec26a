"""What the order system's side tells: it starts a turn of its own, whatever else is going on; and the two clocks."""

from datetime import timedelta
from uuid import UUID

import pytest

from appliance.aftersales.cases.model import Progress
from appliance.aftersales.orders.model import CaseKind, CaseStatus
from tests.appliance.conversation.world import SHOP, Talk, World, later


async def agreed(talk: Talk) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("确认")


async def test_a_receipt_starts_a_turn_of_its_own(talk: Talk) -> None:
    await agreed(talk)
    await talk.settle()
    turn = (await talk.trace())[-4:]
    assert [event.type for event in turn] == ["receipt.received", "bot.said", "conversation.outcome", "turn.ended"]
    assert turn[1].data["receipt"] == turn[0].data["case_id"]


async def test_a_receipt_is_told_without_anybody_looking(talk: Talk, world: World) -> None:
    await agreed(talk)
    await world.process.executor.run_due()
    await world.sweep()
    assert (await talk.said())[-1] == "receipt.return_refund"


async def test_a_refund_that_is_not_written_yet_is_known_of(talk: Talk, world: World) -> None:
    await agreed(talk)
    assert await talk.say("鞋子的退款到哪了") == ["refunds.pending"]
    assert world.orders.writes == ()


async def test_a_receipt_comes_while_something_else_is_asked(talk: Talk) -> None:
    await agreed(talk)
    assert await talk.say("我的订单到哪了") == ["ask.order"]
    assert await talk.settle() == ["receipt.return_refund"]
    assert await talk.awaiting() == "order"


async def test_a_receipt_and_a_message_are_two_turns(talk: Talk, world: World) -> None:
    await agreed(talk)
    world.orders.is_open.clear()
    world.fixed.move(later(31))
    await talk.send(talk.text("查一下保温杯那单"))
    await world.orders.is_asked.wait()
    await world.process.executor.run_due()
    world.orders.is_open.set()
    await world.process.conversations.finish()
    assert (await talk.said())[-2:] == ["status.paid", "receipt.return_refund"]


async def test_a_late_receipt_is_announced_and_then_comes(talk: Talk, world: World) -> None:
    await agreed(talk)
    world.fixed.move(later(world.settings.receipt_wait_s - 1))
    await world.sweep()
    assert (await talk.said())[-1] == "confirm"
    world.fixed.move(later(2))
    await world.sweep()
    assert (await talk.said())[-1] == "receipt_later"
    assert await talk.awaiting() is None
    assert await talk.settle() == ["receipt.return_refund"]
    assert len(world.orders.writes) == 1


async def test_silence_is_asked_about_twice_and_then_left(talk: Talk, world: World) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    for _ in range(4):
        world.fixed.move(later(world.settings.silence_prompt_s + 1))
        await world.sweep()
    assert (await talk.said())[3:] == ["silence_first", "silence_last"]
    ((due_at,),) = await world.rows("SELECT due_at FROM conversation")
    assert due_at is None


async def test_an_order_system_that_refuses_is_told_and_handed_over(talk: Talk, world: World) -> None:
    await agreed(talk)
    world.orders._orders.clear()
    assert await talk.settle() == ["operation_refused", "handoff.system_down"]
    assert await talk.outcomes() == ["handed_off"]


async def test_what_the_order_system_cannot_do_is_told_as_work_for_a_person(talk: Talk, world: World) -> None:
    await agreed(talk)
    world.orders.cannot = frozenset({CaseKind.RETURN_REFUND})
    assert await talk.settle() == ["operation_by_hand", "handoff.unsupported"]
    assert world.orders.writes == ()
    assert [row[0] for row in await world.rows("SELECT kind FROM work_order")] == ["by_hand"]
    assert await talk.outcomes() == ["handed_off"]


async def test_progress_of_a_case_is_told_with_what_was_asked_still_open(talk: Talk, world: World) -> None:
    await agreed(talk)
    await talk.settle()
    await talk.say("我的订单到哪了")
    for event_id, stage in (("e0", "awaiting_parcel"), ("e1", "inspecting"), ("e2", "on_the_moon")):
        world.fixed.move(later(1))
        case = world.orders._orders[world.orders.writes[0].order_id].cases[-1]
        progress = Progress(
            event_id=event_id,
            at=world.fixed.at,
            order_id=world.orders.writes[0].order_id,
            case_id=case.case_id,
            status=CaseStatus.OPEN,
            operation_id=world.orders.writes[0].operation_id,
            stage=stage,
        )
        async with world.db.transaction(SHOP) as conn:
            await world.process.cases.apply_progress(conn, shop=SHOP, progress=progress)
        await world.sweep()
    assert (await talk.said())[-2:] == ["ask.order", "progress.inspecting"]
    assert await talk.awaiting() == "order"
    assert len(await talk.of("case.progressed")) == 2


@pytest.mark.control("P-14")
async def test_handed_off_words_are_kept_and_the_bot_is_silent(talk: Talk, world: World) -> None:
    await agreed(talk)
    assert await talk.say("转人工") == ["handoff.customer_asked"]
    assert await talk.say("有人吗") == []
    assert await talk.press("deny") == []
    assert (await talk.heard())[-1] == "有人吗"
    assert await talk.settle() == ["receipt.return_refund"], "a receipt is a fact, and is told"
    world.fixed.move(later(10_000))
    await world.sweep()
    assert (await talk.said())[-1] == "receipt.return_refund"
    owners = [event.data.get("owner", "bot") for event in await talk.of("turn.ended")]
    assert owners[-4:] == ["human"] * 4


async def test_business_time_is_system_time_and_an_offset(world: World) -> None:
    """Twelve days on, the same words meet a closed window; the system's clock has not moved."""
    talk = await world.talk(business_offset=timedelta(days=12))
    assert await talk.say("我要退鞋子，尺码不合适") == ["refused.return_window"]
    decided = (await talk.of("decision.made"))[0]
    assert decided.at == world.fixed.at
    assert decided.business_at == world.fixed.at + timedelta(days=12)
    assert decided.data["rule"] == "R11"


async def test_a_quote_ends_by_business_time(talk: Talk, world: World) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    await world.process.conversations.move_clock(SHOP, talk.conversation_id, timedelta(seconds=601))
    assert "silence_first" in await talk.said(), "the timers of the conversation moved with it"
    assert await talk.say("确认") == ["quote_expired", "quote.return_refund", "confirm"]
    assert await world.rows("SELECT * FROM operation") == []


async def test_an_old_button_does_not_confirm_a_new_quote(talk: Talk) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    old = (await talk.of("quote.offered"))[-1].data["hash"][:16]
    await talk.say("换成短袖")
    assert await talk.press(f"affirm:{old}") == ["quote_expired", "quote.return_refund", "confirm"]
    new = (await talk.of("quote.offered"))[-1].data["hash"][:16]
    assert await talk.press(f"affirm:{new}") == []
    assert len(await talk.of("operation.accepted")) == 1


async def test_pictures_of_the_conversation_go_with_the_case(talk: Talk, world: World) -> None:
    await talk.say("鞋子开胶了我要退")
    picture = UUID(int=11)
    assert await talk.show(picture) == ["quote.return_refund", "confirm"]
    await talk.say("确认")
    await talk.settle()
    assert world.orders.writes[0].evidence == (str(picture),)
