"""Role × route: every cell. And every route of the whole application says who may call it."""

from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from litestar import Litestar, Router, get
from litestar.routes import HTTPRoute, WebSocketRoute

from appliance.app.core import Core
from appliance.app.web import web_parts
from appliance.channels.staff.http import BASE, staff_router
from appliance.config import DatabaseSettings, Profile, Settings
from appliance.db import Database
from appliance.web.access import OPTION, Declaration, Proven, Public, StaffOnly
from appliance.web.app import WebParts, create_web
from security.access.permissions import Role
from security.access.records import AHEAD
from tests.appliance.channels.staff.world import Browser, StaffWorld

NOBODY = str(uuid4())
EVERYBODY = frozenset(Role)
SEC = frozenset({Role.SEC_ADMIN})
READERS = frozenset({Role.SEC_ADMIN, Role.AUDIT_ADMIN})
TALKERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.APPROVER})
REVEALERS = frozenset({Role.AGENT, Role.SUPERVISOR})
LISTENERS = frozenset({Role.SUPERVISOR, Role.APPROVER})
POLICY_READERS = TALKERS | {Role.OPERATIONS}
POLICIES = "/shops/nowhere/policies"
VERSION = "0" * 12
FIGURE = "csat"
UNKNOWN = {NOBODY, VERSION, FIGURE, "nowhere", "api_key"}
PERIOD = {"base": VERSION, "since": "2026-01-01T00:00:00+08:00"}
SYSTEM = frozenset({Role.SYS_ADMIN})
APPROVERS = frozenset({Role.APPROVER})
SUPERVISORS = frozenset({Role.SUPERVISOR})
AUDITORS = frozenset({Role.AUDIT_ADMIN})
SYSTEM = frozenset({Role.SYS_ADMIN})
REPORTERS = frozenset({Role.SUPERVISOR, Role.APPROVER, Role.OPERATIONS})


EXAMINES = {"/installation/examinations", "/installation/models/language/check"}
"""POST, because each sets work going: it changes nothing and tells the log nothing."""


class Cell(NamedTuple):
    """What those who may are answered; all others get 403, and who is not logged in 401."""

    method: str
    path: str
    allowed: frozenset[Role]
    status: int
    body: Any = None


WRONG = {"password": "wrong"}
WANTED = {"placeholder": "⟨手机1⟩", "purpose": "call_back"}
PROPOSED = {
    "conversation_id": NOBODY,
    "order_id": "1",
    "flow": "refund_only",
    "lines": [{"line_id": "L1", "quantity": 1}],
    "special_reason": "goodwill",
    "words": "顾客多年未退货",
}
SEAT = {"shop": "nowhere", "badge": "1024", "groups": ["general"]}
SPOKEN = {"token": 1, "client_message_id": "a-1", "text": "您好"}
CLIENT = {"credential": "signature", "name": "erp", "scopes": ["events:write"]}
CANNED = {"shop": "nowhere", "title": "问候", "text": "您好"}
ORDERS = {"mapping": "demo", "base_url": "http://127.0.0.1:9", "credentials": {"api_key": "k"}}
ROUTES = [
    Cell("GET", "/me", EVERYBODY, 200),
    Cell("GET", "/sessions", EVERYBODY, 200),
    Cell("DELETE", f"/sessions/{NOBODY}", EVERYBODY, 404),
    Cell("POST", "/password", EVERYBODY, 403, {"current": "wrong", "new": "Another-horse-8"}),
    Cell("POST", "/totp", EVERYBODY, 403, WRONG),
    Cell("POST", "/totp/finish", EVERYBODY, 401, {"token": "t", "code": "000000"}),
    Cell("GET", "/passkeys", EVERYBODY, 200),
    Cell("POST", "/passkeys/options", EVERYBODY, 403, WRONG),
    Cell("POST", "/passkeys", EVERYBODY, 401, {"token": "t", "passkey": {}}),
    Cell("DELETE", f"/passkeys/{NOBODY}", EVERYBODY, 404),
    Cell("GET", "/accounts", READERS, 200),
    Cell("GET", f"/accounts/{NOBODY}", READERS, 404),
    Cell("POST", "/accounts", SEC, 201, {"login": "new.person", "name": "何", "roles": ["agent"]}),
    Cell("POST", f"/accounts/{NOBODY}/rights", SEC, 404, {"roles": ["agent"]}),
    Cell("POST", f"/accounts/{NOBODY}/disable", SEC, 404),
    Cell("POST", f"/accounts/{NOBODY}/reset", SEC, 404),
    Cell("POST", f"/accounts/{NOBODY}/sessions/end", SEC, 404),
    Cell("POST", f"/accounts/{NOBODY}/approvals", SEC, 404, {"purpose": "disable"}),
    Cell("GET", "/changes", READERS, 200),
    Cell("POST", f"/changes/{NOBODY}/approve", SEC, 404),
    Cell("POST", f"/changes/{NOBODY}/refuse", SEC, 404),
    Cell("POST", f"/changes/{NOBODY}/confirm", READERS, 404),
    Cell("GET", "/phase", READERS, 200),
    Cell("POST", "/go-live", SEC, 409),  # somebody was appointed by one alone above
    Cell("GET", f"/conversations/{NOBODY}/values", TALKERS, 404),
    Cell("POST", f"/conversations/{NOBODY}/values/reveal", REVEALERS, 404, WANTED),
    Cell("GET", f"/conversations/{NOBODY}/recordings", LISTENERS, 404),
    Cell("GET", f"/conversations/{NOBODY}/recordings/{NOBODY}/silences", LISTENERS, 404),
    Cell("POST", f"/conversations/{NOBODY}/recordings/{NOBODY}/audio", LISTENERS, 404, {"purpose": "dispute"}),
    Cell("GET", POLICIES, POLICY_READERS, 404),
    Cell("GET", f"{POLICIES}/{VERSION}", POLICY_READERS, 404),
    Cell("GET", f"{POLICIES}/{VERSION}/difference/{VERSION}", POLICY_READERS, 404),
    Cell("POST", POLICIES, frozenset({Role.OPERATIONS}), 404, {"files": {"pack.json": "{}"}}),
    Cell("POST", f"{POLICIES}/{VERSION}/publish", frozenset({Role.APPROVER}), 404),
    Cell("POST", f"{POLICIES}/{VERSION}/refuse", frozenset({Role.APPROVER}), 404),
    Cell("POST", f"{POLICIES}/{VERSION}/recall", frozenset({Role.APPROVER}), 404),
    Cell("POST", f"{POLICIES}/{VERSION}/try", POLICY_READERS, 404, PERIOD),
    Cell("POST", f"{POLICIES}/{VERSION}/try/cases", TALKERS, 404, PERIOD),
    Cell("GET", "/work-orders?shop=nowhere", TALKERS, 404),
    Cell("POST", "/work-orders", REVEALERS, 404, {"shop": "nowhere"}),
    Cell("GET", f"/work-orders/{NOBODY}", TALKERS, 404),
    Cell("GET", f"/work-orders/{NOBODY}/changes", TALKERS, 404),
    Cell("POST", f"/work-orders/{NOBODY}/deeds", REVEALERS, 428, {"deed": "close"}),
    Cell("GET", f"/work-orders/{NOBODY}/calls", TALKERS, 404),
    Cell("POST", f"/work-orders/{NOBODY}/no-calls", REVEALERS, 404),
    Cell("POST", f"/work-orders/{NOBODY}/no-calls/withdrawal", SUPERVISORS, 404, {"why": "customer_asked"}),
    Cell("GET", f"/work-orders/{NOBODY}/comments", TALKERS, 404),
    Cell("POST", f"/work-orders/{NOBODY}/comments", REVEALERS, 404, {"words": "看过了"}),
    Cell("POST", f"/work-orders/{NOBODY}/attachments", REVEALERS, 404, {"evidence_id": NOBODY}),
    Cell("GET", "/work-members?shop=nowhere", SUPERVISORS, 404),
    Cell("PUT", f"/work-members/{NOBODY}", SUPERVISORS, 404, {"shop": "nowhere", "team": "legal"}),
    Cell("POST", f"/conversations/{NOBODY}/rulings", TALKERS, 404, {"order_id": "1", "flow": "return_refund"}),
    Cell("GET", "/special-refunds?shop=nowhere", TALKERS, 404),
    Cell("POST", "/special-refunds", REVEALERS, 404, PROPOSED),
    Cell("GET", f"/special-refunds/allowance?conversation_id={NOBODY}&order_id=1", TALKERS, 404),
    Cell("GET", f"/special-refunds/{NOBODY}", TALKERS, 404),
    Cell("POST", f"/special-refunds/{NOBODY}/approve", APPROVERS, 404, {"quote_hash": "0" * 64}),
    Cell("POST", f"/special-refunds/{NOBODY}/reject", APPROVERS, 404),
    Cell("POST", f"/special-refunds/{NOBODY}/withdraw", REVEALERS, 404),
    Cell("POST", "/reconciliations", SUPERVISORS, 404, {"shop": "nowhere"}),
    Cell("GET", f"/operations/{NOBODY}", TALKERS, 404),
    Cell("POST", f"/operations/{NOBODY}/retry", REVEALERS, 428),
    Cell("POST", f"/operations/{NOBODY}/send-again", SUPERVISORS, 428),
    Cell("POST", f"/operations/{NOBODY}/done", REVEALERS, 428, {"case_id": "AS1"}),
    Cell("POST", f"/operations/{NOBODY}/not-done", REVEALERS, 428, {"reason": "not_wanted"}),
    Cell("GET", "/webhook-deliveries?shop=nowhere", SYSTEM, 404),
    Cell("GET", f"/webhook-deliveries/{NOBODY}", SYSTEM, 404),
    Cell("POST", f"/webhook-deliveries/{NOBODY}/replay", SYSTEM, 404),
    Cell("POST", "/webhook-deliveries/replay", SYSTEM, 404, {"shop": "nowhere"}),
    Cell("GET", "/desk/board?shop=nowhere", TALKERS, 404),
    Cell("GET", "/desk/service-level?shop=nowhere", SUPERVISORS, 404),
    Cell("GET", "/desk/mine?shop=nowhere", REVEALERS, 404),
    Cell("PUT", "/desk/presence", REVEALERS, 404, {"shop": "nowhere", "presence": "online"}),
    Cell("PUT", f"/desk/seats/{NOBODY}", SUPERVISORS, 404, SEAT),
    Cell("DELETE", f"/desk/seats/{NOBODY}?shop=nowhere", SUPERVISORS, 404),
    Cell("GET", "/desk/colleagues?shop=nowhere", TALKERS, 404),
    Cell("GET", "/desk/conversations?shop=nowhere", TALKERS, 404),
    Cell("GET", f"/desk/conversations/{NOBODY}", TALKERS, 404),
    Cell("GET", f"/desk/conversations/{NOBODY}/orders", TALKERS, 404),
    Cell("GET", f"/desk/conversations/{NOBODY}/cases", TALKERS, 404),
    Cell("GET", f"/desk/conversations/{NOBODY}/events", TALKERS, 404),
    Cell("GET", f"/desk/conversations/{NOBODY}/evidence/{NOBODY}", TALKERS, 404),
    Cell("POST", f"/desk/conversations/{NOBODY}/take", REVEALERS, 404),
    Cell("POST", f"/desk/conversations/{NOBODY}/transfer", REVEALERS, 404, {"token": 1, "group": "general"}),
    Cell("POST", f"/desk/conversations/{NOBODY}/hand-back", REVEALERS, 404, {"token": 1}),
    Cell("POST", f"/desk/conversations/{NOBODY}/close", REVEALERS, 404, {"token": 1, "reason": "solved"}),
    Cell("POST", f"/desk/conversations/{NOBODY}/messages", REVEALERS, 404, SPOKEN),
    Cell("POST", f"/desk/conversations/{NOBODY}/notes", REVEALERS, 404, {"text": "看过了"}),
    Cell("POST", f"/desk/conversations/{NOBODY}/marks", REVEALERS, 404, {"said_seq": 2, "why": "wrong_fact"}),
    Cell("GET", "/desk/replies?shop=nowhere", REVEALERS, 404),
    Cell("POST", "/desk/replies", SUPERVISORS, 404, CANNED),
    Cell("PUT", f"/desk/replies/{NOBODY}", SUPERVISORS, 404, CANNED),
    Cell("DELETE", f"/desk/replies/{NOBODY}?shop=nowhere", SUPERVISORS, 404),
    Cell("GET", "/audit/records", AUDITORS, 200),
    Cell("GET", f"/audit/records/{NOBODY}", AUDITORS, 404),
    Cell("GET", f"/audit/records/{NOBODY}/proof", AUDITORS, 404),
    Cell("GET", "/roles", READERS, 200),
    Cell("GET", "/accounts/sessions", SEC, 200),
    Cell("DELETE", f"/accounts/{NOBODY}/sessions/{NOBODY}", SEC, 404),
    Cell("GET", "/keys", SEC, 200),
    Cell("GET", "/clients", SYSTEM, 200),
    Cell("POST", "/shops/nowhere/clients", SYSTEM, 404, CLIENT),
    Cell("DELETE", f"/shops/nowhere/clients/api_key/{NOBODY}", SYSTEM, 404),
    Cell("GET", "/client-proposals", READERS, 200),
    Cell("POST", f"/client-proposals/nowhere/{NOBODY}/approve", SEC, 404),
    Cell("POST", f"/client-proposals/nowhere/{NOBODY}/refuse", SEC, 404),
    Cell("GET", "/audit/disclosures", AUDITORS, 200),
    Cell("GET", "/audit/findings", AUDITORS, 200),
    Cell("GET", "/audit/checkpoints", AUDITORS, 200),
    Cell("GET", "/audit/head", AUDITORS, 200),
    Cell("GET", "/audit/verifications", AUDITORS, 200),
    Cell("POST", "/audit/verifications", AUDITORS, 200),
    Cell("GET", "/reports/figures", REPORTERS, 200),
    Cell("GET", "/reports?shop=nowhere", REPORTERS, 404),
    Cell("GET", f"/reports/figures/{FIGURE}/sql?shop=nowhere", REPORTERS, 404),
    Cell("GET", "/installation/health", SYSTEM, 200),
    Cell("GET", "/installation/rungs", EVERYBODY, 200),
    Cell("POST", "/installation/examinations", SYSTEM, 200),
    Cell("GET", "/installation/models", SYSTEM, 200),
    Cell("POST", "/installation/models/language/check", SYSTEM, 409),
    Cell("GET", "/installation/connectors", SYSTEM, 200),
    Cell("POST", "/installation/connectors/nowhere/check", SYSTEM, 404),
    Cell("GET", "/installation/channels", SYSTEM, 200),
    Cell("GET", "/installation/settings", SYSTEM, 200),
    Cell("GET", "/installation/logs", SYSTEM, 200),
    Cell("GET", "/installation/logs/nowhere/lines", SYSTEM, 404),
    Cell("GET", "/installation/logs/nowhere/new?after=0", SYSTEM, 404),
    Cell("GET", "/installation/about", SYSTEM, 200),
    Cell("GET", "/installation/about/bill-of-materials", SYSTEM, 200),
    Cell("GET", "/shops", EVERYBODY, 200),
    Cell("POST", "/shops", SYSTEM, 201, {"shop_id": "somewhere", "name": "示范店"}),
    Cell("GET", "/shops/nowhere", SYSTEM, 404),
    Cell("PUT", "/shops/nowhere", SYSTEM, 404, {"name": "示范店"}),
    Cell("GET", "/shops/nowhere/standing", SYSTEM, 404),
    Cell("PUT", "/shops/nowhere/persona", SYSTEM, 404, {"bot_name": "小鹿"}),
    Cell("PUT", "/shops/nowhere/widget", SYSTEM, 404, {"accent": "#1f5fbf"}),
    Cell("PUT", "/shops/nowhere/order-system", SYSTEM, 404, ORDERS),
    Cell("POST", "/shops/nowhere/order-system/check", SYSTEM, 404, ORDERS),
    Cell("PUT", "/shops/nowhere/hours/nowhere", SYSTEM, 404, {"hours": None}),
    Cell("POST", "/shops/nowhere/agents", SYSTEM, 404, {"login": "li.si", "name": "李四"}),
    Cell("GET", "/order-system-mappings", SYSTEM, 200),
    Cell("POST", "/logout", EVERYBODY, 204),
]
OPEN = [
    Cell("POST", "/login", EVERYBODY, 401, {"login": "nobody", "password": "wrong"}),
    Cell("POST", "/login/second", EVERYBODY, 401, {"ticket": "t", "code": "000000"}),
    Cell("POST", "/setup", EVERYBODY, 401, {"token": "t"}),
    Cell("POST", "/setup/finish", EVERYBODY, 401, {"token": "t", "password": "x", "code": "000000"}),
]


async def call(browser: Browser, cell: Cell) -> int:
    return (await browser.call(cell.method, cell.path, cell.body)).status_code


@pytest.mark.control("M-15", "M-16")
@pytest.mark.parametrize("role", Role)
async def test_a_role_may_call_what_the_table_says_and_nothing_else(staff: StaffWorld, role: Role) -> None:
    browser = await staff.as_role(role)
    expected = {cell[:2]: cell.status if role in cell.allowed else 403 for cell in ROUTES + OPEN}
    # those who are allowed and refused for a wrong password are told so; a missing permission says another code
    assert {cell[:2]: await call(browser, cell) for cell in OPEN + ROUTES} == expected


@pytest.mark.control("M-16", "M-18")
@pytest.mark.parametrize("role", Role)
async def test_each_denial_is_recorded_once(staff: StaffWorld, role: Role) -> None:
    browser = await staff.as_role(role)
    denied = [cell for cell in ROUTES if role not in cell.allowed]
    before = len(await staff.world.records())
    answers = [(await browser.call(cell.method, cell.path, cell.body)).json()["code"] for cell in denied]
    recorded = (await staff.world.records())[before:]
    assert answers == ["not_allowed"] * len(denied)
    assert [event["action"] for event in recorded] == ["access.deny"] * len(denied)


@pytest.mark.control("M-16", "P-15")
async def test_who_is_not_logged_in_may_call_nothing_that_is_not_open(staff: StaffWorld) -> None:
    browser = staff.browser()
    assert {await call(browser, cell) for cell in ROUTES} == {401}
    assert {await call(browser, cell) for cell in OPEN} == {401}


@pytest.mark.control("M-18", "M-19")
@pytest.mark.parametrize("role", [Role.SEC_ADMIN, Role.SYS_ADMIN])
async def test_every_change_leaves_one_record_of_success_or_failure(staff: StaffWorld, role: Role) -> None:
    """And what administrators do is said before it is done, with the same request."""
    browser = await staff.as_role(role)
    for cell in OPEN + ROUTES:
        before = len(await staff.world.records())
        await call(browser, cell)
        made = (await staff.world.records())[before:]
        told = [event["outcome"] for event in made if event["kind"] != "intent"]
        is_denied = role not in cell.allowed
        assert len(told) == (is_denied or (cell.method != "GET" and cell.path not in EXAMINES)), (cell, made)
        is_ahead = told != [] and made[-1]["action"] in AHEAD
        assert [event["kind"] for event in made] == (["intent", "outcome"] if is_ahead else ["event"] * len(told))
        assert len({event["req"] for event in made}) == len(told)


@pytest.mark.control("M-16")
def test_the_table_has_every_route_of_the_staff_api(staff: StaffWorld) -> None:
    declared = {(method, route.path) for method, route in _routes(staff.web) if route.path.startswith(BASE)}
    in_table = {(cell.method, _pattern(staff.web, BASE + cell.path.partition("?")[0])) for cell in ROUTES + OPEN}
    assert declared == in_table


@pytest.mark.control("M-16", "P-15")
async def test_every_route_of_the_whole_application_says_who_may_call_it(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    for profile in (Profile.PRODUCTION, Profile.EVALUATION):
        settings = Settings(profile=profile, state_dir=str(tmp_path), database=DatabaseSettings(url=database_url))
        app = create_web(web_parts(Core(settings, db)))
        assert undeclared(app) == []
        kinds = {type(_declaration(handler)) for _, handler in _handlers(app)}
        assert kinds == {Public, Proven, StaffOnly}


@pytest.mark.control("M-16")
def test_a_route_that_says_nothing_is_found_and_refused() -> None:
    @get("/")
    async def forgotten() -> None: ...

    app = create_web(WebParts(routers=[Router("/api/forgotten", route_handlers=[forgotten])]))
    assert undeclared(app) == ["/api/forgotten"]


@pytest.mark.control("M-16", "P-15")
async def test_what_says_nothing_answers_nobody(staff: StaffWorld) -> None:
    @get("/")
    async def forgotten() -> str:
        return "secret"

    staff.web = create_web(WebParts(routers=[Router("/api/forgotten", route_handlers=[forgotten])]))
    answer = await staff.browser().http.get("/api/forgotten")
    assert (answer.status_code, "secret" in answer.text) == (403, False)
    assert (await staff.browser().http.options("/api/forgotten")).status_code == 204


@pytest.mark.control("M-16")
async def test_without_a_gate_staff_routes_are_closed(staff: StaffWorld) -> None:
    browser = await staff.as_role(Role.SEC_ADMIN)
    app: Any = create_web(WebParts(routers=[staff_router(staff.api)]))
    staff.web = app
    closed = staff.browser()
    closed.http.cookies = browser.http.cookies
    assert (await closed.get("/me")).status_code == 403


def undeclared(app: Litestar) -> list[str]:
    return sorted({path for path, handler in _handlers(app) if _declaration(handler) is None})


def _declaration(handler: Any) -> Declaration | None:
    found: Declaration | None = handler.opt.get(OPTION)
    return found


def _handlers(app: Litestar) -> list[tuple[str, Any]]:
    """But the framework's own answers to OPTIONS, which tell only which methods there are."""
    found: list[tuple[str, Any]] = []
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            found += [(route.path, each) for each in route.route_handlers if each.http_methods != {"OPTIONS"}]
        else:
            assert isinstance(route, WebSocketRoute), "a kind of route that nothing guards"
            found.append((route.path, route.route_handler))
    return found


def _routes(app: Litestar) -> list[tuple[str, HTTPRoute]]:
    return [
        (str(method), route)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    ]


def _pattern(app: Litestar, path: str) -> str:
    parts = path.split("/")
    [found] = {
        route.path
        for _, route in _routes(app)
        if len(route.path.split("/")) == len(parts)
        and all(
            a == b or (a.startswith("{") and b in UNKNOWN) for a, b in zip(route.path.split("/"), parts, strict=True)
        )
    }
    return found
