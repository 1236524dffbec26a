"""Who may be given a seat: an account that exists, is not disabled, may answer customers and serves the shop. What
becomes of it when it is taken away, and whom colleagues know by name."""

from pathlib import Path

import pytest

from appliance.conversation.model import Side
from appliance.db import Database
from appliance.desk.model import CannotSit, Presence
from appliance.desk.seats import SeatGiven
from appliance.errors import NotFound
from appliance.ids import uuid7
from security.access.model import Principal, State
from security.access.permissions import Role
from tests.appliance.conversation.world import SHOP
from tests.appliance.desk.test_queue import handed
from tests.appliance.desk.world import GENERAL, HERE, DeskWorld, person


@pytest.fixture
def world(db: Database, tmp_path: Path) -> DeskWorld:
    return DeskWorld(db, tmp_path)


async def give(world: DeskWorld, who: Principal) -> None:
    given = SeatGiven(staff_id=who.staff_id, badge="1024", groups=(GENERAL,), capacity=3)
    await world.people.desk.seats.give(person(Role.SUPERVISOR), SHOP, given, HERE)


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
@pytest.mark.parametrize("state", [State.ACTIVE, State.INVITED])
async def test_who_may_answer_customers_of_the_shop_gets_one(world: DeskWorld, role: Role, state: State) -> None:
    who = person(role)
    world.known.add(who, state)
    await give(world, who)
    assert (await world.people.desk.deeds.seat(who, SHOP)) is not None


@pytest.mark.control("M-15")
@pytest.mark.parametrize(
    ("who", "state"),
    [
        (person(Role.APPROVER), State.ACTIVE),
        (person(Role.SEC_ADMIN), State.ACTIVE),
        (person(Role.AGENT, None, "shop-2"), State.ACTIVE),
        (person(Role.AGENT), State.DISABLED),
        (person(Role.AGENT), State.PROPOSED),
        (person(Role.AGENT), None),
    ],
)
async def test_nobody_else_does_and_the_refusal_is_recorded(
    world: DeskWorld, who: Principal, state: State | None
) -> None:
    if state is not None:
        world.known.add(who, state)
    with pytest.raises(CannotSit):
        await give(world, who)
    assert await world.people.desk.deeds.seat(who, SHOP) is None
    statement = "SELECT event ->> 'outcome' FROM audit_pending WHERE event ->> 'action' = 'desk.seat'"
    async with world.db.system() as conn:
        assert await (await conn.execute(statement)).fetchall() == [("denied",)]


async def test_an_account_that_is_not_there_is_refused_in_the_same_words(world: DeskWorld) -> None:
    other_shop = person(Role.AGENT, uuid7(), "shop-2")
    world.known.add(other_shop)
    said = []
    for who in (other_shop, person(Role.AGENT)):
        with pytest.raises(CannotSit) as refused:
            await give(world, who)
        said.append(refused.value.detail)
    assert said[0] == said[1]


async def test_who_loses_his_seat_loses_what_he_has_to_the_queue_and_his_number_to_another(world: DeskWorld) -> None:
    agent, boss = await world.agent("1024"), person(Role.SUPERVISOR)
    await agent.be(Presence.ONLINE)
    talk = await handed(world)
    assert await world.holder(talk.conversation_id) == (Side.AGENT, agent.who.staff_id)

    await world.people.desk.seats.take_away(boss, SHOP, agent.who.staff_id, HERE)
    assert await world.holder(talk.conversation_id) == (Side.NOBODY, None)
    assert await agent.deeds.seat(agent.who, SHOP) is None
    other = await world.agent("1024")
    await other.be(Presence.ONLINE)
    assert await world.holder(talk.conversation_id) == (Side.AGENT, other.who.staff_id)


@pytest.mark.control("M-15")
async def test_a_seat_that_is_not_there_is_taken_from_nobody_and_each_try_is_recorded(world: DeskWorld) -> None:
    agent, boss = await world.agent("1024"), person(Role.SUPERVISOR)
    with pytest.raises(NotFound):
        await world.people.desk.seats.take_away(boss, SHOP, uuid7(), HERE)
    await world.people.desk.seats.take_away(boss, SHOP, agent.who.staff_id, HERE)
    statement = "SELECT event ->> 'outcome' FROM audit_pending WHERE event ->> 'action' = 'desk.unseat' ORDER BY 1"
    async with world.db.system() as conn:
        assert await (await conn.execute(statement)).fetchall() == [("denied",), ("success",)]


async def test_colleagues_of_a_shop_know_one_another_by_name_and_nobody_of_another(world: DeskWorld) -> None:
    agent = await world.agent("1024")
    world.known.add(approver := person(Role.APPROVER), name="白")
    world.known.add(gone := person(Role.AGENT), State.DISABLED, name="马")
    world.known.add(person(Role.AGENT, None, "shop-2"), name="丁")
    found = await world.people.desk.seats.colleagues(approver, SHOP)
    assert {(each.staff_id, each.name, each.badge, each.may_sit) for each in found} == {
        (agent.who.staff_id, "何", "1024", True),
        (approver.staff_id, "白", None, False),
        (gone.staff_id, "马", None, False),
    }
    with pytest.raises(NotFound):
        await world.people.desk.seats.colleagues(person(Role.AGENT, None, "shop-2"), SHOP)
