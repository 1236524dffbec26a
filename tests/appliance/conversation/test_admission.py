"""While turns queue: newcomers are told how long it takes and are answered in their order; the others go on as ever."""

from datetime import timedelta
from pathlib import Path

import pytest

from appliance.conversation.admission import LATELY, LONGEST_TOLD, SPARED, Queue
from appliance.conversation.model import Channel
from appliance.db import Database
from tests.appliance.conversation.world import NOW, World, later

AFTER_S = 20


async def crowd(world: World, many: int = SPARED + 1) -> None:
    """So many customers whose turns do not end, because the order system hangs; they have waited too long already."""
    world.orders.is_open.clear()
    for talk in [await world.talk() for _ in range(many)]:
        await talk.send(talk.text("我的鞋子到哪了"))
    world.fixed.move(later(AFTER_S + 1))


async def is_over(world: World) -> None:
    world.orders.is_open.set()
    await world.process.conversations.finish()


async def test_nobody_queues_where_nobody_waits_long(world: World) -> None:
    assert await (await world.talk()).said() == ["welcome"]


async def test_a_few_that_wait_long_are_no_queue(world: World) -> None:
    await crowd(world, SPARED)
    assert await (await world.talk()).said() == ["welcome"]
    await is_over(world)


async def test_a_newcomer_is_told_so_and_is_answered_in_his_turn(world: World) -> None:
    await crowd(world)
    newcomer = await world.talk(None)
    assert await newcomer.said() == ["welcome_queues"]
    assert await newcomer.send(newcomer.text("你好", "m1")) is False
    assert await newcomer.send(newcomer.text("你好", "m1")) is True
    assert await newcomer.heard() == []
    await newcomer.look()
    assert await newcomer.heard() == ["你好"]
    assert await newcomer.said() == ["welcome_queues", "small_talk.greeting"]
    await is_over(world)


async def test_once_answered_he_queues_no_more(world: World) -> None:
    await crowd(world)
    newcomer = await world.talk(None)
    await newcomer.send(newcomer.text("你好"))
    await newcomer.look()
    await newcomer.send(newcomer.text("谢谢"))
    assert [row[0] for row in await world.rows("SELECT waits_turn FROM conversation WHERE waits_turn")] == []
    await is_over(world)
    assert await newcomer.heard() == ["你好", "谢谢"]


async def test_whoever_was_there_keeps_his_turn(world: World) -> None:
    there = await world.talk(None)
    await crowd(world)
    await there.send(there.text("你好"))
    waiting = await world.rows(
        "SELECT lease_owner IS NOT NULL FROM conversation WHERE conversation_id = %s", there.conversation_id
    )
    assert waiting == [(True,)]
    await is_over(world)
    assert await there.heard() == ["你好"]


async def test_whose_money_is_on_its_way_does_not_queue(world: World) -> None:
    buyer = await world.talk()
    await buyer.say("我要退鞋子，尺码不合适")
    await buyer.say("确认")
    await crowd(world)
    assert await (await world.talk()).said() == ["welcome"]
    assert await (await world.talk(None)).said() == ["welcome_queues"]
    await is_over(world)


async def test_when_the_queue_is_gone_nobody_queues(world: World) -> None:
    await crowd(world)
    assert await (await world.talk(None)).said() == ["welcome_queues"]
    await is_over(world)
    world.fixed.move(later(2))
    assert await (await world.talk(None)).said() == ["welcome"]


async def test_a_call_that_we_make_never_queues(world: World) -> None:
    await crowd(world)
    call = await world.talk(channel=Channel.VOICE, welcome="outbound.call_back")
    assert await call.said() == ["outbound.call_back"]
    await is_over(world)


async def test_zero_lets_everybody_in(db: Database, tmp_path: Path) -> None:
    world = World(db, tmp_path, queue_after_s=0.0)
    await crowd(world)
    assert await (await world.talk()).said() == ["welcome"]
    await is_over(world)


@pytest.mark.parametrize(("waiting", "served", "minutes"), [(9, 10, 1), (10, 10, 2), (59, 6, 10), (0, 600, 1)])
def test_the_estimate_is_what_waits_over_what_is_served(waiting: int, served: int, minutes: int) -> None:
    assert timedelta(minutes=1) == LATELY
    assert Queue(waiting=waiting, since=NOW, served=served).minutes() == minutes


def test_no_figure_is_made_up() -> None:
    assert Queue(waiting=9, since=NOW, served=0).minutes() is None
    assert Queue(waiting=LONGEST_TOLD, since=NOW, served=1).minutes() is None
