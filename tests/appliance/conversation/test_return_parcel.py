"""The number of a parcel sent back, through the real cases: one write per yes, in this talk or in a later one."""

from datetime import timedelta

from appliance.aftersales.parcels.deadlines import Days
from appliance.aftersales.parcels.jobs import ReturnWatch
from appliance.conversation.replay import replay
from tests.appliance.aftersales.work.terms import Trail, work_orders
from tests.appliance.conversation.stories import record
from tests.appliance.conversation.world import World
from tests.appliance.dialogue.world import DELIVERED, FLOWS

SENT = "鞋子寄回去了，顺丰SF1234567890999"


async def test_a_parcel_is_noted_once_on_the_case_that_waits_for_it(world: World) -> None:
    talk = await world.talk()
    for words in ("我要退鞋子，尺码不合适", "确认"):
        await talk.say(words)
    await talk.settle()
    await talk.say(SENT)
    assert [write.kind for write in world.orders.writes] == ["return_refund"]
    await talk.say("确认")
    await talk.settle()
    written = world.orders.writes[-1]
    assert [write.kind for write in world.orders.writes] == ["return_refund", "return_parcel"]
    assert (written.carrier, written.tracking_no, written.refund_fen) == ("顺丰", "SF1234567890999", 0)
    (case,) = (await world.orders.order(DELIVERED)).cases
    assert (written.return_case_id, case.tracking_no) == (case.case_id, "SF1234567890999")


async def test_a_later_conversation_finds_the_case_and_a_second_telling_writes_nothing(world: World) -> None:
    first = await world.talk()
    for words in ("我要退鞋子，尺码不合适", "确认"):
        await first.say(words)
    await first.settle()
    later = await world.talk()
    for words in (SENT, "确认"):
        await later.say(words)
    await later.settle()
    await later.say(SENT)
    assert [write.kind for write in world.orders.writes] == ["return_refund", "return_parcel"]


async def test_its_decision_is_kept_out_of_dry_runs(world: World) -> None:
    talk = await world.talk()
    for words in ("我要退鞋子，尺码不合适", "确认"):
        await talk.say(words)
    await talk.settle()
    await talk.say(SENT)
    assert ("RP1", False) in await world.rows("SELECT rule, asked IS NOT NULL FROM decision")


async def test_a_reminder_is_said_in_the_talk_and_its_answer_is_noted(world: World) -> None:
    talk = await world.talk()
    for words in ("我要退鞋子，尺码不合适", "确认"):
        await talk.say(words)
    await talk.settle()
    world.fixed.move(timedelta(days=3))
    watch = ReturnWatch(
        db=world.db,
        delivery=world.process.delivery,
        work=work_orders(Trail(), world.fixed),
        clock=world.fixed,
        days=Days(),
    )
    assert await watch.look() == 1
    await world.sweep()
    assert (await talk.said())[-1] == "progress.parcel_awaited"
    await talk.say(SENT)
    await talk.say("确认")
    await talk.settle()
    assert world.orders.writes[-1].kind == "return_parcel"
    replayed = replay(FLOWS, await record(talk))
    assert replayed.difference is None
