"""First come, first served within a class; a higher class goes first; nobody starves; agents who go lose no place."""

from pathlib import Path

import msgspec
import pytest

from appliance.conversation.floor import NotYours
from appliance.conversation.model import Side, VisibleKind
from appliance.db import Database
from appliance.desk.model import NothingOpen, Presence, Priority, Waiting
from appliance.desk.terms import GroupTerms, shipped_terms
from appliance.identity.shop_records import THE_MACHINE
from tests.appliance.conversation.world import SHOP, Talk
from tests.appliance.desk.world import GENERAL, HERE, DeskWorld

ANGRY, THREAT = "什么垃圾店，气死我了", "我要打12315，找律师告你们"


async def handed(world: DeskWorld, words: str = "转人工") -> Talk:
    talk = await world.talk()
    await talk.say(words)
    return talk


async def test_who_asked_first_goes_first_and_a_threat_goes_before(world: DeskWorld) -> None:
    lin = await world.agent("1024", capacity=1)
    first = await handed(world)
    world.later(seconds=1)
    second = await handed(world)
    world.later(seconds=1)
    threat = await handed(world, THREAT)
    served = []
    await lin.be(Presence.ONLINE)
    while mine := await lin.mine():
        ((conversation_id, token),) = mine.items()
        served.append(conversation_id)
        await lin.deeds.hand_back(lin.who, conversation_id, token, HERE)
    assert served == [threat.conversation_id, first.conversation_id, second.conversation_id]


async def test_who_has_waited_longer_than_the_head_start_goes_before_a_threat(world: DeskWorld) -> None:
    lin = await world.agent("1024", capacity=1)
    first = await handed(world)
    world.later(seconds=shipped_terms().head_start_s[Priority.URGENT] + 1)
    await handed(world, THREAT)
    await lin.be(Presence.ONLINE)
    assert list(await lin.mine()) == [first.conversation_id]


async def test_nobody_has_more_conversations_than_he_may(world: DeskWorld) -> None:
    lin = await world.agent("1024", capacity=2)
    await lin.be(Presence.ONLINE)
    talks = [await handed(world) for _ in range(3)]
    assert set(await lin.mine()) == {talks[0].conversation_id, talks[1].conversation_id}
    await lin.deeds.hand_back(lin.who, talks[0].conversation_id, (await lin.mine())[talks[0].conversation_id], HERE)
    assert set(await lin.mine()) == {talks[1].conversation_id, talks[2].conversation_id}


async def test_who_has_least_to_do_is_given_the_next_one(world: DeskWorld) -> None:
    lin, wu = await world.agent("1024", capacity=4), await world.agent("1025", capacity=2)
    await lin.be(Presence.ONLINE)
    await wu.be(Presence.ONLINE)
    for _ in range(6):
        await handed(world)
    assert (len(await lin.mine()), len(await wu.mine())) == (4, 2)


@pytest.mark.parametrize("presence", [Presence.BUSY, Presence.AWAY])
async def test_who_is_busy_or_away_keeps_what_he_has_and_gets_nothing_new(world: DeskWorld, presence: Presence) -> None:
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    first = await handed(world)
    await lin.be(presence)
    second = await handed(world)
    assert list(await lin.mine()) == [first.conversation_id]
    assert await world.holder(second.conversation_id) == (Side.NOBODY, None)


async def test_a_group_serves_only_its_own_queue(world: DeskWorld) -> None:
    lin = await world.agent("1024", GENERAL)
    await lin.be(Presence.ONLINE)
    angry = await handed(world, ANGRY)
    ticket = await world.ticket(angry.conversation_id)
    assert ticket is not None
    assert (ticket.skill, ticket.agent_id) == ("complaints", None)
    assert await lin.mine() == {}


async def test_an_agent_whose_console_falls_silent_loses_what_he_has_to_its_old_place(world: DeskWorld) -> None:
    lin, wu = await world.agent("1024", capacity=1), await world.agent("1025", capacity=1)
    await lin.be(Presence.ONLINE)
    first = await handed(world)
    world.later(seconds=5)
    second = await handed(world)
    token = (await lin.mine())[first.conversation_id]
    world.later(seconds=31)
    await world.people.desk.round.once()
    assert await world.holder(first.conversation_id) == (Side.NOBODY, None)
    with pytest.raises(NotYours):
        await lin.say(first.conversation_id, "我回来了", token)
    await wu.be(Presence.ONLINE)
    assert list(await wu.mine()) == [first.conversation_id]
    told = [event.text for event in await world.seen(first.conversation_id) if event.kind is VisibleKind.OWNER]
    assert "排队位置没有变" in told[1]
    assert await world.holder(second.conversation_id) == (Side.NOBODY, None)


async def test_a_sign_of_life_keeps_what_an_agent_has(world: DeskWorld) -> None:
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    talk = await handed(world)
    for _ in range(3):
        world.later(seconds=20)
        assert await lin.deeds.beat(lin.who, SHOP)
        await world.people.desk.round.once()
    assert list(await lin.mine()) == [talk.conversation_id]
    await lin.be(Presence.OFFLINE)
    assert not await lin.deeds.beat(lin.who, SHOP)
    assert await world.holder(talk.conversation_id) == (Side.NOBODY, None)


async def test_nothing_goes_to_an_agent_who_is_lost_and_not_yet_noticed(world: DeskWorld) -> None:
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    world.later(seconds=31)
    talk = await handed(world)
    assert await world.holder(talk.conversation_id) == (Side.NOBODY, None)


async def test_a_customer_leaves_the_queue_and_the_bot_goes_on(world: DeskWorld) -> None:
    talk = await handed(world)
    await world.people.desk.talk.leave(SHOP, talk.conversation_id)
    assert await world.holder(talk.conversation_id) == (Side.BOT, None)
    assert await world.ticket(talk.conversation_id) is None
    assert await talk.say("我的券") != []
    with pytest.raises(NothingOpen):
        await world.people.desk.talk.leave(SHOP, talk.conversation_id)


async def test_the_place_and_an_honest_estimate(world: DeskWorld) -> None:
    """Without anybody there nobody knows; with two slots the third waits for one round and a half."""
    places = world.people.desk.places
    waiting = [await handed(world) for _ in range(2)]
    found = [await place(world, each) for each in waiting]
    assert [(each.position, each.estimate_s) for each in found] == [(1, None), (2, None)]
    lin = await world.agent("1024", capacity=2)
    await lin.be(Presence.ONLINE)
    places.changed(SHOP)
    third = await handed(world)
    next_one = await place(world, third)
    assert (next_one.position, next_one.estimate_s) == (1, 180)


async def place(world: DeskWorld, talk: Talk) -> Waiting:
    async with world.db.transaction(SHOP) as conn:
        waiting = await world.people.queue.waiting(conn, SHOP)
    return next(each for each in waiting if each.conversation_id == talk.conversation_id)


async def test_out_of_hours_the_message_is_kept_its_place_too_and_somebody_is_to_call_back(
    db: Database, tmp_path: Path
) -> None:
    """NOW is ten in the morning of a Saturday in Shanghai."""
    hours = msgspec.structs.replace(shipped_terms().hours, spans=("14:00-18:00",))
    world = DeskWorld(db, tmp_path, terms=msgspec.structs.replace(shipped_terms(), hours=hours))
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    talk = await handed(world)
    assert await world.holder(talk.conversation_id) == (Side.NOBODY, None)
    (away,) = await talk.of("desk.away")
    assert (away.data["why"], away.data["opens_at"]) == ("closed", "2026-11-21T06:00:00Z")
    assert "14:00-18:00" in (away.words or "")
    assert [event.holder for event in await world.seen(talk.conversation_id) if event.holder] == [Side.NOBODY]
    assert (await world.rows("SELECT kind FROM work_order")) == [("call_back",)]
    await talk.say("明天再打给我也行")
    assert (await place(world, talk)).position is None
    world.later(hours=4)
    assert await lin.deeds.presence(lin.who, SHOP, Presence.ONLINE)
    assert list(await lin.mine()) == [talk.conversation_id]


async def test_where_too_many_wait_the_bot_goes_on_and_somebody_calls(db: Database, tmp_path: Path) -> None:
    groups = {**shipped_terms().groups, GENERAL: GroupTerms(most_waiting=1)}
    world = DeskWorld(db, tmp_path, terms=msgspec.structs.replace(shipped_terms(), groups=groups))
    await handed(world)
    talk = await handed(world)
    assert await world.holder(talk.conversation_id) == (Side.BOT, None)
    (away,) = await talk.of("desk.away")
    assert away.data["why"] == "full"
    assert [event.holder for event in await world.seen(talk.conversation_id) if event.holder] == [Side.BOT]
    assert (await world.rows("SELECT kind FROM work_order")) == [("call_back",)]
    assert await talk.say("我的券") != []


async def test_a_shops_own_hours_of_a_group_are_those_that_count(world: DeskWorld) -> None:
    """Who waits for the group to open is given to somebody the moment that its hours say that it is open."""
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    hours = world.people.desk.hours
    afternoon = hours.read({"weekdays": (1, 2, 3, 4, 5, 6, 7), "spans": ("14:00-18:00",)})
    await hours.set(SHOP, GENERAL, afternoon, THE_MACHINE)
    talk = await handed(world)
    (away,) = await talk.of("desk.away")
    assert "14:00-18:00" in (away.words or "")
    assert await world.holder(talk.conversation_id) == (Side.NOBODY, None)
    await hours.set(SHOP, GENERAL, None, THE_MACHINE)
    assert await world.holder(talk.conversation_id) == (Side.AGENT, lin.who.staff_id)


async def test_what_an_agent_gave_away_comes_back_to_him_no_sooner_than_his_next_shift(world: DeskWorld) -> None:
    """Or it would wait for ever where he is the only one of his group."""
    lin = await world.agent("1024")
    await lin.be(Presence.ONLINE)
    talk = await handed(world)
    token = (await lin.mine())[talk.conversation_id]
    await lin.deeds.transfer(lin.who, talk.conversation_id, token, HERE, group=GENERAL)
    await lin.be(Presence.BUSY)
    await lin.be(Presence.ONLINE)
    assert await lin.mine() == {}
    await lin.be(Presence.OFFLINE)
    await lin.be(Presence.ONLINE)
    assert list(await lin.mine()) == [talk.conversation_id]
