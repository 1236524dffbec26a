"""The first administrators, once; what the machine's operator may do; and what is tidied away."""

import asyncio

import pytest

from security.access.effects import ChangeKind
from security.access.errors import ChangeRefused, NotThere, PasswordUnfit, RightsUnfit, SessionRefused, TokenRefused
from security.access.login import Ticket
from security.access.model import Principal, State
from security.access.once import Issued, Purpose
from security.access.permissions import Role
from security.access.set_up import Chosen
from tests.security.access.world import HERE, PASSWORD, Person, World


async def by_machine(world: World, kind: ChangeKind, person: Person, approval: str | None) -> Issued | None:
    return await world.do(
        lambda conn: world.access.installation.by_machine(conn, kind, person.staff_id, approval, HERE)
    )


async def approval(world: World, by: Principal, purpose: Purpose, person: Person) -> str:
    issued = await world.do(lambda conn: world.access.changes.issue_approval(conn, by, purpose, person.staff_id, HERE))
    return issued.token


async def prepare(world: World, token: str, chosen: Chosen) -> None:
    await world.do(lambda conn: world.access.set_up.prepare(conn, token, chosen))


@pytest.mark.control("M-14")
async def test_there_is_nobody_until_it_is_bootstrapped(world: World) -> None:
    async with world.transaction() as conn:
        assert await world.access.directory.list(conn) == []
        assert await world.access.installation.phase(conn) is None


@pytest.mark.control("M-14")
async def test_four_tokens_come_once(world: World) -> None:
    made = await world.do(lambda conn: world.access.installation.bootstrap(conn, HERE))
    assert [each.role for each in made] == [Role.SYS_ADMIN, Role.AUDIT_ADMIN, Role.SEC_ADMIN, Role.SEC_ADMIN]
    assert len({each.issued.token for each in made}) == 4
    with pytest.raises(ChangeRefused):
        await world.do(lambda conn: world.access.installation.bootstrap(conn, HERE))
    assert await world.deeds() == [("access.bootstrap", "success", "")]


async def test_of_two_who_bootstrap_at_once_one_does(world: World) -> None:
    got = await asyncio.gather(
        *(world.do(lambda conn: world.access.installation.bootstrap(conn, HERE)) for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in got) == ["ChangeRefused", "list"]


async def test_tokens_that_ran_out_unused_are_made_again(world: World) -> None:
    made = await world.do(lambda conn: world.access.installation.bootstrap(conn, HERE))
    await world.set_up(made[0].issued.token, "sys.zhao")
    world.clock.move(hours=72)
    with pytest.raises(TokenRefused):
        await world.set_up(made[1].issued.token, "audit.qian")
    again = await world.do(lambda conn: world.access.installation.reissue(conn, HERE))
    assert sorted(each.role for each in again) == [Role.AUDIT_ADMIN, Role.SEC_ADMIN, Role.SEC_ADMIN]
    await world.set_up(again[0].issued.token, "late.qian")


async def test_a_token_that_was_replaced_is_void(world: World) -> None:
    made = await world.do(lambda conn: world.access.installation.bootstrap(conn, HERE))
    await world.do(lambda conn: world.access.installation.reissue(conn, HERE))
    with pytest.raises(TokenRefused):
        await world.set_up(made[0].issued.token, "sys.zhao")


@pytest.mark.control("M-14")
async def test_once_all_are_used_or_it_is_live_none_is_made_again(
    world: World, staff: dict[str, Person], sec: Principal
) -> None:
    with pytest.raises(ChangeRefused, match="unused"):
        await world.do(lambda conn: world.access.installation.reissue(conn, HERE))
    await world.go_live(sec)
    with pytest.raises(ChangeRefused, match="live"):
        await world.do(lambda conn: world.access.installation.reissue(conn, HERE))


@pytest.mark.control("M-14")
async def test_a_set_up_token_counts_once(world: World) -> None:
    made = await world.do(lambda conn: world.access.installation.bootstrap(conn, HERE))
    await world.set_up(made[0].issued.token, "sys.zhao")
    with pytest.raises(TokenRefused):
        await world.set_up(made[0].issued.token, "sys.wang")


async def test_a_set_up_that_does_not_fit_uses_nothing_up(world: World) -> None:
    made = await world.do(lambda conn: world.access.installation.bootstrap(conn, HERE))
    token = made[0].issued.token
    with pytest.raises(TokenRefused):
        await prepare(world, token, Chosen(password=PASSWORD, code="1", login="sys.zhao", name="赵"))
    await world.do(lambda conn: world.access.set_up.begin(conn, token, HERE))
    wrong = [
        (Chosen(password=PASSWORD, code="000000"), RightsUnfit),
        (Chosen(password="short", code="000000", login="sys.zhao", name="赵"), PasswordUnfit),
        (Chosen(password=PASSWORD, code="000000", login="sys.zhao", name="赵"), PasswordUnfit),
        (Chosen(password=PASSWORD, code="000000", login="root", name="赵"), RightsUnfit),
    ]
    for chosen, refusal in wrong:
        with pytest.raises(refusal):
            await prepare(world, token, chosen)
    await world.set_up(token, "sys.zhao")


@pytest.mark.control("M-10")
async def test_two_cannot_take_the_same_login_name(world: World) -> None:
    made = await world.do(lambda conn: world.access.installation.bootstrap(conn, HERE))
    await world.set_up(made[0].issued.token, "sys.zhao")
    with pytest.raises(ChangeRefused):
        await world.set_up(made[1].issued.token, "sys.zhao")
    await world.set_up(made[1].issued.token, "audit.qian")


@pytest.mark.control("M-15")
async def test_a_reset_from_the_machine_needs_a_second_persons_token(
    world: World, staff: dict[str, Person], sec: Principal
) -> None:
    person = staff["sys.zhao"]
    opened = await person.log_in()
    with pytest.raises(ChangeRefused, match="approval"):
        await by_machine(world, ChangeKind.RESET, person, None)
    token = await approval(world, sec, Purpose.RESET_SECOND_FACTOR, person)
    issued = await by_machine(world, ChangeKind.RESET, person, token)
    assert issued is not None
    with pytest.raises(SessionRefused):
        await world.resume(opened.token)
    event = (await world.records())[-1]
    assert (event["actor"]["id"], event["detail"]["approved_by"]) == ("command-line", str(sec.staff_id))
    with pytest.raises(TokenRefused):
        await by_machine(world, ChangeKind.RESET, person, token)
    again = await world.set_up(issued.token, None)
    again.login = person.login
    await again.log_in()


async def test_an_approval_is_for_one_deed_about_one_account_for_a_while(
    world: World, staff: dict[str, Person], sec: Principal
) -> None:
    token = await approval(world, sec, Purpose.RESET_SECOND_FACTOR, staff["sys.zhao"])
    with pytest.raises(ChangeRefused, match="another account"):
        await by_machine(world, ChangeKind.RESET, staff["audit.qian"], token)
    with pytest.raises(TokenRefused):
        await by_machine(world, ChangeKind.DISABLE, staff["sys.zhao"], token)
    world.clock.move(minutes=15)
    with pytest.raises(TokenRefused):
        await by_machine(world, ChangeKind.RESET, staff["sys.zhao"], token)


async def test_nobody_approves_what_is_done_about_themselves(
    world: World, staff: dict[str, Person], sec: Principal
) -> None:
    with pytest.raises(ChangeRefused):
        await approval(world, sec, Purpose.RESET_SECOND_FACTOR, staff["sec.sun"])


@pytest.mark.control("M-15")
async def test_disabling_from_the_machine_needs_a_token_once_it_is_live(
    world: World, staff: dict[str, Person], sec: Principal
) -> None:
    one, other = [await world.appoint(sec, f"agent.{n}{n}{n}", Role.AGENT) for n in "ab"]
    await by_machine(world, ChangeKind.DISABLE, one, None)
    await world.confirm_all((await staff["sec.li"].log_in()).principal)
    await world.go_live(sec)
    with pytest.raises(ChangeRefused):
        await by_machine(world, ChangeKind.DISABLE, other, None)
    await by_machine(world, ChangeKind.DISABLE, other, await approval(world, sec, Purpose.DISABLE, other))


@pytest.mark.control("M-14")
async def test_accounts_that_nobody_uses_are_disabled_but_not_the_last_of_a_kind(
    world: World, staff: dict[str, Person], sec: Principal
) -> None:
    idle, busy = [await world.appoint(sec, f"agent.{n}{n}{n}", Role.AGENT) for n in "ab"]
    world.clock.move(days=60)
    await busy.log_in()
    world.clock.move(days=31)
    ended = await world.do(world.access.installation.keep_tidy)
    async with world.transaction() as conn:
        states = {each.login: each.state for each in await world.access.directory.list(conn)}
    assert idle.staff_id in ended
    assert states["agent.aaa"] is State.DISABLED
    assert states["agent.bbb"] is State.ACTIVE
    assert [states[login] for login in ("sys.zhao", "audit.qian")] == [State.ACTIVE, State.ACTIVE]
    assert [states[login] for login in ("sec.sun", "sec.li")].count(State.ACTIVE) == 1
    assert [deed[0] for deed in await world.deeds()].count("account.disable_unused") == len(ended)


async def test_what_has_run_out_is_forgotten(world: World, staff: dict[str, Person], sec: Principal) -> None:
    await world.step_one("nobody.at.all", "wrong")
    assert isinstance(await world.step_one("sec.li", PASSWORD), Ticket)
    world.clock.move(days=11)
    await world.do(world.access.installation.keep_tidy)
    async with world.transaction() as conn:
        left = await conn.execute(
            "SELECT sha256 FROM staff_token UNION ALL SELECT sha256 FROM staff_ticket "
            "UNION ALL SELECT login_digest FROM staff_attempt UNION ALL SELECT login_digest FROM staff_lock "
            "UNION ALL SELECT sha256 FROM staff_session WHERE ended_at IS NULL"
        )
        assert await left.fetchall() == []


async def test_what_is_not_there_is_said(world: World, staff: dict[str, Person]) -> None:
    with pytest.raises(NotThere):
        await world.do(lambda conn: world.access.directory.find_by_login(conn, "nobody"))


@pytest.mark.control("M-14")
@pytest.mark.parametrize(
    ("kind", "purpose"),
    [(ChangeKind.RESET, Purpose.RESET_SECOND_FACTOR), (ChangeKind.DISABLE, Purpose.DISABLE)],
)
async def test_the_approval_of_whoever_was_disabled_since_is_none(
    world: World, staff: dict[str, Person], sec: Principal, kind: ChangeKind, purpose: Purpose
) -> None:
    third = await world.appoint(sec, "sec.wang", Role.SEC_ADMIN)
    target = await world.appoint(sec, "agent.sun", Role.AGENT)
    other = (await staff["sec.li"].log_in()).principal
    await world.confirm_all(other)
    await world.go_live(sec)
    token = await approval(world, (await third.log_in()).principal, purpose, target)
    changes = world.access.changes
    proposed = await world.do(lambda conn: changes.propose(conn, sec, ChangeKind.DISABLE, third.staff_id, None, HERE))
    await world.do(lambda conn: changes.approve(conn, other, proposed.change_id, HERE))
    with pytest.raises(ChangeRefused, match="may not approve any more"):
        await by_machine(world, kind, target, token)
