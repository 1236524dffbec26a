"""What every answer has in common: problems, headers, request ids, health, documentation."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Router, get, post
from litestar.params import FromQuery, JSONBody

from appliance.errors import ConfigurationError, Conflict, TooManyRequests, Unavailable
from appliance.web.access import public
from appliance.web.app import WebParts, create_web
from appliance.web.health import migrations_current
from appliance.web.request import Body
from security.errors import AuditUnavailable, CiphertextRefused, SubjectErased

FAILURES: dict[str, Exception] = {
    "conflict": Conflict("another change came first"),
    "busy": TooManyRequests("slow down", 7),
    "down": Unavailable("server db1.intranet at 10.0.0.5 refused"),
    "misconfigured": ConfigurationError("/etc/secret/place: bad"),
    "unsealed": AuditUnavailable("not in time"),
    "tampered": CiphertextRefused("no"),
    "erased": SubjectErased("no"),
    "bug": RuntimeError("张伟 13800138000"),
}


class Order(Body, frozen=True):
    amount_fen: int


@get("/fail")
async def fail(how: FromQuery[str]) -> None:
    raise FAILURES[how]


@post("/order")
async def order(data: JSONBody[Order]) -> Order:
    return data


def make(**parts: Any) -> Litestar:
    return create_web(
        WebParts(routers=[Router("/api/test", route_handlers=[fail, order], opt=public("a test"))], **parts)
    )


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make(), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://appliance") as client:
        yield client


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("conflict", 409, "conflict"),
        ("busy", 429, "too_many_requests"),
        ("down", 503, "unavailable"),
        ("misconfigured", 500, "configuration"),
        ("unsealed", 503, "audit_unavailable"),
        ("tampered", 500, "ciphertext_refused"),
        ("erased", 404, "not_found"),
        ("bug", 500, "internal"),
    ],
)
async def test_an_error_becomes_a_problem(http: httpx.AsyncClient, how: str, status: int, code: str) -> None:
    answer = await http.get("/api/test/fail", params={"how": how})
    problem = answer.json()

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:aftersales-appliance:problem:{code}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem.get("retryable", False) == (answer.headers.get("retry-after") is not None)
    for secret in ("10.0.0.5", "/etc", "13800138000", "Traceback"):
        assert secret not in answer.text


@pytest.mark.control("A9")
async def test_a_bug_is_logged_with_its_place_and_without_its_words(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    from appliance.web.log_format import JsonFormatter

    answer = await http.get("/api/test/fail", params={"how": "bug"})

    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    line = json.loads(JsonFormatter().format(record))
    assert (line["event"], line["error"]) == ("web.unexpected_error", "RuntimeError")
    assert line["request_id"] == answer.json()["request_id"]
    assert any("test_web_edge.py" in place for place in line["trace"])
    assert "13800138000" not in str(line)


@pytest.mark.control("A9", "P-03")
def test_personal_values_never_reach_a_log_line() -> None:
    from appliance.web.log_format import JsonFormatter

    record = logging.makeLogRecord(
        {"name": "x", "msg": "refund.decided", "levelno": 20, "levelname": "INFO", "pii": {"phone": "13800138000"}}
    )
    record.case = "c-1"
    foreign = logging.makeLogRecord({"name": "y", "msg": "got %s", "args": ("13800138000",), "levelname": "INFO"})

    ours, theirs = (json.loads(JsonFormatter().format(each)) for each in (record, foreign))

    assert (ours["event"], ours["case"]) == ("refund.decided", "c-1")
    assert theirs["event"] == "got %s"
    assert "13800138000" not in str(ours) + str(theirs)


@pytest.mark.control("M-24")
@pytest.mark.parametrize(
    ("body", "field"),
    [(b'{"amount_fen": "5"}', "amount_fen"), (b'{"amount_fen": 5.0}', "amount_fen"), (b"{}", ""), (b"", "")],
)
async def test_a_body_is_taken_strictly(http: httpx.AsyncClient, body: bytes, field: str) -> None:
    answer = await http.post("/api/test/order", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_an_utf8_charset_is_fine(http: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}

    assert (await http.post("/api/test/order", content=b'{"amount_fen":1}', headers=headers)).status_code == 201


async def test_unknown_paths_and_methods_are_problems_too(http: httpx.AsyncClient) -> None:
    missing = await http.get("/nothing")
    wrong = await http.delete("/api/test/order")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in wrong.headers["allow"]


@pytest.mark.control("M-12")
@pytest.mark.parametrize("path", ["/health/live", "/nothing", "/api/test/fail?how=bug", "/api/docs"])
async def test_every_answer_is_protected(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "'unsafe-inline'" not in headers["content-security-policy"].partition("style-src")[0]
    assert headers["referrer-policy"] == "no-referrer"
    assert len(headers["x-request-id"]) == 36


@pytest.mark.control("M-33")
async def test_api_answers_are_not_kept(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/test/fail?how=bug")).headers["cache-control"] == "no-store"


@pytest.mark.control("M-45")
async def test_health_tells_alive_from_ready() -> None:
    waiting = ["0004_create_identity_and_evidence"]
    asked = 0

    async def pending() -> list[str]:
        nonlocal asked
        asked += 1
        return waiting

    async def database() -> None:
        return None

    app = make(checks={"database": database, "migrations": migrations_current(pending)})
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://appliance") as http:
        before = await http.get("/health/ready")
        waiting.clear()
        after = [await http.get("/health/ready") for _ in range(3)]
        live = await http.get("/health/live")

    assert (before.status_code, before.json()) == (
        503,
        {"status": "not_ready", "checks": {"database": "ok", "migrations": "failed"}},
    )
    assert [answer.status_code for answer in after] == [200] * 3
    assert live.json() == {"status": "live"}
    assert asked == 2, "once current is enough"


@pytest.mark.control("P-18")
async def test_the_documentation_needs_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/api/docs")
    links = [part.split('"')[0] for attribute in ('href="', 'src="') for part in page.text.split(attribute)[1:]]

    assert page.headers["content-type"].startswith("text/html")
    assert len(links) == 4
    for link in links:
        assert link.startswith("/api/docs/assets/")
        assert (await http.get(link)).status_code == 200
    assert "<script>" not in page.text, "the policy forbids inline scripts"


async def test_the_schema_is_openapi_31_and_says_that_bodies_are_strict(http: httpx.AsyncClient) -> None:
    schema = (await http.get("/api/docs/openapi.json")).json()

    assert schema["openapi"].startswith("3.1")
    assert schema["components"]["schemas"]["Order"]["additionalProperties"] is False


async def test_the_page_is_given_what_it_can_read(http: httpx.AsyncClient) -> None:
    schema = (await http.get("/api/docs/openapi-3.0.json")).json()
    nodes: list[Any] = [schema]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            assert not isinstance(node.get("type"), list)
            assert "const" not in node
            assert {"type": "null"} not in node.get("oneOf", [])
            nodes += node.values()
        elif isinstance(node, list):
            nodes += node

    assert schema["openapi"] == "3.0.3"
    assert msgspec.json.encode(schema)
