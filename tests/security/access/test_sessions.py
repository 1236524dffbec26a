"""Sessions: they end when nobody uses them, when they are old, when they are ended, and when their account changes."""

import pytest

from security.access.errors import NotThere, RightsTampered, SessionRefused
from security.access.model import Principal
from security.access.permissions import OWN, Permission, Role
from tests.security.access.world import HERE, Person, World


@pytest.fixture
def person(staff: dict[str, Person]) -> Person:
    return staff["sec.li"]


@pytest.mark.control("M-11")
async def test_it_ends_after_fifteen_minutes_without_use(world: World, person: Person) -> None:
    opened = await person.log_in()
    for _ in range(3):
        world.clock.move(minutes=14)
        await world.resume(opened.token)
    world.clock.move(minutes=15)
    with pytest.raises(SessionRefused):
        await world.resume(opened.token)


@pytest.mark.control("M-11")
async def test_it_ends_after_eight_hours_whatever_happens(world: World, person: Person) -> None:
    opened = await person.log_in()
    for _ in range(47):
        world.clock.move(minutes=10)
        await world.resume(opened.token)
    world.clock.move(minutes=10)
    with pytest.raises(SessionRefused):
        await world.resume(opened.token)


@pytest.mark.control("M-11")
async def test_a_third_one_ends_the_oldest(world: World, person: Person) -> None:
    first, second, third = [(await person.log_in()).token for _ in range(3)]
    with pytest.raises(SessionRefused):
        await world.resume(first)
    await world.resume(second)
    await world.resume(third)
    assert ("session.replace", "success", "too_many") in await world.deeds()


@pytest.mark.control("M-11", "M-33")
async def test_logging_out_ends_it_on_the_server(world: World, person: Person) -> None:
    opened = await person.log_in()
    await world.do(lambda conn: world.access.sessions.logout(conn, opened.principal, HERE))
    with pytest.raises(SessionRefused):
        await world.resume(opened.token)
    assert (await world.deeds())[-1] == ("session.logout", "success", "")


async def test_its_owner_sees_where_it_is_used_and_ends_it(world: World, person: Person) -> None:
    mine, forgotten = await person.log_in(), await person.log_in()
    listed = await world.do(lambda conn: world.access.sessions.of(conn, person.staff_id))
    assert [(each.session_id, each.ip, each.terminal) for each in listed] == [
        (mine.principal.session_id, "10.0.0.9", "test"),
        (forgotten.principal.session_id, "10.0.0.9", "test"),
    ]
    await world.do(
        lambda conn: world.access.sessions.revoke(conn, mine.principal, forgotten.principal.session_id, HERE)
    )
    with pytest.raises(SessionRefused):
        await world.resume(forgotten.token)
    await world.resume(mine.token)


async def test_nobody_ends_another_persons_by_its_id(world: World, person: Person, sec: Principal) -> None:
    opened = await person.log_in()
    with pytest.raises(NotThere):
        await world.do(lambda conn: world.access.sessions.revoke(conn, sec, opened.principal.session_id, HERE))
    await world.resume(opened.token)


@pytest.mark.control("M-11")
async def test_a_security_administrator_ends_all_of_somebody_at_once(
    world: World, person: Person, sec: Principal
) -> None:
    opened = await person.log_in()
    assert await world.do(lambda conn: world.access.sessions.revoke_all(conn, sec, person.staff_id, HERE)) == 1
    with pytest.raises(SessionRefused):
        await world.resume(opened.token)


@pytest.mark.control("M-28")
async def test_rights_that_we_did_not_write_end_it(world: World, person: Person) -> None:
    opened = await person.log_in()
    async with world.transaction() as conn:
        await conn.execute("UPDATE staff_account SET roles = '{audit_admin}' WHERE staff_id = %s", (person.staff_id,))
    with pytest.raises(RightsTampered):
        await world.resume(opened.token)


@pytest.mark.control("M-10")
async def test_an_expired_password_leaves_only_its_own_change(world: World, person: Person) -> None:
    world.clock.move(days=90)
    principal = (await person.log_in()).principal
    assert principal.has_expired_password
    assert principal.permissions == {Permission.SESSION_OWN, Permission.PASSWORD_OWN}
    assert principal.permissions < OWN


@pytest.mark.control("M-16")
async def test_what_is_not_granted_is_denied(sec: Principal) -> None:
    assert sec.may(Permission.STAFF_READ)
    assert not sec.may(Permission.AUDIT_READ)
    assert not sec.serves("demo")


@pytest.mark.control("M-16")
async def test_a_business_role_counts_in_its_shops_only(world: World, sec: Principal) -> None:
    agent = await world.appoint(sec, "agent.zhou", Role.AGENT)
    principal = (await agent.log_in()).principal
    assert principal.may(Permission.CONVERSATION_READ)
    assert not principal.serves("demo")


@pytest.mark.parametrize("token", ["", "x", "\ud800", "A" * 10_000])
async def test_what_is_no_token_is_no_session(world: World, token: str) -> None:
    with pytest.raises(SessionRefused):
        await world.resume(token)
