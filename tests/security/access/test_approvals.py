"""The log is pruned with the approvals of two people who may give them, about the one who does it, and each once."""

from collections.abc import Sequence

import pytest

from security.access.approvals import Approved
from security.access.effects import ChangeKind
from security.access.errors import ChangeRefused, NotThere, RightsTampered, TokenRefused
from security.access.once import Purpose
from security.access.permissions import Role
from tests.security.access.world import HERE, Person, World

pytestmark = pytest.mark.control("M-20")

QIAN = "audit.qian"


async def approve(world: World, by: Person, about: Person, purpose: Purpose = Purpose.PRUNE_LOG) -> str:
    principal = (await by.log_in()).principal
    changes = world.access.changes
    issued = await world.do(lambda conn: changes.issue_approval(conn, principal, purpose, about.staff_id, HERE))
    return issued.token


async def use(world: World, tokens: Sequence[str], login: str = QIAN) -> Approved:
    return await world.do(lambda conn: world.access.prune_approvals.use(conn, login, tokens))


async def two(world: World, staff: dict[str, Person], about: str = QIAN) -> list[str]:
    return [await approve(world, staff[name], staff[about]) for name in ("sec.sun", "sec.li")]


async def test_two_people_approve_and_their_accounts_are_named(world: World) -> None:
    staff = await world.first_four()
    tokens = await two(world, staff)
    approved = await use(world, tokens)
    assert approved == (staff[QIAN].staff_id, staff["sec.sun"].staff_id, staff["sec.li"].staff_id)
    told = [each for each in await world.records() if each["action"] == "approval.issue"]
    assert [each["detail"]["purpose"] for each in told] == ["prune_log"] * 2
    assert {each["actor"]["id"] for each in told} == {str(approved.approved_by), str(approved.seconded_by)}


async def test_looking_uses_none_and_using_uses_both(world: World) -> None:
    tokens = await two(world, await world.first_four())
    for _ in range(2):
        await world.do(lambda conn: world.access.prune_approvals.check(conn, QIAN, tokens))
    await use(world, tokens)
    with pytest.raises(TokenRefused):
        await use(world, tokens)


async def test_one_alone_is_not_two_however_often_they_approve(world: World) -> None:
    staff = await world.first_four()
    first = await approve(world, staff["sec.sun"], staff[QIAN])
    second = await approve(world, staff["sec.sun"], staff[QIAN])
    with pytest.raises(TokenRefused):  # the second took the place of the first
        await use(world, [first, second])
    for tokens in ([], [second], [second] * 3):
        with pytest.raises(ChangeRefused, match="two security administrators"):
            await use(world, tokens)
    with pytest.raises(ChangeRefused, match="two different people"):
        await use(world, [second, second])


async def test_only_an_audit_administrator_prunes(world: World) -> None:
    staff = await world.first_four()
    tokens = await two(world, staff, about="sys.zhao")
    with pytest.raises(ChangeRefused, match="only an audit administrator"):
        await use(world, tokens, "sys.zhao")
    with pytest.raises(ChangeRefused, match="another account"):
        await use(world, tokens)
    with pytest.raises(NotThere):
        await use(world, tokens, "nobody")


async def test_an_approval_of_something_else_or_of_yesterday_is_none(world: World) -> None:
    staff = await world.first_four()
    good = await approve(world, staff["sec.sun"], staff[QIAN])
    other = await approve(world, staff["sec.li"], staff[QIAN], Purpose.DISABLE)
    with pytest.raises(TokenRefused):
        await use(world, [good, other])
    old = await two(world, staff)
    world.clock.move(hours=25)
    with pytest.raises(TokenRefused):
        await use(world, old)


async def test_who_was_disabled_meanwhile_approves_nothing(world: World) -> None:
    staff = await world.first_four()
    sun = (await staff["sec.sun"].log_in()).principal
    third = await world.appoint(sun, "sec.wu", Role.SEC_ADMIN)
    tokens = [await approve(world, staff["sec.sun"], staff[QIAN]), await approve(world, third, staff[QIAN])]
    sun = (await staff["sec.sun"].log_in()).principal
    await world.do(lambda conn: world.access.changes.propose(conn, sun, ChangeKind.DISABLE, third.staff_id, None, HERE))
    with pytest.raises(ChangeRefused, match="may not approve any more"):
        await use(world, tokens)


async def test_rights_that_were_changed_in_the_table_approve_nothing(world: World) -> None:
    staff = await world.first_four()
    tokens = await two(world, staff)
    async with world.transaction() as conn:
        await conn.execute(
            "UPDATE staff_account SET roles = '{audit_admin}' WHERE staff_id = %s", [staff["sec.li"].staff_id]
        )
    with pytest.raises(RightsTampered):
        await use(world, tokens)
