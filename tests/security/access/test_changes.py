"""Accounts and rights: one proposes, another agrees; nobody decides about themselves; names are never given twice."""

from uuid import UUID, uuid4

import psycopg
import pytest

from security.access.changes import Decision, Result
from security.access.effects import ChangeKind
from security.access.errors import (
    AccessError,
    ChangeRefused,
    LoginRefused,
    NotThere,
    RightsUnfit,
    RolesExclude,
    SessionRefused,
)
from security.access.labels import Category, Label, Level
from security.access.model import Principal, Rights, State
from security.access.once import Purpose
from security.access.permissions import Role
from security.access.rights import fitting
from tests.security.access.world import HERE, PASSWORD, Person, World


@pytest.fixture
async def live(world: World, sec: Principal) -> World:
    await world.go_live(sec)
    return world


async def create(world: World, by: Principal, login: str, *roles: Role) -> Result:
    return await world.do(
        lambda conn: world.access.changes.create(conn, by, login, "周", fitting(roles or [Role.AGENT]), HERE)
    )


async def propose(
    world: World, by: Principal, kind: ChangeKind, staff_id: UUID, rights: Rights | None = None
) -> Result:
    return await world.do(lambda conn: world.access.changes.propose(conn, by, kind, staff_id, rights, HERE))


async def approve(world: World, by: Principal, change_id: UUID) -> Result:
    return await world.do(lambda conn: world.access.changes.approve(conn, by, change_id, HERE))


async def state_of(world: World, staff_id: UUID) -> State:
    return (await world.do(lambda conn: world.access.directory.get(conn, staff_id))).state


@pytest.mark.control("M-15")
async def test_before_going_live_one_acts_alone_and_it_is_marked(world: World, sec: Principal) -> None:
    made = await create(world, sec, "agent.zhou")
    assert made.state is Decision.APPLIED
    assert made.set_up is not None
    event = (await world.records())[-1]
    assert (event["action"], event["detail"]["bootstrap"], event["detail"]["roles"]) == (
        "change.apply",
        "true",
        "agent",
    )


@pytest.mark.control("M-15")
async def test_afterwards_a_second_one_has_to_agree(live: World, sec: Principal, other_sec: Principal) -> None:
    made = await create(live, sec, "agent.zhou")
    assert (made.state, made.set_up) == (Decision.PROPOSED, None)
    assert await state_of(live, made.staff_id) is State.PROPOSED
    with pytest.raises(ChangeRefused):
        await approve(live, sec, made.change_id)
    agreed = await approve(live, other_sec, made.change_id)
    assert agreed.set_up is not None
    assert await state_of(live, made.staff_id) is State.INVITED
    assert "bootstrap" not in (await live.records())[-1]["detail"]
    with pytest.raises(ChangeRefused, match="decided already"):
        await approve(live, other_sec, made.change_id)


@pytest.mark.control("M-10")
async def test_what_is_refused_has_no_effect_and_its_name_stays_taken(
    live: World, sec: Principal, other_sec: Principal
) -> None:
    made = await create(live, sec, "agent.zhou")
    await live.do(lambda conn: live.access.changes.refuse(conn, other_sec, made.change_id, HERE))
    assert await state_of(live, made.staff_id) is State.DISABLED
    with pytest.raises(ChangeRefused, match="never given twice"):
        await create(live, sec, "Agent.Zhou")
    listed = await live.do(live.access.changes.list)
    assert [(each.change_id, each.state) for each in listed] == [(made.change_id, Decision.REFUSED)]


@pytest.mark.control("M-15")
async def test_two_administrators_in_one_person_are_refused(world: World, sec: Principal) -> None:
    for roles in ({Role.SYS_ADMIN, Role.AUDIT_ADMIN}, {Role.SEC_ADMIN, Role.AGENT}):
        with pytest.raises(RolesExclude):
            fitting(roles)


@pytest.mark.control("M-15")
async def test_the_table_itself_refuses_them(world: World, staff: dict[str, Person]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        async with world.transaction() as conn:
            await conn.execute(
                "UPDATE staff_account SET roles = '{sys_admin,sec_admin}' WHERE staff_id = %s",
                (staff["sys.zhao"].staff_id,),
            )


@pytest.mark.control("M-15")
async def test_the_table_itself_wants_two_people(live: World, sec: Principal) -> None:
    made = await create(live, sec, "agent.zhou")
    with pytest.raises(psycopg.errors.CheckViolation):
        async with live.transaction() as conn:
            await conn.execute(
                "UPDATE access_change SET state = 'applied', decided_by = proposed_by, decided_at = now() "
                "WHERE change_id = %s",
                (made.change_id,),
            )


@pytest.mark.control("M-10")
async def test_no_row_of_an_account_can_be_removed_or_renumbered(world: World, staff: dict[str, Person]) -> None:
    for statement in ("DELETE FROM staff_account", "UPDATE staff_account SET staff_id = gen_random_uuid()"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with world.transaction() as conn:
                await conn.execute(statement)


@pytest.mark.control("M-16")
async def test_those_who_serve_customers_cannot_even_look(world: World) -> None:
    async with world.transaction() as conn:
        rows = await (
            await conn.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(staff|access)_' "
                "AND has_table_privilege('appliance_app', oid, 'SELECT, INSERT, UPDATE, DELETE')"
            )
        ).fetchall()
    assert rows == []


@pytest.mark.control("M-15")
async def test_nobody_changes_or_approves_their_own_account(
    live: World, staff: dict[str, Person], sec: Principal, other_sec: Principal
) -> None:
    with pytest.raises(ChangeRefused, match="their own"):
        await propose(live, sec, ChangeKind.RESET, sec.staff_id)
    about_other = await propose(live, sec, ChangeKind.RESET, other_sec.staff_id)
    with pytest.raises(ChangeRefused, match="somebody else"):
        await approve(live, other_sec, about_other.change_id)


@pytest.mark.control("M-14")
async def test_new_rights_end_what_the_person_had_open(world: World, sec: Principal) -> None:
    person = await world.appoint(sec, "agent.zhou", Role.AGENT)
    opened = await person.log_in()
    await propose(world, sec, ChangeKind.SET_RIGHTS, person.staff_id, fitting([Role.SUPERVISOR], ["demo"]))
    with pytest.raises(SessionRefused):
        await world.resume(opened.token)
    principal = (await person.log_in()).principal
    assert principal.rights.roles == {Role.SUPERVISOR}
    assert principal.serves("demo")


@pytest.mark.control("M-14")
async def test_a_disabled_account_opens_nothing(world: World, sec: Principal) -> None:
    person = await world.appoint(sec, "agent.zhou", Role.AGENT)
    opened = await person.log_in()
    await propose(world, sec, ChangeKind.DISABLE, person.staff_id)
    with pytest.raises(SessionRefused):
        await world.resume(opened.token)
    assert isinstance(await world.step_one(person.login, PASSWORD), LoginRefused)


@pytest.mark.control("M-13")
async def test_a_reset_takes_the_second_factor_and_asks_for_a_new_set_up(world: World, sec: Principal) -> None:
    person = await world.appoint(sec, "agent.zhou", Role.AGENT)
    opened = await person.log_in()
    result = await propose(world, sec, ChangeKind.RESET, person.staff_id)
    assert result.set_up is not None
    with pytest.raises(SessionRefused):
        await world.resume(opened.token)
    assert isinstance(await world.step_one(person.login, PASSWORD), LoginRefused)
    again = await world.set_up(result.set_up.token, None, "Another-horse-8")
    again.login, again.password = person.login, "Another-horse-8"
    assert again.staff_id == person.staff_id
    await again.log_in()


@pytest.mark.control("M-15")
async def test_the_last_administrators_stay(live: World, staff: dict[str, Person], sec: Principal) -> None:
    third = await _third(live, staff, sec)
    for login in ("sys.zhao", "audit.qian"):
        change = await propose(live, sec, ChangeKind.DISABLE, staff[login].staff_id)
        with pytest.raises(ChangeRefused, match="too few"):
            await approve(live, third, change.change_id)
    await approve(live, third, (await propose(live, sec, ChangeKind.DISABLE, staff["sec.li"].staff_id)).change_id)
    approval = await live.do(
        lambda conn: live.access.changes.issue_approval(conn, sec, Purpose.DISABLE, third.staff_id, HERE)
    )
    with pytest.raises(ChangeRefused, match="too few"):
        await live.do(
            lambda conn: live.access.installation.by_machine(
                conn, ChangeKind.DISABLE, third.staff_id, approval.token, HERE
            )
        )


@pytest.mark.control("M-15", "M-17")
async def test_the_last_administrators_keep_their_label(live: World, staff: dict[str, Person], sec: Principal) -> None:
    """Without it two of them could not read, nor agree to, what would set it right."""
    lower = fitting([Role.SEC_ADMIN], label=Label(level=Level.INTERNAL, categories=frozenset({Category.SECURITY})))
    about = staff["sec.li"].staff_id
    third = await _third(live, staff, sec)
    change = await propose(live, sec, ChangeKind.SET_RIGHTS, about, lower)
    assert (await approve(live, third, change.change_id)).state is Decision.APPLIED
    change = await propose(live, sec, ChangeKind.SET_RIGHTS, third.staff_id, lower)
    lowered = (await staff["sec.li"].log_in()).principal
    with pytest.raises(ChangeRefused, match="too few"):
        await approve(live, lowered, change.change_id)


@pytest.mark.control("M-15")
async def test_going_live_needs_everybody_and_happens_once(world: World) -> None:
    made = await world.do(lambda conn: world.access.installation.bootstrap(conn, HERE))
    tokens = [each.issued.token for each in made]
    first = await world.set_up(tokens[3], "sec.sun")
    principal = (await first.log_in()).principal
    for token, login in zip(tokens[:2], ["sys.zhao", "audit.qian"], strict=True):
        with pytest.raises(ChangeRefused, match="not enough people"):
            await world.go_live(principal)
        await world.set_up(token, login)
    with pytest.raises(ChangeRefused, match="sec_admin"):
        await world.go_live(principal)
    await world.set_up(tokens[2], "sec.li")
    await world.go_live(principal)
    with pytest.raises(ChangeRefused, match="already"):
        await world.go_live(principal)
    assert [deed[0] for deed in await world.deeds()].count("access.go_live") == 1


@pytest.mark.parametrize("login", ["admin", "root", "test01", "Administrator", "a", "has space", "x" * 33, "-lead", ""])
@pytest.mark.control("M-14")
async def test_a_login_name_belongs_to_a_person(world: World, sec: Principal, login: str) -> None:
    with pytest.raises(RightsUnfit):
        await create(world, sec, login)


async def test_what_is_not_there_is_said(world: World, sec: Principal) -> None:
    for work in (propose(world, sec, ChangeKind.RESET, uuid4()), approve(world, sec, uuid4())):
        with pytest.raises(NotThere):
            await work


@pytest.mark.control("M-18", "M-19")
async def test_every_change_is_recorded_with_who_and_what(live: World, sec: Principal, other_sec: Principal) -> None:
    made = await create(live, sec, "agent.zhou")
    await approve(live, other_sec, made.change_id)
    proposed, applied = (await live.records())[-2:]
    assert (proposed["action"], proposed["actor"]["id"]) == ("change.propose", str(sec.staff_id))
    assert (applied["action"], applied["actor"]["id"]) == ("change.apply", str(other_sec.staff_id))
    assert proposed["object"] == applied["object"] == {"type": "staff", "id": str(made.staff_id)}
    assert applied["actor"]["auth"] == "password+totp"


@pytest.mark.control("M-18")
async def test_a_deed_that_fails_leaves_nothing(world: World, sec: Principal) -> None:
    before = await world.records()
    with pytest.raises(AccessError):
        await create(world, sec, "sec.li")
    assert await world.records() == before


async def _third(world: World, staff: dict[str, Person], sec: Principal) -> Principal:
    """Another security administrator, agreed to by the second."""
    made = await create(world, sec, "sec.wu", Role.SEC_ADMIN)
    second = (await staff["sec.li"].log_in()).principal
    agreed = await approve(world, second, made.change_id)
    assert agreed.set_up is not None
    person = await world.set_up(agreed.set_up.token, None)
    person.login = "sec.wu"
    return (await person.log_in()).principal
