"""A turn: one at a time, committed whole or not at all, begun anew where it died, gapless in its log."""

import asyncio
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.conversation.model import Choice
from appliance.db import Database
from tests.appliance.aftersales.cases.test_reconciling import RESTORED, as_owner
from tests.appliance.conversation.world import SHOP, Process, Talk, World, later
from tests.appliance.dialogue.world import DELIVERED, RENDERER


async def seqs(talk: Talk) -> list[int]:
    return [event.seq for event in await talk.trace()]


async def turn_types(talk: Talk) -> list[list[str]]:
    """The log without its beginning, cut into turns."""
    turns: list[list[str]] = [[]]
    for event in (await talk.trace())[2:]:
        turns[-1].append(event.type)
        if event.type == "turn.ended":
            turns.append([])
    assert turns[-1] == [], "a turn was not committed as a whole"
    return turns[:-1]


async def test_a_request_goes_from_words_to_receipt(talk: Talk, world: World) -> None:
    assert await talk.say("我要退鞋子，尺码不合适") == ["quote.return_refund", "confirm"]
    assert await talk.say("确认") == []
    assert await talk.awaiting() == "receipt"
    assert await talk.settle() == ["receipt.return_refund"]
    assert await talk.outcomes() == ["case_created"]
    assert len(world.orders.writes) == 1


async def test_a_message_with_a_known_id_changes_nothing(talk: Talk) -> None:
    assert await talk.send(talk.text("你好", "m1")) is False
    assert await talk.send(talk.text("你好", "m1")) is True
    await talk.world.process.conversations.finish()
    assert await talk.send(talk.text("别的话", "m1")) is True
    await talk.world.process.conversations.finish()
    assert await talk.heard() == ["你好"]
    assert await talk.said() == ["welcome", "small_talk.greeting"]


async def test_the_same_message_sent_many_times_at_once_is_taken_once(talk: Talk) -> None:
    message = talk.text("确认", "m1")
    duplicates = await asyncio.gather(*(talk.send(message) for _ in range(8)))
    await talk.world.process.conversations.finish()
    assert sorted(duplicates) == [False, *[True] * 7]
    assert await talk.heard() == ["确认"]


async def test_a_yes_sent_many_times_writes_once(talk: Talk, world: World) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    await asyncio.gather(*(talk.send(talk.text("确认")) for _ in range(6)))
    await world.process.conversations.finish()
    await talk.settle()
    assert len(world.orders.writes) == 1
    assert len(await talk.of("operation.accepted")) == 1


async def test_a_yes_said_before_the_quote_was_seen_is_no_yes_to_it(talk: Talk, world: World) -> None:
    world.orders.is_open.clear()
    await talk.send(talk.text("我要退鞋子，尺码不合适"))
    await world.orders.is_asked.wait()
    await talk.send(talk.text("确认"))
    world.fixed.move(later(1))
    world.orders.is_open.set()
    await world.process.conversations.finish()
    assert (await talk.awaiting(), await talk.of("operation.accepted")) == ("confirm", [])
    await talk.say("确认")
    assert len(await talk.of("operation.accepted")) == 1


async def test_messages_of_two_processes_never_interleave(talk: Talk, world: World) -> None:
    """Twenty at once, through two processes: every one in the log once, turn after turn, without a gap."""
    processes = [world.process, Process(world)]
    texts = [talk.text("查一下保温杯那单", f"m{number}") for number in range(20)]
    await asyncio.gather(*(talk.send(text, processes[n % 2]) for n, text in enumerate(texts)))
    for process in processes:
        await process.conversations.finish()
    await talk.look()

    log = await talk.trace()
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    numbers = [event.data["client_message_id"] for event in log if event.type == "customer.said"]
    assert sorted(numbers) == sorted(text.client_message_id for text in texts)
    for turn in await turn_types(talk):
        assert turn.count("commands.understood") == 1
        assert turn.count("turn.ended") == 1
    ((pending, owner),) = await world.rows("SELECT pending, lease_owner FROM conversation")
    assert (pending, owner) == (0, None)


async def test_a_turn_that_lost_its_lease_leaves_nothing(talk: Talk, world: World) -> None:
    world.orders.is_open.clear()
    await talk.send(talk.text("我要退鞋子，尺码不合适"))
    await world.orders.is_asked.wait()
    before = await seqs(talk)

    world.fixed.move(later(60))
    world.orders.is_open.set()
    other = Process(world)
    slow, world.orders.is_open = world.orders.is_open, asyncio.Event()
    world.orders.is_open.set()
    slow.clear()
    await other.turns.look(SHOP, talk.conversation_id)
    taken_over = await seqs(talk)
    assert len(taken_over) > len(before)

    slow.set()
    await world.process.conversations.finish()
    assert await seqs(talk) == taken_over
    assert await talk.said() == ["welcome", "quote.return_refund", "confirm"]


async def test_an_acceptance_without_its_lease_is_taken_back(talk: Talk, world: World) -> None:
    """The yes is written with the turn, so it falls with the turn."""
    await talk.say("我要退鞋子，尺码不合适")
    world.fixed.move(later(31))
    world.orders.is_open.clear()
    world.orders.is_asked.clear()
    await talk.send(talk.text("确认"))
    await world.orders.is_asked.wait()
    async with world.db.transaction(SHOP) as conn:
        await conn.execute(
            "UPDATE conversation SET lease_owner = gen_random_uuid(), lease_token = lease_token + 1, lease_until = %s",
            (world.fixed.at,),
        )
    world.orders.is_open.set()
    await world.process.conversations.finish()
    assert await world.rows("SELECT * FROM operation") == []
    assert await talk.of("operation.accepted") == []

    world.fixed.move(later(1))
    await talk.look()
    assert len(await world.rows("SELECT * FROM operation")) == 1
    assert await talk.awaiting() == "receipt"


async def test_a_turn_that_fails_is_begun_anew_from_what_waits(talk: Talk, world: World) -> None:
    world.orders.failures = [ValueError("a bug in an adapter")]
    await talk.send(talk.text("我要退鞋子，尺码不合适"))
    await world.process.conversations.finish()
    assert await talk.said() == ["welcome"]
    assert await talk.heard() == []

    await world.sweep()
    assert await talk.said() == ["welcome"], "not before its pause is over"
    world.fixed.move(later(3))
    await world.sweep()
    assert await talk.heard() == ["我要退鞋子，尺码不合适"]
    assert await talk.said() == ["welcome", "quote.return_refund", "confirm"]


async def test_what_a_dead_process_had_taken_up_is_taken_up_by_another(talk: Talk, world: World) -> None:
    world.orders.is_open.clear()
    await talk.send(talk.text("我要退鞋子，尺码不合适"))
    await world.orders.is_asked.wait()
    for task in list(world.process.conversations._running):
        task.cancel()
    await world.process.conversations.finish()
    world.orders.is_open.set()

    other = Process(world)
    await other.turns.look(SHOP, talk.conversation_id)
    assert await talk.said() == ["welcome"], "its lease is not over yet"
    world.fixed.move(later(world.settings.lease_s + 1))
    await other.turns.look(SHOP, talk.conversation_id)
    assert await talk.said() == ["welcome", "quote.return_refund", "confirm"]
    assert await talk.heard() == ["我要退鞋子，尺码不合适"]


async def test_a_message_that_comes_during_a_turn_is_taken_by_the_next(talk: Talk, world: World) -> None:
    world.orders.is_open.clear()
    await talk.send(talk.text("查一下保温杯那单"))
    await world.orders.is_asked.wait()
    await talk.send(talk.text("你好"))
    world.orders.is_open.set()
    await world.process.conversations.finish()
    assert await talk.said() == ["welcome", "status.paid", "small_talk.greeting"]
    assert [turn.count("customer.said") for turn in await turn_types(talk)] == [1, 1]


async def test_what_is_answered_reads_the_orders_once(talk: Talk) -> None:
    await talk.say("查一下保温杯那单")
    reads = [event.data["what"] for event in await talk.of("facts.read")]
    assert reads == ["orders", "order"]


# Bursts: the clock stands still, so words that wait for more wait until something ends it.


@pytest.fixture
async def slow(db: Database, tmp_path: Path) -> Talk:
    return await World(db, tmp_path, SystemClock(), quiet_ms=5000).talk()


async def sent(talk: Talk, *words: str) -> None:
    for each in words:
        await talk.send(talk.text(each))


async def burst(talk: Talk) -> list[int]:
    await talk.world.process.conversations.finish()
    return [turn.count("customer.said") + turn.count("customer.chose") for turn in await turn_types(talk)]


async def test_a_burst_is_one_turn_when_it_is_flushed(slow: Talk) -> None:
    await sent(slow, "那个…", "就是…", "怎么说呢…")
    await slow.world.process.conversations.flush(SHOP, slow.conversation_id)
    assert await burst(slow) == [3]
    assert await slow.said() == ["welcome", "not_understood"]


async def test_a_whole_request_ends_a_burst(slow: Talk) -> None:
    await sent(slow, "那个…", "我要退鞋子，尺码不合适")
    assert await burst(slow) == [2]
    assert len(await slow.of("decision.made")) == 1


async def test_a_yes_that_goes_on_as_a_no_accepts_nothing(slow: Talk) -> None:
    await slow.say("我要退鞋子，尺码不合适")
    await sent(slow, "好的", "等等", "先别办")
    await slow.world.process.conversations.flush(SHOP, slow.conversation_id)
    assert (await burst(slow))[-1] == 3
    assert await slow.of("operation.accepted") == []


async def test_a_button_ends_a_burst(slow: Talk) -> None:
    await sent(slow, "那个…")
    await slow.send(Choice(client_message_id="press", payload="handoff"))
    assert await burst(slow) == [2]
    assert await slow.said() == ["welcome", "handoff.customer_asked"]


async def test_a_flush_ends_one_burst_only(slow: Talk) -> None:
    for _ in range(2):
        await sent(slow, "那个…", "就是…")
        await slow.world.process.conversations.flush(SHOP, slow.conversation_id)
        await slow.world.process.conversations.finish()
    assert await burst(slow) == [2, 2]


async def test_words_of_a_burst_are_understood_together(slow: Talk) -> None:
    await sent(slow, "order 20261110123456…", "我的订单到哪了")
    assert await burst(slow) == [2]
    understood = await slow.of("commands.understood")
    assert understood[0].data["types"] == ["set_slot", "start_flow"]


# Failing for good.


async def test_what_fails_again_and_again_is_handed_to_a_person(talk: Talk, world: World) -> None:
    world.orders.failures = [ValueError("a bug in an adapter")] * 20
    await talk.send(talk.text("我要退鞋子，尺码不合适"))
    await world.process.conversations.finish()
    for _ in range(4):
        world.fixed.move(later(5))
        await world.sweep()
    assert await talk.heard() == ["我要退鞋子，尺码不合适"]
    assert await talk.said() == ["welcome", "handoff.system_down"]
    assert [row[0] for row in await world.rows("SELECT kind FROM work_order")] == ["order_system_down"]
    assert await world.rows("SELECT owner, pending, due_at FROM conversation") == [("human", 0, None)]


async def test_a_notice_that_cannot_be_told_is_handed_to_a_person(
    talk: Talk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("确认")
    await world.process.executor.run_due()
    monkeypatch.delitem(RENDERER._replies, "receipt.return_refund")
    await world.sweep()
    world.fixed.move(later(25))
    await world.sweep()
    assert (await talk.said())[-1] == "handoff.system_down"
    assert len(await talk.of("receipt.received")) == 1


async def test_a_log_is_gapless_after_failures(talk: Talk, world: World) -> None:
    for words in ("你好", "查一下保温杯那单", "你好"):
        world.orders.failures = [ValueError("a bug")]
        await talk.send(talk.text(words))
        await world.process.conversations.finish()
        world.fixed.move(later(40))
        await talk.look()
    found = await seqs(talk)
    assert found == list(range(1, len(found) + 1))


async def test_an_order_system_that_is_away_is_told_and_kept_as_work(talk: Talk, world: World) -> None:
    await talk.say("你好")
    world.orders.is_down = True
    world.fixed.move(later(31))
    assert await talk.say("我要退鞋子，尺码不合适") == ["order_system_down", "handoff.system_down"]
    assert [event.data["effect"] for event in await talk.of("order_system.away")] == ["ReadOrder"]
    assert [row[0] for row in await world.rows("SELECT kind FROM work_order")] == ["order_system_down"]


async def test_an_order_system_that_is_away_is_logged_without_a_word_of_the_customers(
    talk: Talk, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await talk.say("你好")
    world.orders.is_down = True
    world.fixed.move(later(31))
    await talk.say("我要退鞋子，尺码不合适")
    logged = [record for record in caplog.records if record.msg == "order_system.away"]
    assert [record.__dict__["effect"] for record in logged] == ["ReadOrders", "ReadOrder"]
    for record in logged:
        assert record.__dict__["shop_id"] == SHOP
        assert record.__dict__["conversation_id"] == str(talk.conversation_id)
        assert record.__dict__["error"] == "OrderSystemUnavailable"
        assert not record.args


async def test_an_order_that_is_gone_is_a_persons(talk: Talk, world: World) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    world.fixed.move(later(31))
    del world.orders._orders[DELIVERED]
    assert await talk.say("确认") == ["order_system_down", "handoff.system_down"]
    assert world.orders.writes == ()


async def test_after_a_restore_a_yes_is_not_taken_and_he_is_told_why(talk: Talk, world: World, owner_url: str) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    as_owner(owner_url, RESTORED)
    assert await talk.say("确认") == ["reconciling", "handoff.system_down"]
    assert world.orders.writes == ()
    assert [row[0] for row in await world.rows("SELECT kind FROM work_order")] == ["order_system_down"]
    assert await world.rows("SELECT 1 FROM operation") == []
