"""The staff API from outside: set-up, log-in, cookie, CSRF, networks, what is told and what is not."""

import json
from typing import Any

import httpx
import psycopg
import pytest

from appliance.channels.staff.bodies import Credentials
from appliance.config import AccessSettings
from appliance.db import Database
from appliance.identity.staff_access import networks
from appliance.web.access import COOKIE
from appliance.web.origin import Origins
from security.access import totp
from security.access.model import Origin
from security.access.permissions import Role
from tests.appliance.channels.staff.shared_web import reached
from tests.appliance.channels.staff.test_who_may_call_what import OPEN, ROUTES
from tests.appliance.channels.staff.world import StaffWorld
from tests.security.access.authenticator import Authenticator
from tests.security.access.world import PASSWORD, SITE, seed_of

NEW = "Another-horse-8"


@pytest.mark.control("M-10", "M-13")
async def test_an_account_is_proposed_set_up_and_used(staff: StaffWorld) -> None:
    sec = await staff.as_role(Role.SEC_ADMIN)
    made = await sec.post("/accounts", {"login": "agent.zhou", "name": "周", "roles": ["agent"], "shops": ["demo"]})
    assert made.status_code == 201
    token = made.json()["set_up"]["token"]

    new = staff.browser()
    enrolled = (await new.post("/setup", {"token": token})).json()
    seed = seed_of(enrolled["uri"])
    now = totp.step_at(staff.world.clock.now())
    body = {"token": token, "password": NEW, "code": totp.code(seed, now)}
    assert (await new.post("/setup/finish", {**body, "code": "000000"})).status_code == 422
    assert (await new.post("/setup/finish", body)).status_code == 204
    assert (await new.post("/setup/finish", body)).status_code == 401

    ticket = (await new.post("/login", {"login": "Agent.Zhou", "password": NEW})).json()["ticket"]
    me = (await new.post("/login/second", {"ticket": ticket, "code": totp.code(seed, now + 1)})).json()
    assert (me["account"]["login"], me["account"]["roles"], me["account"]["shops"]) == (
        "agent.zhou",
        ["agent"],
        ["demo"],
    )
    assert "conversation:reply" in me["permissions"]


@pytest.mark.control("M-12")
async def test_the_cookie_is_for_this_host_by_tls_and_not_for_scripts(staff: StaffWorld) -> None:
    browser = staff.browser()
    person = staff.people["sec.sun"]
    staff.world.clock.move(seconds=60)
    ticket = (await browser.post("/login", {"login": person.login, "password": PASSWORD})).json()["ticket"]
    answer = await browser.post("/login/second", {"ticket": ticket, "code": person.code()})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"path=/", "secure", "httponly", "samesite=strict"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert answer.headers["cache-control"] == "no-store"
    assert browser.http.cookies[COOKIE] not in answer.text


@pytest.mark.control("M-12")
@pytest.mark.parametrize("csrf", ["", "wrong", "\x7f"])
async def test_a_change_without_the_pages_token_is_refused(staff: StaffWorld, csrf: str) -> None:
    browser = await staff.as_role(Role.SEC_ADMIN)
    browser.csrf = csrf
    answer = await browser.post("/logout")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert (await browser.get("/me")).status_code == 200


async def test_one_sessions_token_does_not_serve_another(staff: StaffWorld) -> None:
    one, other = await staff.as_role(Role.SEC_ADMIN), await staff.as_role(Role.SYS_ADMIN)
    one.csrf = other.csrf
    assert (await one.post("/logout")).status_code == 403


@pytest.mark.control("M-11")
async def test_logging_out_ends_it_everywhere(staff: StaffWorld) -> None:
    browser = await staff.as_role(Role.AGENT)
    copied = staff.browser()
    copied.http.cookies.set(COOKIE, browser.http.cookies[COOKIE])
    assert (await copied.get("/me")).status_code == 200
    answer = await browser.post("/logout")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await copied.get("/me")).status_code == 401
    assert (await copied.get("/me")).json()["code"] == "session_refused"


@pytest.mark.control("M-28")
async def test_a_session_moved_in_the_table_opens_nothing_and_that_is_recorded(
    staff: StaffWorld, owner_url: str
) -> None:
    browser = await staff.as_role(Role.AGENT)
    admin = {"admin": staff.people["sec.sun"].staff_id, "agent": _principal(browser).staff_id}
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as conn:
        await conn.execute("UPDATE staff_session SET staff_id = %(admin)s WHERE staff_id = %(agent)s", admin)
    refused = await browser.get("/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "session_tampered")
    [denied] = [event for event in await staff.world.records() if event["outcome"] == "denied"]
    assert (denied["action"], denied["reason"]) == ("access.deny", "session_tampered")


async def test_sessions_are_listed_and_ended_one_by_one(staff: StaffWorld) -> None:
    person = staff.people["sec.sun"]
    mine, other = await staff.of(person), await staff.of(person)
    listed = (await mine.get("/sessions")).json()
    assert [each["is_this"] for each in listed] == [True, False]
    assert (await mine.call("DELETE", f"/sessions/{listed[1]['session_id']}")).status_code == 204
    assert (await other.get("/me")).status_code == 401
    assert (await mine.get("/me")).status_code == 200


@pytest.mark.control("M-10")
async def test_an_expired_password_is_told_and_can_be_changed(staff: StaffWorld) -> None:
    staff.world.clock.move(days=91)
    browser = await staff.as_role(Role.SYS_ADMIN)
    assert (await browser.get("/me")).json()["has_expired_password"] is True
    assert (await browser.get("/passkeys")).json()["code"] == "password_expired"
    weak = await browser.post("/password", {"current": PASSWORD, "new": "Password1234!"})
    assert (weak.status_code, weak.json()["code"]) == (422, "password_unfit")
    assert (await browser.post("/password", {"current": PASSWORD, "new": PASSWORD})).status_code == 422
    assert (await browser.post("/password", {"current": PASSWORD, "new": NEW})).status_code == 204
    assert (await browser.get("/passkeys")).status_code == 200


@pytest.mark.control("M-13")
async def test_another_app_and_a_passkey_are_taken_on(staff: StaffWorld) -> None:
    browser = await staff.as_role(Role.AUDIT_ADMIN)
    begun = (await browser.post("/totp", {"password": PASSWORD})).json()
    code = totp.code(seed_of(begun["uri"]), totp.step_at(staff.world.clock.now()))
    assert (await browser.post("/totp/finish", {"token": begun["token"], "code": code})).status_code == 204

    key = Authenticator(SITE)
    options = (await browser.post("/passkeys/options", {"password": PASSWORD})).json()
    answer = key.create(json.dumps(options["options"]))
    added = await browser.post("/passkeys", {"token": options["token"], "passkey": answer})
    assert added.status_code == 201
    assert [each["passkey_id"] for each in (await browser.get("/passkeys")).json()] == [added.json()["passkey_id"]]

    again = staff.browser()
    ticket = (await again.post("/login", {"login": "audit.qian", "password": PASSWORD})).json()
    signed = key.get(json.dumps(ticket["passkey"]))
    both = {"ticket": ticket["ticket"], "passkey": signed, "code": "000000"}
    assert (await again.post("/login/second", both)).status_code == 422
    assert (await again.post("/login/second", {"ticket": ticket["ticket"], "passkey": signed})).status_code == 200
    passkey_id = added.json()["passkey_id"]
    assert (await browser.call("DELETE", f"/passkeys/{passkey_id}")).status_code == 204


@pytest.mark.control("K5", "M-15", "M-18")
async def test_two_administrators_in_one_person_conflict_and_it_is_recorded(staff: StaffWorld) -> None:
    sec = await staff.as_role(Role.SEC_ADMIN)
    body = {"login": "mighty.wang", "name": "王", "roles": ["sys_admin", "audit_admin"]}
    answer = await sec.post("/accounts", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "roles_exclude_each_other")
    agent = await staff.world.appoint(_principal(sec), "agent.zhou", Role.AGENT)
    rights = await sec.post(f"/accounts/{agent.staff_id}/rights", {"roles": ["agent", "sec_admin"]})
    assert rights.status_code == 409
    refused = [event for event in await staff.world.records() if event["outcome"] == "denied"]
    assert [(event["action"], event["reason"]) for event in refused] == [
        ("change.propose", "roles_exclude_each_other")
    ] * 2


@pytest.mark.control("M-15")
async def test_once_live_a_second_one_agrees(staff: StaffWorld) -> None:
    sec, other = await staff.as_role(Role.SEC_ADMIN), await staff.of(staff.people["sec.li"])
    assert (await sec.post("/go-live")).status_code == 204
    assert (await sec.post("/go-live")).status_code == 409
    made = (await sec.post("/accounts", {"login": "agent.zhou", "name": "周", "roles": ["agent"]})).json()
    assert (made["state"], made["set_up"]) == ("proposed", None)
    assert (await sec.post(f"/changes/{made['change_id']}/approve")).status_code == 409
    agreed = (await other.post(f"/changes/{made['change_id']}/approve")).json()
    assert agreed["state"] == "applied"
    assert agreed["set_up"]["token"]
    [listed] = (await sec.get("/changes")).json()
    assert (listed["state"], listed["decided_by"]) == ("applied", str(_principal(other).staff_id))


@pytest.mark.control("M-15")
async def test_what_one_did_alone_is_confirmed_by_another_before_it_goes_live(staff: StaffWorld) -> None:
    sec, audit = await staff.as_role(Role.SEC_ADMIN), await staff.as_role(Role.AUDIT_ADMIN)
    made = (await sec.post("/accounts", {"login": "agent.zhou", "name": "周", "roles": ["agent"]})).json()
    refused = await sec.post("/go-live")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_confirmed")
    assert made["change_id"] in refused.json()["detail"]
    assert (await sec.get("/phase")).json()["live_at"] is None

    [listed] = (await audit.get("/changes")).json()
    assert (listed["change_id"], listed["is_unconfirmed"], listed["confirmed_by"]) == (made["change_id"], True, None)
    assert (await sec.post(f"/changes/{made['change_id']}/confirm")).status_code == 409
    assert (await audit.post(f"/changes/{made['change_id']}/confirm")).status_code == 204
    assert (await audit.post(f"/changes/{made['change_id']}/confirm")).status_code == 409
    [listed] = (await sec.get("/changes")).json()
    assert (listed["is_unconfirmed"], listed["confirmed_by"]) == (False, str(_principal(audit).staff_id))
    assert (await sec.post("/go-live")).status_code == 204
    confirmed = [event for event in await staff.world.records() if event["action"] == "change.confirm"]
    assert [event["outcome"] for event in confirmed] == [
        "pending", "denied", "pending", "success", "pending", "denied",
    ]  # fmt: skip


@pytest.mark.control("M-23")
async def test_staff_come_from_their_networks_only(staff: StaffWorld, db: Database) -> None:
    inside = StaffWorld(staff.world, db, staff.log, networks=("10.1.0.0/16",), people=staff.people)
    person = staff.people["sec.sun"]
    body = {"login": person.login, "password": PASSWORD}
    for forwarded, status in [
        ("10.1.2.3", 200),
        ("10.2.0.1", 403),
        ("10.1.2.3, 10.2.0.1", 403),
        ("10.2.0.1, 10.1.2.3", 200),
        ("nonsense", 403),
        ("", 403),
    ]:
        browser = inside.browser(**{"X-Forwarded-For": forwarded})
        assert (await browser.post("/login", body)).status_code == status, forwarded


@pytest.mark.control("M-23", "M-19")
async def test_every_route_of_theirs_is_closed_to_other_networks_and_it_is_recorded(
    staff: StaffWorld, db: Database
) -> None:
    inside = StaffWorld(staff.world, db, staff.log, networks=("10.1.0.0/16",), people=staff.people)
    known = await staff.as_role(Role.SEC_ADMIN)
    for cell in ROUTES + OPEN:
        browser = inside.browser(**{"X-Forwarded-For": "10.2.0.1"})
        browser.http.cookies, browser.csrf = known.http.cookies, known.csrf
        before = len(await staff.world.records())
        answer = await browser.call(cell.method, cell.path, cell.body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), cell
        [denied] = (await staff.world.records())[before:]
        assert (denied["action"], denied["reason"], denied["src"]["ip"]) == ("access.deny", "network", "10.2.0.1")


@pytest.mark.control("M-23")
@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("10.9.8.7", True),
        ("172.16.0.1", True),
        ("172.32.0.1", False),
        ("192.168.3.4", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("fd00::5", True),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
        ("", False),
        ("::ffff:8.8.8.8", False),
        ("::ffff:10.9.8.7", True),
    ],
)
def test_as_it_ships_staff_come_from_the_intranet(address: str, may: bool) -> None:
    origins = Origins((), networks(AccessSettings().networks, "networks"))
    assert origins.may_be_staff(Origin(ip=address)) is may


@pytest.mark.control("M-19", "M-23")
async def test_who_is_no_trusted_proxy_cannot_say_where_it_comes_from(staff: StaffWorld) -> None:
    app: Any = reached(staff.web, staff.parts)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("10.6.6.6", 1))
    async with httpx.AsyncClient(transport=transport, base_url="https://appliance") as http:
        await http.post(
            "/api/staff/v1/login", json={"login": "x", "password": "y"}, headers={"X-Forwarded-For": "10.1.2.3"}
        )
    assert (await staff.world.records())[-1]["src"]["ip"] == "10.6.6.6"


@pytest.mark.control("M-11")
async def test_an_address_that_keeps_failing_is_told_to_wait(staff: StaffWorld) -> None:
    browser = staff.browser(**{"X-Forwarded-For": "10.6.6.6"})
    answers = [await browser.post("/login", {"login": f"name.{n}", "password": "x"}) for n in range(31)]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429]
    assert answers[-1].headers["retry-after"] == "900"


@pytest.mark.control("M-12")
async def test_passwords_and_tokens_are_in_no_answer_and_no_repr(staff: StaffWorld) -> None:
    browser = staff.browser()
    for body in ({"login": "sec.sun", "password": "Canary-pass-9"}, {"login": 5, "password": "Canary-pass-9"}):
        assert "Canary" not in (await browser.post("/login", body)).text
    assert "Canary" not in repr(Credentials(login="canary", password="Canary-pass-9"))


def _principal(browser: Any) -> Any:
    assert browser.principal is not None
    return browser.principal
