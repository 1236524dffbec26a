"""The service level: who asked for a person, and how many had one in time."""

from appliance.desk.model import Presence
from appliance.desk.service_level import GroupLevel, ServiceLevels, Share
from appliance.desk.terms import shipped_terms
from tests.appliance.conversation.world import SHOP
from tests.appliance.desk.test_queue import handed
from tests.appliance.desk.world import HERE, DeskWorld


async def level(world: DeskWorld) -> GroupLevel:
    found = await ServiceLevels(world.db, shipped_terms(), world.clock).of(SHOP)
    return next(group for group in found.groups if group.group == "general")


async def test_who_had_a_person_in_time_counts_and_who_waits_longer_does_not(world: DeskWorld) -> None:
    target = shipped_terms().groups["general"].answer_within_s
    assert (await level(world)).last_hour == Share(answered=0, decided=0)
    lin = await world.agent("1024", capacity=1)
    await lin.be(Presence.ONLINE)
    soon = await handed(world)
    await handed(world)
    gone = await handed(world)
    assert (await level(world)).last_hour == Share(answered=1, decided=1)
    await world.people.desk.talk.leave(SHOP, gone.conversation_id)
    world.later(seconds=target + 1)
    assert (await level(world)).last_hour == Share(answered=1, decided=2)
    token = (await lin.mine())[soon.conversation_id]
    await lin.deeds.transfer(lin.who, soon.conversation_id, token, HERE, group="general")
    assert (await level(world)).last_hour == Share(answered=1, decided=2)
    world.later(hours=1)
    found = await level(world)
    assert (found.last_hour, found.today) == (Share(answered=0, decided=0), Share(answered=1, decided=2))
