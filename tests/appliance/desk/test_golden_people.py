"""Conversations that people had a part in are recorded as golden files too, and replayed with the others."""

import os
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from appliance.conversation.model import Channel
from appliance.conversation.recording import write_file
from appliance.conversation.replay import replay
from appliance.desk.model import CloseReason, Fault, Presence
from appliance.desk.terms import GroupTerms, shipped_terms
from tests.appliance.conversation.stories import FOLDER, record
from tests.appliance.conversation.world import PHONE, SHOP, Talk
from tests.appliance.desk.world import GENERAL, HERE, DeskWorld, moving
from tests.appliance.dialogue.world import FLOWS


async def people_take_over(world: DeskWorld) -> Talk:
    """In the middle of a return: taken over, spoken, closed, rated; then the bot goes on."""
    lin, talk = await world.agent("1024"), await world.talk()
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("确认")
    desk, shop, number = world.people.desk, SHOP, talk.conversation_id
    taken = await desk.deeds.take(lin.who, number, HERE)
    await talk.settle()
    await lin.say(number, "您好，退货已经看到了", taken.token)
    await talk.say("好的谢谢")
    await desk.talk.note(shop, number, lin.who.staff_id, "客户满意")
    await desk.talk.mark(shop, number, lin.who.staff_id, (await talk.of("bot.said"))[1].seq, Fault.BAD_TONE)
    await desk.deeds.close(lin.who, number, taken.token, CloseReason.SOLVED, HERE, asks_rating=True)
    await desk.talk.rate(shop, number, 5)
    await talk.say("我的券")
    return talk


async def people_asked_for(world: DeskWorld) -> Talk:
    """A place in the queue, an agent, and back to the bot."""
    lin, talk = await world.agent("1024"), await world.talk()
    await talk.say("我要退鞋子，尺码不合适")
    await talk.say("转人工")
    await talk.say("快点")
    await lin.be(Presence.ONLINE)
    await world.people.desk.deeds.hand_back(
        lin.who, talk.conversation_id, (await lin.mine())[talk.conversation_id], HERE
    )
    await talk.say("我要退鞋子，尺码不合适")
    return talk


async def people_too_many_wait(world: DeskWorld) -> Talk:
    """Somebody is to call back, and the bot goes on."""
    world.people.queue.terms = msgspec.structs.replace(
        shipped_terms(), groups={**shipped_terms().groups, GENERAL: GroupTerms(most_waiting=1)}
    )
    await (await world.talk()).say("转人工")
    talk = await world.talk()
    await talk.say("转人工")
    await talk.say("我的券")
    return talk


async def people_take_a_call(world: DeskWorld) -> Talk:
    """The telephone system is told where to move it."""
    world.people.queue.terms = moving(shipped_terms())
    call = await world.talk(channel=Channel.VOICE, caller=PHONE)
    await call.say("我要退鞋子，尺码不合适")
    await call.say("转人工")
    return call


STORIES: dict[str, Callable[[DeskWorld], Awaitable[Talk]]] = {
    story.__name__: story for story in (people_take_over, people_asked_for, people_too_many_wait, people_take_a_call)
}


@pytest.mark.parametrize("story", STORIES)
async def test_a_conversation_with_people_can_be_replayed(world: DeskWorld, story: str) -> None:
    events = await record(await STORIES[story](world))
    replayed = replay(FLOWS, events)
    assert replayed.difference is None
    assert replayed.turns == sum(event.type == "turn.ended" for event in events)
    if os.environ.get("GOLDEN_WRITE") == "1":
        write_file(FOLDER / f"{story}.jsonl", events)


def test_there_is_a_golden_file_of_every_story() -> None:
    assert {file.stem for file in FOLDER.glob("people_*.jsonl")} == set(STORIES)
