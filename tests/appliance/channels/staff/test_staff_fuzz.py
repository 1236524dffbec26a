"""Whatever comes in, the answer is never a failure of ours, and always a problem that says why."""

from urllib.parse import quote

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.channels.staff.http import BASE
from security.access.permissions import Role
from tests.appliance.channels.staff.test_who_may_call_what import OPEN, ROUTES, Cell
from tests.appliance.channels.staff.world import Browser, StaffWorld

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "login": st.sampled_from(["agent.zhou", "sec.sun", "root"]) | JSON,
        "password": st.text(max_size=80) | JSON,
        "current": st.text(max_size=80) | JSON,
        "new": st.text(max_size=80) | JSON,
        "ticket": st.text(max_size=64) | JSON,
        "token": st.text(max_size=64) | JSON,
        "code": st.from_regex(r"[0-9]{6}", fullmatch=True) | JSON,
        "passkey": st.dictionaries(st.sampled_from(["id", "rawId", "type", "response"]), JSON) | JSON,
        "name": st.text(max_size=64) | JSON,
        "roles": st.lists(st.sampled_from(list(Role)), max_size=3) | JSON,
        "shops": st.lists(st.text(max_size=50), max_size=3) | JSON,
        "clearance": st.fixed_dictionaries({"level": st.sampled_from(["public", "core"])}) | JSON,
        "purpose": st.sampled_from(["disable", "set_up", "passkey"]) | JSON,
    },
)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
STAYS = [cell for cell in OPEN + ROUTES if cell.path != "/logout"]
quick = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
async def browser(staff: StaffWorld) -> Browser:
    return await staff.as_role(Role.SEC_ADMIN)


def is_ours_to_answer(answer: httpx.Response) -> bool:
    if answer.status_code < 400:
        return True
    problem = answer.json()
    return (
        answer.status_code < 500
        and answer.headers["content-type"] == "application/problem+json"
        and problem["status"] == answer.status_code
        and bool(problem["code"] and problem["detail"] and problem["request_id"])
    )


@pytest.mark.control("M-24")
@quick
@given(
    cell=st.sampled_from(STAYS),
    body=NEARLY.map(msgspec.json.encode) | JSON.map(msgspec.json.encode) | st.binary(max_size=200),
    kind=st.sampled_from(["application/json"] * 4 + ["text/plain"]) | HEADER,
)
async def test_no_body_breaks_a_route(browser: Browser, cell: Cell, body: bytes, kind: str) -> None:
    headers = [(b"x-csrf-token", browser.csrf.encode()), (b"content-type", kind.encode("latin-1"))]
    answer = await browser.http.request(cell.method, BASE + cell.path, content=body, headers=headers)
    assert is_ours_to_answer(answer), answer.text


@pytest.mark.control("M-24")
@quick
@given(
    path=TEXT,
    cookie=HEADER,
    csrf=HEADER,
    agent=HEADER,
    forwarded=HEADER,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
)
async def test_no_path_cookie_or_header_breaks_a_route(
    staff: StaffWorld, path: str, cookie: str, csrf: str, agent: str, forwarded: str, method: str
) -> None:
    headers = [
        (name, value.encode("latin-1"))
        for name, value in [
            (b"cookie", "__Host-appliance-staff=" + cookie),
            (b"x-csrf-token", csrf),
            (b"user-agent", agent),
            (b"x-forwarded-for", forwarded),
        ]
    ]
    http = staff.browser().http
    for place in ("/", "/accounts/", "/login", "/me", "/go-live"):
        suffix = quote(path) if place.endswith("/") else ""
        assert is_ours_to_answer(await http.request(method, BASE + place + suffix, headers=headers))


@quick
@given(body=NEARLY)
@pytest.mark.control("M-24")
async def test_no_log_in_breaks(staff: StaffWorld, body: dict[str, object]) -> None:
    """And however it is refused, what was tried stands in no record."""
    whole = {"login": "canary.name", "password": "Canary-pass-9", **body}
    fields = {name: whole[name] for name in ("login", "password")}
    assert is_ours_to_answer(await staff.browser().post("/login", fields))
    assert "anary" not in str((await staff.world.records())[-1:])
