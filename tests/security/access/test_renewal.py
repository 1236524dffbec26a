"""The key of the staff's digests is renewed while they work: nobody is logged out, and nothing becomes sound by it."""

import asyncio
from uuid import uuid4

import pytest

from security.access.errors import ChangeRefused, LoginRefused, RightsTampered, SessionTampered
from security.access.keys import STAFF
from security.access.login import Ticket
from security.access.model import Principal
from security.access.permissions import Role
from security.access.renewal import Renewal
from security.access.service import AccessControl
from security.crypto.keyring import KeyRing
from security.crypto.rotation import Progress, Rotation
from security.crypto.suites import Suite
from tests.security.access.world import HERE, Connection, Person, World

pytestmark = pytest.mark.control("M-29")

DIGESTS = """
SELECT (SELECT array_agg(login_digest ORDER BY staff_id) FROM staff_account),
       (SELECT array_agg(rights_mac ORDER BY staff_id) FROM staff_account),
       (SELECT array_agg(session_mac ORDER BY session_id) FROM staff_session WHERE ended_at IS NULL)
"""


async def renewed(world: World) -> int:
    """As another process does it, under a key ring of its own."""

    async def told(_: Connection, __: Progress) -> None:
        """Nobody asks."""

    ring = KeyRing(world.root, Suite.AES_256_GCM, world.clock)
    rotation = Rotation(world.transaction, ring, world.clock, told)
    return await rotation.rotate_index(STAFF, Renewal(ring).remake)


async def rows(world: World, query: str) -> list[tuple[object, ...]]:
    async with world.transaction() as conn:
        return await (await conn.execute(query.encode())).fetchall()


async def execute(world: World, statement: str, *values: object) -> None:
    async with world.transaction() as conn:
        await conn.execute(statement.encode(), values)


async def test_nobody_is_logged_out_and_everybody_can_log_in(world: World, staff: dict[str, Person]) -> None:
    opened = [await person.log_in() for person in staff.values()]
    [before] = await rows(world, DIGESTS)
    assert await renewed(world) == 8
    [after] = await rows(world, DIGESTS)
    assert [len(set(old) & set(new)) for old, new in zip(before, after, strict=True)] == [0, 0, 0]  # type: ignore[call-overload]
    for person, session in zip(staff.values(), opened, strict=True):
        assert (await world.resume(session.token)).staff_id == person.staff_id
        await person.log_in()


async def test_a_name_that_somebody_had_is_not_given_again(world: World, sec: Principal) -> None:
    person = await world.appoint(sec, "agent.wu", Role.AGENT, shops=["s1"])
    await renewed(world)
    with pytest.raises(ChangeRefused, match="never given twice"):
        await world.appoint(sec, person.login, Role.AGENT, shops=["s1"])


async def test_what_was_changed_in_the_tables_does_not_become_sound(
    world: World, staff: dict[str, Person], sec: Principal
) -> None:
    """Whoever can write there waits for the next renewal in vain."""
    moved, raised = await staff["sec.li"].log_in(), await staff["audit.qian"].log_in()
    await execute(
        world, "UPDATE staff_session SET last_seen_at = now(), session_mac = %s WHERE session_id = %s",
        bytes(16), moved.principal.session_id,
    )  # fmt: skip
    await execute(
        world, "UPDATE staff_account SET roles = '{sys_admin}' WHERE staff_id = %s", staff["audit.qian"].staff_id
    )
    await renewed(world)
    with pytest.raises(SessionTampered):
        await world.resume(moved.token)
    with pytest.raises(RightsTampered):
        await world.resume(raised.token)


async def test_a_name_that_was_moved_to_another_account_stays_where_no_key_finds_it(
    world: World, staff: dict[str, Person]
) -> None:
    [mine, other] = [staff[login].staff_id for login in ("sec.li", "sec.sun")]
    taken = "SELECT login_digest FROM staff_account WHERE staff_id = '%s'"
    [[digest]] = await rows(world, taken % mine)
    await execute(world, "UPDATE staff_account SET login_digest = %s WHERE staff_id = %s", bytes(16), mine)
    await execute(world, "UPDATE staff_account SET login_digest = %s WHERE staff_id = %s", digest, other)
    await renewed(world)
    assert await rows(world, taken % other) == [(digest,)]
    for login in ("sec.li", "sec.sun"):
        assert isinstance(await world.step_one(login, staff["sec.sun"].password), LoginRefused)


async def test_locks_and_half_log_ins_are_forgotten_of_every_name(world: World, staff: dict[str, Person]) -> None:
    person = staff["sec.li"]
    ticket = await world.step_one(staff["sec.sun"].login, person.password)
    assert isinstance(ticket, Ticket)
    for login in (person.login, "nobody"):
        for _ in range(5):
            await world.step_one(login, "wrong")
    assert await rows(world, "SELECT count(*) FROM staff_lock") == [(2,)]
    await renewed(world)
    counted = "SELECT count(*) FROM staff_lock UNION ALL SELECT count(*) FROM staff_attempt"
    assert await rows(world, counted) == [(0,), (0,)]
    assert isinstance(await world.step_two(ticket.ticket, staff["sec.sun"].code()), LoginRefused)
    await person.log_in()


async def test_people_work_on_in_every_process_while_it_is_renewed_again_and_again(
    world: World, staff: dict[str, Person], sec: Principal
) -> None:
    """Nobody's session or rights ever look changed, and what was made meanwhile is found."""
    ring = KeyRing(world.root, Suite.AES_256_GCM, world.clock)
    elsewhere = AccessControl(ring, world.clock, uuid4, hasher=world.hasher)
    opened, done = await staff["sys.zhao"].log_in(), asyncio.Event()

    async def resuming(access: AccessControl) -> int:
        count = 0
        while not done.is_set():
            await world.do(lambda conn: access.sessions.resume(conn, opened.token))
            count += 1
        return count

    async def appointing() -> list[Person]:
        made: list[Person] = []
        while not done.is_set():
            made.append(await world.appoint(sec, f"agent.{len(made)}", Role.AGENT, shops=["s1"]))
        return made

    async with asyncio.TaskGroup() as working:
        counts = [working.create_task(resuming(access)) for access in (world.access, elsewhere)]
        people = working.create_task(appointing())
        for _ in range(8):
            await renewed(world)
        done.set()
    assert [await each > 0 for each in counts] == [True, True]
    for person in await people:
        await person.log_in()
        async with world.transaction() as conn:
            assert (await elsewhere.directory.find_by_login(conn, person.login)).staff_id == person.staff_id


async def test_who_holds_an_account_for_long_holds_the_renewal_up_and_not_the_others(
    world: World, staff: dict[str, Person]
) -> None:
    """It gives way at each try: whoever wants the key meanwhile gets it."""
    opened = await staff["sys.zhao"].log_in()
    async with world.transaction() as conn:
        await conn.execute("SELECT FROM staff_account WHERE staff_id = %s FOR UPDATE", [staff["sec.li"].staff_id])
        renewing = asyncio.create_task(renewed(world))
        for _ in range(5):
            await world.resume(opened.token)
            assert not renewing.done()
            await asyncio.sleep(0)
    assert await renewing == 5
    await world.do(lambda conn: world.access.sessions.logout(conn, opened.principal, HERE))
