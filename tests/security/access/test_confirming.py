"""What one administrator did alone is confirmed by another, or the installation does not go live."""

import asyncio

import psycopg
import pytest

from security.access.changes import Change
from security.access.effects import ChangeKind
from security.access.errors import ChangeRefused, NotConfirmed
from security.access.model import Principal
from security.access.permissions import Role
from security.access.rights import fitting
from tests.security.access.world import HERE, Person, World

pytestmark = pytest.mark.control("M-15")


@pytest.fixture
async def audit(staff: dict[str, Person]) -> Principal:
    return (await staff["audit.qian"].log_in()).principal


async def unconfirmed(world: World) -> list[Change]:
    return [each for each in await world.do(world.access.changes.list) if each.is_unconfirmed]


async def change(world: World, by: Principal, kind: ChangeKind, person: Person, *roles: Role) -> None:
    rights = fitting(roles) if roles else None
    await world.do(lambda conn: world.access.changes.propose(conn, by, kind, person.staff_id, rights, HERE))


async def test_it_names_what_one_did_alone_and_does_not_go_live(world: World, sec: Principal) -> None:
    await world.appoint(sec, "agent.zhou", Role.AGENT)
    [made] = await unconfirmed(world)
    with pytest.raises(NotConfirmed, match=f"these 1 changes of accounts: {made.change_id}. Another security or audit"):
        await world.go_live(sec)
    assert (await world.do(world.access.installation.phase)).live_at is None  # type: ignore[union-attr]


@pytest.mark.parametrize("login", ["sec.li", "audit.qian"])
async def test_another_confirms_it_and_then_it_does(
    world: World, staff: dict[str, Person], sec: Principal, login: str
) -> None:
    await world.appoint(sec, "agent.zhou", Role.AGENT)
    other = (await staff[login].log_in()).principal
    [made] = await unconfirmed(world)
    await world.confirm(other, made.change_id)
    assert await unconfirmed(world) == []
    await world.go_live(sec)
    record = next(event for event in await world.records() if event["action"] == "change.confirm")
    assert (record["actor"]["id"], record["object"]["id"]) == (str(other.staff_id), str(made.staff_id))
    assert record["detail"]["change"] == str(made.change_id)


async def test_who_did_it_does_not_confirm_it(world: World, sec: Principal) -> None:
    await world.appoint(sec, "agent.zhou", Role.AGENT)
    [made] = await unconfirmed(world)
    with pytest.raises(ChangeRefused, match="neither who did it"):
        await world.confirm(sec, made.change_id)


async def test_a_straw_man_confirms_nothing(world: World, sec: Principal, audit: Principal) -> None:
    """Whoever appoints an administrator could be that one too: it is confirmed before it confirms."""
    straw = (await (await world.appoint(sec, "sec.wu", Role.SEC_ADMIN)).log_in()).principal
    [of_straw] = await unconfirmed(world)
    await world.appoint(sec, "agent.zhou", Role.AGENT)
    [of_agent] = [each for each in await unconfirmed(world) if each != of_straw]
    with pytest.raises(ChangeRefused, match="neither who did it, nor whom it is about"):
        await world.confirm(straw, of_straw.change_id)
    with pytest.raises(ChangeRefused, match="your own account has to be confirmed first"):
        await world.confirm(straw, of_agent.change_id)
    await world.confirm(audit, of_straw.change_id)
    await world.confirm(straw, of_agent.change_id)
    await world.go_live(sec)


async def test_other_rights_and_a_reset_wait_as_well_and_each_again(
    world: World, staff: dict[str, Person], sec: Principal, audit: Principal
) -> None:
    agent = await world.appoint(sec, "agent.zhou", Role.AGENT)
    await world.confirm_all(audit)
    await change(world, sec, ChangeKind.SET_RIGHTS, agent, Role.SUPERVISOR)
    await change(world, sec, ChangeKind.RESET, staff["sys.zhao"])
    assert {each.kind for each in await unconfirmed(world)} == {ChangeKind.SET_RIGHTS, ChangeKind.RESET}
    await world.confirm_all(audit)
    assert await unconfirmed(world) == []


async def test_with_the_other_security_administrator_reset_the_audit_administrator_confirms(
    world: World, staff: dict[str, Person], sec: Principal, audit: Principal
) -> None:
    await change(world, sec, ChangeKind.RESET, staff["sec.li"])
    await world.confirm_all(audit)
    assert await unconfirmed(world) == []


async def test_a_disabled_account_needs_nobody(world: World, sec: Principal, audit: Principal) -> None:
    agent = await world.appoint(sec, "agent.zhou", Role.AGENT)
    [made] = await unconfirmed(world)
    await change(world, sec, ChangeKind.DISABLE, agent)
    assert await unconfirmed(world) == []
    with pytest.raises(ChangeRefused, match="nothing to confirm"):
        await world.confirm(audit, made.change_id)
    await world.go_live(sec)


async def test_one_that_is_woken_again_waits_again(world: World, sec: Principal, audit: Principal) -> None:
    agent = await world.appoint(sec, "agent.zhou", Role.AGENT)
    await change(world, sec, ChangeKind.DISABLE, agent)
    await change(world, sec, ChangeKind.RESET, agent)
    assert {each.kind for each in await unconfirmed(world)} == {ChangeKind.CREATE, ChangeKind.RESET}


async def test_what_two_agreed_to_is_never_confirmed(
    world: World, sec: Principal, other_sec: Principal, audit: Principal
) -> None:
    await world.go_live(sec)
    made = await world.do(
        lambda conn: world.access.changes.create(conn, sec, "agent.zhou", "周", fitting([Role.AGENT]), HERE)
    )
    with pytest.raises(ChangeRefused, match="nothing to confirm"):
        await world.confirm(audit, made.change_id)
    await world.do(lambda conn: world.access.changes.approve(conn, other_sec, made.change_id, HERE))
    with pytest.raises(ChangeRefused, match="nothing to confirm"):
        await world.confirm(audit, made.change_id)


async def test_the_table_itself_wants_another_person(world: World, sec: Principal) -> None:
    await world.appoint(sec, "agent.zhou", Role.AGENT)
    for whose in ("proposed_by", "staff_id"):
        with pytest.raises(psycopg.errors.CheckViolation):
            async with world.transaction() as conn:
                await conn.execute(f"UPDATE access_change SET confirmed_by = {whose}, confirmed_at = now()")  # noqa: S608


async def test_nothing_slips_through_while_it_goes_live(world: World, sec: Principal, other_sec: Principal) -> None:
    """Of a deed and going live at once, either the deed came first and has to be confirmed, or it needs two."""
    rights = fitting([Role.AGENT])

    async def create(login: str) -> None:
        await world.do(lambda conn: world.access.changes.create(conn, other_sec, login, "周", rights, HERE))

    deeds = [create(f"agent.{n}x") for n in range(6)]
    done = await asyncio.gather(world.go_live(sec), *deeds, return_exceptions=True)
    phase = await world.do(world.access.installation.phase)
    waiting = await unconfirmed(world)
    assert phase is not None
    assert (phase.live_at is not None) == (waiting == []), done
