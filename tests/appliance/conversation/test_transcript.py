"""What the customer sees: resumable by place, nothing lost, nothing twice, told to whoever watches."""

import asyncio

import psycopg
import pytest

from appliance.conversation.model import Speaker, Visible, VisibleKind
from appliance.conversation.watchers import CHANNEL
from appliance.db import Listener
from tests.appliance.conversation.world import SHOP, Process, Talk, World

WORDS = ("你好", "查一下保温杯那单", "我要退鞋子，尺码不合适", "好的，不过运费谁出？", "确认", "再说一遍")
NO_OPERATION_COMMITS = """
CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
CREATE CONSTRAINT TRIGGER fail_late AFTER INSERT ON operation
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_late();
"""


async def follow(talk: Talk, process: Process, until: asyncio.Event, seen: list[Visible]) -> None:
    """A socket: wakes, reads what came after the last it has."""
    async with process.conversations.watch(talk.conversation_id) as watcher:
        while not until.is_set():
            after = seen[-1].seq if seen else 0
            seen += await process.conversations.transcript(SHOP, talk.conversation_id, after)
            await watcher.wait()


async def test_resuming_loses_nothing_and_repeats_nothing(talk: Talk, world: World) -> None:
    over, seen = asyncio.Event(), list[Visible]()
    following = asyncio.create_task(follow(talk, world.process, over, seen))
    for words in WORDS:
        await talk.say(words)
    over.set()
    await world.process.watchers.wake_all()
    await following
    after = seen[-1].seq if seen else 0
    seen += await world.process.conversations.transcript(SHOP, talk.conversation_id, after)
    assert seen == list(await world.process.conversations.transcript(SHOP, talk.conversation_id))
    assert [event.seq for event in seen] == sorted({event.seq for event in seen})


async def test_every_place_is_one_to_resume_from(talk: Talk, world: World) -> None:
    for words in WORDS:
        await talk.say(words)
    conversations = world.process.conversations
    whole = await conversations.transcript(SHOP, talk.conversation_id)
    async with conversations.watch(talk.conversation_id):
        await talk.say("你好")
        whole = await Process(world).conversations.transcript(SHOP, talk.conversation_id)
        for after in range(whole[-1].seq + 2):
            rest = await conversations.transcript(SHOP, talk.conversation_id, after)
            assert rest == tuple(event for event in whole if event.seq > after)


async def test_a_watcher_in_another_process_is_told(talk: Talk, world: World, database_url: str) -> None:
    other = Process(world)
    async with Listener(database_url) as listener, other.conversations.watch(talk.conversation_id) as watcher:
        await listener.subscribe(CHANNEL, other.watchers.heard)
        await talk.say("你好")
        await asyncio.wait_for(watcher.wait(), 20)
        seen = await other.conversations.transcript(SHOP, talk.conversation_id)
    assert seen[-1].kind is VisibleKind.STATE


@pytest.mark.control("K10", "L-01", "P-08")
async def test_the_first_words_say_that_a_machine_speaks(talk: Talk, world: World) -> None:
    notice, welcome = await world.process.conversations.transcript(SHOP, talk.conversation_id)
    assert (notice.kind, notice.is_ai) == (VisibleKind.NOTICE, True)
    assert "人工智能" in notice.text
    assert (welcome.speaker, welcome.is_ai) == (Speaker.BOT, True)


async def test_a_customer_sees_words_and_buttons_and_no_workings(talk: Talk, world: World) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    seen = await world.process.conversations.transcript(SHOP, talk.conversation_id)
    assert {event.kind for event in seen} == {VisibleKind.NOTICE, VisibleKind.MESSAGE, VisibleKind.STATE}
    assert seen[-1].awaiting == "confirm"
    assert [reply.label for reply in seen[-2].quick_replies] == ["确认提交", "先不办"]
    assert "R10" not in "".join(event.text for event in seen)


async def test_the_trace_counts_every_event(talk: Talk) -> None:
    await talk.say("我要退鞋子，尺码不合适")
    types = [event.type for event in await talk.trace()]
    assert types == [
        "conversation.started",
        "bot.said",
        "facts.read",
        "customer.said",
        "commands.understood",
        "facts.read",
        "decision.made",
        "quote.offered",
        "bot.said",
        "bot.said",
        "turn.ended",
    ]


async def test_what_was_not_committed_is_told_to_nobody(
    talk: Talk, world: World, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A yes and its words fail together, at the very end of their transaction."""
    await talk.say("我要退鞋子，尺码不合适")
    with psycopg.connect(owner_url) as owner:
        owner.execute(NO_OPERATION_COMMITS)
    told = list[int]()
    monkeypatch.setattr(world.process.watchers, "tell", lambda *given: told.append(given[1]))
    async with world.process.conversations.watch(talk.conversation_id):
        await talk.send(talk.text("确认"))
        await world.process.conversations.finish()
    assert await talk.of("operation.accepted") == []
    assert told == []
