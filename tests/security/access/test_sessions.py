"""Sessions: they end when nobody uses them, when they are old, when they are ended, and when their account changes."""

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

import security.access
from security.access import tokens
from security.access.errors import NotThere, RightsTampered, SessionRefused, SessionTampered
from security.access.model import Principal
from security.access.permissions import OWN, Permission, Role
from tests.security.access.world import HERE, Person, World

VOUCHED = Path(security.access.__file__).parent / "migrations" / "0007_vouch_for_sessions.sql"


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


@pytest.mark.control("M-28")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staff_session SET staff_id = %(other)s WHERE session_id = %(session_id)s",
        "UPDATE staff_session SET sha256 = %(sha256)s WHERE session_id = %(session_id)s",
        "UPDATE staff_session SET factor = 'passkey' WHERE session_id = %(session_id)s",
        "UPDATE staff_session SET ends_at = ends_at + interval '1 day' WHERE session_id = %(session_id)s",
        "UPDATE staff_session SET created_at = created_at + interval '1 second' WHERE session_id = %(session_id)s",
        "UPDATE staff_session SET session_id = gen_random_uuid() WHERE session_id = %(session_id)s",
        "UPDATE staff_session SET session_mac = sha256('') WHERE session_id = %(session_id)s",
    ],
)
async def test_one_that_was_moved_in_the_table_is_none(
    world: World, staff: dict[str, Person], person: Person, owner_url: str, change: str
) -> None:
    opened = await person.log_in()
    token = tokens.new() if "sha256 =" in change else opened.token
    values = {
        "other": staff["sec.sun"].staff_id,
        "sha256": tokens.digest(token),
        "session_id": opened.principal.session_id,
    }
    await as_owner(owner_url, change, values)
    with pytest.raises(SessionTampered):
        await world.resume(token)


@pytest.mark.control("M-28")
async def test_one_that_was_made_in_the_table_is_none(world: World, person: Person, owner_url: str) -> None:
    opened, token = await person.log_in(), tokens.new()
    values = {"session_id": uuid4(), "sha256": tokens.digest(token), "real": opened.principal.session_id}
    await as_owner(
        owner_url,
        "INSERT INTO staff_session "
        "(session_id, sha256, staff_id, factor, session_mac, place, created_at, last_seen_at, ends_at) "
        "SELECT %(session_id)s, %(sha256)s, staff_id, factor, session_mac, place, created_at, last_seen_at, ends_at "
        "FROM staff_session WHERE session_id = %(real)s",
        values,
    )
    with pytest.raises(SessionTampered):
        await world.resume(token)
    await world.resume(opened.token)
    listed = await world.do(world.access.sessions.all)
    assert values["session_id"] not in {each.session_id for each in listed}
    assert opened.principal.session_id in {each.session_id for each in listed}


async def test_one_from_before_the_upgrade_has_ended(world: World, person: Person, owner_url: str) -> None:
    opened = await person.log_in()
    upgrade = VOUCHED.read_text(encoding="utf-8")
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as conn:
        await conn.execute("ALTER TABLE staff_session DROP COLUMN session_mac")
        await conn.execute(upgrade.encode())
    with pytest.raises(SessionRefused) as refused:
        await world.resume(opened.token)
    assert refused.type is SessionRefused
    await world.resume((await person.log_in()).token)


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


async def as_owner(url: str, statement: str, values: dict[str, object]) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        assert (await conn.execute(statement.encode(), values)).rowcount == 1
