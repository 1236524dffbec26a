"""Where the audit log takes no record, administrators do nothing: 503, and nothing changed. Once it does, they may."""

from typing import Any

import pytest

from security.access.permissions import ADMINISTRATORS, Role
from security.access.records import AHEAD
from security.audit import append as appending
from tests.appliance.channels.staff.test_who_may_call_what import EXAMINES, ROUTES, Cell
from tests.appliance.channels.staff.world import Browser, StaffWorld
from tests.security.audit.faults import Fault, every_fault

pytestmark = pytest.mark.control("A5", "M-21")

ACCOUNT = {"login": "agent.zhou", "name": "周", "roles": ["agent"]}
LOOKS = EXAMINES | {
    "/shops/nowhere/order-system/check",
    "/installation/connectors/nowhere/check",
    "/audit/verifications",
}
"""POST, because each sets work going: they change nothing, and find out what is wrong."""
DEEDS = [cell for cell in ROUTES if cell.allowed <= ADMINISTRATORS and cell.method != "GET" and cell.path not in LOOKS]
"""Whatever only administrators may call and changes something: the table of routes is whole, its own test says."""


@pytest.fixture
def hasty(staff: StaffWorld) -> StaffWorld:
    """A process that gives up soon."""
    return StaffWorld(staff.world, staff.db, staff.log, people=staff.people, seal_s=0.2)


def patient(staff: StaffWorld, browser: Browser) -> Browser:
    """The same session, served by a process that does not give up."""
    again = staff.browser()
    again.http.cookies, again.csrf = browser.http.cookies, browser.csrf
    return again


async def refused(browser: Browser, cell: Cell) -> None:
    answer = await browser.call(cell.method, cell.path, cell.body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "audit_unavailable"), (cell, problem)
    assert problem["retryable"]
    assert answer.headers["retry-after"]


async def said(staff: StaffWorld) -> list[tuple[str, str, str]]:
    """What the log was told of deeds that are said to it before."""
    made = [event for event in await staff.world.records() if event["action"] in AHEAD and event["kind"] != "event"]
    return [(event["kind"], event["outcome"], event["reason"]) for event in made]


@every_fault
@pytest.mark.parametrize(
    ("role", "deed"),
    [
        (Role.SEC_ADMIN, Cell("POST", "/accounts", frozenset(), 201, ACCOUNT)),
        (Role.SYS_ADMIN, Cell("PUT", "/shops/nowhere", frozenset(), 204, {"name": "改名"})),
    ],
    ids=lambda value: value.value if isinstance(value, Role) else None,
)
async def test_a_log_that_seals_nothing_lets_nothing_be_done(
    staff: StaffWorld, hasty: StaffWorld, fault: Fault, role: Role, deed: Cell
) -> None:
    await staff.shops.create("nowhere", "原名")
    browser = await hasty.as_role(role)
    before = await standing(staff)
    async with fault(staff.log):
        await refused(browser, deed)
        assert await standing(staff) == before
    answer = await patient(staff, browser).call(deed.method, deed.path, deed.body)
    assert answer.status_code == deed.status
    assert await standing(staff) != before
    assert await said(staff) == [
        ("intent", "pending", ""),
        ("outcome", "failure", "audit_unavailable"),
        ("intent", "pending", ""),
        ("outcome", "success", ""),
    ]


async def standing(staff: StaffWorld) -> list[tuple[Any, ...]]:
    return await staff.log.rows("SELECT (SELECT count(*) FROM staff_account), (SELECT min(name) FROM shop)")


async def test_a_log_that_has_fallen_behind_lets_nothing_be_begun(
    staff: StaffWorld, hasty: StaffWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every route that only administrators may call; their intents are not even said, they would make it longer."""
    await staff.shops.create("nowhere", "原名")
    browsers = {role: await hasty.as_role(role) for role in sorted(ADMINISTRATORS)}
    await staff.log.kill()
    await staff.log.append(3)
    monkeypatch.setattr(appending, "MOST_BEHIND", 2)
    asked = [(role, cell) for cell in DEEDS for role in sorted(cell.allowed)]
    for role, cell in asked:
        await refused(browsers[role], cell)
    assert await said(staff) == [("outcome", "failure", "audit_unavailable")] * len(asked)
    assert {role for role, _ in asked} == ADMINISTRATORS
    monkeypatch.undo()
    staff.log.revive()
    assert (await patient(staff, browsers[Role.SEC_ADMIN]).post("/accounts", ACCOUNT)).status_code == 201
