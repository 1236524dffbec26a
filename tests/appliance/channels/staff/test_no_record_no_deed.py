"""Where the audit log takes no record, administrators do nothing: 503, and nothing changed. Once it does, they may."""

import pytest

from security.access.permissions import Role
from security.access.records import AHEAD
from security.audit import append as appending
from tests.appliance.channels.staff.test_who_may_call_what import NOBODY
from tests.appliance.channels.staff.world import Browser, StaffWorld
from tests.security.audit.faults import Fault, every_fault

pytestmark = pytest.mark.control("A5", "M-21")

ACCOUNT = {"login": "agent.zhou", "name": "周", "roles": ["agent"]}
ADMIN = [
    ("/accounts", ACCOUNT),
    (f"/accounts/{NOBODY}/rights", {"roles": ["agent"]}),
    (f"/accounts/{NOBODY}/disable", None),
    (f"/accounts/{NOBODY}/reset", None),
    (f"/accounts/{NOBODY}/sessions/end", None),
    (f"/accounts/{NOBODY}/approvals", {"purpose": "disable"}),
    (f"/changes/{NOBODY}/approve", None),
    (f"/changes/{NOBODY}/refuse", None),
    (f"/changes/{NOBODY}/confirm", None),
    ("/go-live", None),
]


@pytest.fixture
async def sec(staff: StaffWorld) -> Browser:
    """A security administrator, served by a process that gives up soon."""
    return await StaffWorld(staff.world, staff.db, staff.log, people=staff.people, seal_s=0.2).as_role(Role.SEC_ADMIN)


def patient(staff: StaffWorld, browser: Browser) -> Browser:
    """The same session, served by a process that does not give up."""
    again = staff.browser()
    again.http.cookies, again.csrf = browser.http.cookies, browser.csrf
    return again


async def refused(browser: Browser, path: str, body: object) -> None:
    answer = await browser.post(path, body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["retryable"]) == (503, "audit_unavailable", True)
    assert answer.headers["retry-after"]


@every_fault
async def test_a_log_that_seals_nothing_lets_nothing_be_done(staff: StaffWorld, sec: Browser, fault: Fault) -> None:
    before = await staff.log.rows("SELECT count(*) FROM staff_account")
    async with fault(staff.log):
        await refused(sec, "/accounts", ACCOUNT)
        assert await staff.log.rows("SELECT count(*) FROM staff_account") == before
    assert (await patient(staff, sec).post("/accounts", ACCOUNT)).status_code == 201
    told = [(e["kind"], e["outcome"], e["reason"]) for e in await staff.world.records() if e["action"] in AHEAD]
    assert told == [
        ("intent", "pending", ""),
        ("outcome", "failure", "audit_unavailable"),
        ("intent", "pending", ""),
        ("outcome", "success", ""),
    ]


async def test_a_log_that_has_fallen_behind_lets_nothing_be_begun(
    staff: StaffWorld, sec: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every route that only administrators may call; their intents are not even said, they would make it longer."""
    await staff.log.kill()
    await staff.log.append(3)
    monkeypatch.setattr(appending, "MOST_BEHIND", 2)
    for path, body in ADMIN:
        await refused(sec, path, body)
    made = [event for event in await staff.world.records() if event["action"] in AHEAD]
    assert {(event["kind"], event["outcome"]) for event in made} == {("outcome", "failure")}
    assert len(made) == len(ADMIN)
    monkeypatch.undo()
    staff.log.revive()
    assert (await patient(staff, sec).post("/accounts", ACCOUNT)).status_code == 201
