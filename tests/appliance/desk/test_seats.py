"""Who may be given a seat: an account that exists, is not disabled, may answer customers and serves the shop."""

from pathlib import Path

import pytest

from appliance.db import Database
from appliance.desk.model import CannotSit
from appliance.desk.service import SeatGiven
from appliance.ids import uuid7
from security.access.model import Principal, State
from security.access.permissions import Role
from tests.appliance.conversation.world import SHOP
from tests.appliance.desk.world import GENERAL, HERE, DeskWorld, person


@pytest.fixture
def world(db: Database, tmp_path: Path) -> DeskWorld:
    return DeskWorld(db, tmp_path)


async def give(world: DeskWorld, who: Principal) -> None:
    given = SeatGiven(staff_id=who.staff_id, badge="1024", groups=(GENERAL,), capacity=3)
    await world.people.desk.deeds.set_seat(person(Role.SUPERVISOR), SHOP, given, HERE)


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
