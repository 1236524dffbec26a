"""Caller × route for the whole application: every cell. A route that is added without its row fails here.

What each role gets of the staff API stands in ``staff/test_who_may_call_what.py``; here it is what strangers get of it.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar.routes import HTTPRoute
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from appliance.channels.staff.http import BASE as STAFF
from appliance.identity.model import Scope
from security.access.permissions import Role
from tests.appliance.channels.staff.test_who_may_call_what import OPEN, ROUTES
from tests.appliance.channels.whole import SHOP, Whole

CHAT = "/api/chat/v1/conversations"
TALK = CHAT + "/{conversation_id:uuid}"
SYSTEMS = "/api/v1"
WORK = f"{SYSTEMS}/work-orders"
SPARED = f"{SYSTEMS}/call-refusals"
NOT_THEIRS = dict.fromkeys(("reads", "reports", "follows", "works", "counts", "checks", "spares"), 403)
WORK_READERS = NOT_THEIRS | {"follows": 200}
WORK_WRITERS = NOT_THEIRS | {"works": 201}
DOCS = "/api/docs"
SAYS = {"type": "text", "client_message_id": "m-1", "text": "你好"}

STRANGERS: Final = (
    "nobody", "customer", "other customer", "reads", "reports", "follows", "works", "counts", "checks", "spares",
)  # fmt: skip
"""``reads`` and those after it: systems of the shop with one scope each."""
STAFF_ROLES: Final = tuple(role.value for role in Role)
CALLERS: Final = (*STRANGERS, *STAFF_ROLES)
PHOTOS: Final = "/api/photos/v1"


class Row(NamedTuple):
    """``answers``: by caller; all others get ``otherwise``."""

    method: str
    path: str
    otherwise: int
    answers: Mapping[str, int] = {}
    body: Any = None
    query: str = ""


def customers(theirs: int, others: int = 404) -> dict[str, int]:
    return {"customer": theirs, "other customer": others}


ROWS: Final = [
    Row("POST", CHAT, 201, body={"shop": SHOP}),
    Row("POST", f"{TALK}/messages", 401, customers(202), SAYS),
    Row("GET", f"{TALK}/events", 401, customers(200)),
    Row("POST", f"{TALK}/flush", 401, customers(204)),
    Row("POST", f"{TALK}/token", 401, customers(200)),
    Row("POST", f"{TALK}/images", 401, customers(422)),
    Row("GET", f"{TALK}/images/{{evidence_id:uuid}}", 401, customers(404)),
    Row("GET", "/api/chat/v1/shops/{shop:str}/widget", 200),
    Row("GET", "/api/chat/v1/shops/{shop:str}/avatar", 404),
    Row("GET", "/widget.js", 200),
    Row("GET", "/p", 200),
    Row("GET", "/p/photo.js", 200),
    Row("GET", "/p/photo.css", 200),
    Row("GET", f"{PHOTOS}/link", 404, {"nobody": 401, **dict.fromkeys(STAFF_ROLES, 401)}),
    Row("POST", f"{PHOTOS}/pictures", 404, {"nobody": 401, **dict.fromkeys(STAFF_ROLES, 401)}),
    Row("POST", f"{PHOTOS}/done", 404, {"nobody": 401, **dict.fromkeys(STAFF_ROLES, 401)}),
    Row("GET", "/widget-audio.js", 200),
    Row("GET", "/console", 200),
    Row("GET", "/console/{path:path}", 200),
    Row(
        "GET",
        f"{SYSTEMS}/conversations/{{conversation_id:uuid}}/trace",
        401,
        NOT_THEIRS | {"reads": 200},
    ),
    Row("GET", f"{SYSTEMS}/conversations", 401, NOT_THEIRS | {"reads": 200}),
    Row("GET", f"{SYSTEMS}/cases", 401, NOT_THEIRS | {"counts": 200}),
    Row("GET", f"{SYSTEMS}/cases/{{case_id:uuid}}", 401, NOT_THEIRS | {"counts": 404}),
    Row("GET", f"{SYSTEMS}/decisions/{{decision_id:uuid}}", 401, NOT_THEIRS | {"checks": 404}),
    Row("POST", f"{SYSTEMS}/order-events", 401, NOT_THEIRS | {"reports": 422}, {}),
    Row("POST", f"{SYSTEMS}/order-events/{{shop:str}}", 401, {}, {}),
    Row("POST", f"{SYSTEMS}/order-events/{{shop:str}}/pushed", 401, {}, {}),
    Row("GET", WORK, 401, WORK_READERS),
    Row("POST", WORK, 401, WORK_WRITERS, {}),
    Row("GET", f"{WORK}/{{work_order_id:uuid}}", 401, WORK_READERS | {"follows": 404}),
    Row("POST", f"{WORK}/{{work_order_id:uuid}}/deeds", 401, WORK_WRITERS | {"works": 428}, {"deed": "close"}),
    Row("GET", f"{WORK}/{{work_order_id:uuid}}/comments", 401, WORK_READERS | {"follows": 404}),
    Row("POST", f"{WORK}/{{work_order_id:uuid}}/comments", 401, WORK_WRITERS | {"works": 404}, {"words": "看过了"}),
    Row("POST", SPARED, 401, NOT_THEIRS | {"spares": 200}, {"phone": "13800138000"}),
    Row("POST", f"{SPARED}/look-up", 401, NOT_THEIRS | {"spares": 200}, {"phone": "13800138000"}),
    Row(
        "POST",
        f"{SPARED}/withdrawal",
        401,
        NOT_THEIRS | {"spares": 200},
        {"phone": "13800138000", "why": "customer_asked"},
    ),
    Row("GET", "/health/live", 200),
    Row("GET", "/health/ready", 200),
    Row("GET", "/metrics", 401),
    Row("GET", DOCS, 200),
    Row("GET", f"{DOCS}/openapi.json", 200),
    Row("GET", f"{DOCS}/openapi-3.0.json", 200),
    Row("GET", f"{DOCS}/{{path:str}}", 404),
    Row("GET", f"{DOCS}/assets/{{file_path:path}}", 404),
    Row("HEAD", f"{DOCS}/assets/{{file_path:path}}", 404),
]
SOCKET: Final = f"{CHAT}/{{conversation_id:str}}/ws"
CALL: Final = f"{CHAT}/{{conversation_id:str}}/call"


class Callers:
    """The proofs of everybody, and a conversation that one of them may see."""

    def __init__(self, headers: dict[str, dict[str, str]], conversation_id: str) -> None:
        self.headers = headers
        self.conversation_id = conversation_id

    @classmethod
    async def of(cls, whole: Whole) -> "Callers":
        await whole.let_in(*Role)
        theirs, others = await whole.start(), await whole.start()
        bearers = {
            "customer": theirs["access_token"],
            "other customer": others["access_token"],
            "reads": await whole.key_of(SHOP, Scope.CONVERSATIONS_READ),
            "reports": await whole.key_of(SHOP, Scope.EVENTS_WRITE),
            "follows": await whole.key_of(SHOP, Scope.WORK_ORDERS_READ),
            "works": await whole.key_of(SHOP, Scope.WORK_ORDERS_WRITE),
            "counts": await whole.key_of(SHOP, Scope.CASES_READ),
            "checks": await whole.key_of(SHOP, Scope.DECISIONS_READ),
            "spares": await whole.key_of(SHOP, Scope.CALL_REFUSALS_WRITE),
        }
        headers = {name: {"Authorization": f"Bearer {token}"} for name, token in bearers.items()}
        by_role = {role.value: sent for role, sent in whole.staff.items()}
        return cls({"nobody": {}, **headers, **by_role}, theirs["conversation_id"])

    def address(self, row: Row) -> str:
        values = {"conversation_id:uuid": self.conversation_id, "evidence_id:uuid": str(uuid4()), "shop:str": SHOP}
        values |= {f"{thing}_id:uuid": str(uuid4()) for thing in ("work_order", "case", "decision")}
        path = row.path
        for name, value in {**values, "path:str": "none", "file_path:path": "none"}.items():
            path = path.replace(f"{{{name}}}", value)
        return path

    async def call(self, http: httpx.AsyncClient, who: str, row: Row) -> int:
        report = {"X-Event-Id": uuid4().hex, "X-Timestamp": "0", "X-Signature": "0"}
        headers = {**report, "Content-Type": "application/json", **self.headers[who]}
        content = b"" if row.body is None else msgspec.json.encode(row.body)
        return (await http.request(row.method, self.address(row), content=content, headers=headers)).status_code


@pytest.mark.control("M-16")
async def test_everybody_gets_what_the_table_says(whole: Whole) -> None:
    callers = await Callers.of(whole)
    async with whole.http() as http:
        got = {(row.method, row.path, who): await callers.call(http, who, row) for row in ROWS for who in CALLERS}
    expected = {(row.method, row.path, who): row.answers.get(who, row.otherwise) for row in ROWS for who in CALLERS}
    assert got == expected


@pytest.mark.control("M-16")
async def test_strangers_get_nothing_of_the_staff_api(whole: Whole) -> None:
    callers = await Callers.of(whole)
    async with whole.http() as http:
        got = {
            (cell.method, cell.path, who): await callers.call(
                http, who, Row(cell.method, STAFF + cell.path, 401, body=cell.body)
            )
            for cell in ROUTES + OPEN
            for who in STRANGERS
        }
    assert set(got.values()) == {401}, {cell: status for cell, status in got.items() if status != 401}


@pytest.mark.control("M-16")
async def test_the_socket_shows_a_conversation_to_its_customer_only(whole: Whole) -> None:
    callers = await Callers.of(whole)
    first = {}
    async with whole.served() as url:
        for who in CALLERS:
            token = callers.headers[who].get("Authorization", "Bearer none").removeprefix("Bearer ")
            address = f"{url.replace('http', 'ws')}{CHAT}/{callers.conversation_id}/ws"
            async with connect(address, additional_headers=callers.headers[who]) as socket:
                await socket.send(msgspec.json.encode({"type": "hello", "access_token": token}).decode())
                said = msgspec.json.decode(await socket.recv())
            first[who] = said.get("status", said["type"])
    expected = dict.fromkeys(CALLERS, 401) | {"customer": "welcome", "other customer": 404}
    assert first == expected


@pytest.mark.control("M-16")
async def test_a_call_is_for_the_customer_of_its_conversation_only(whole: Whole) -> None:
    """Who may call is told that nobody takes calls here."""
    callers = await Callers.of(whole)
    first = {}
    async with whole.served() as url:
        for who in CALLERS:
            token = callers.headers[who].get("Authorization", "Bearer none").removeprefix("Bearer ")
            address = f"{url.replace('http', 'ws')}{CHAT}/{callers.conversation_id}/call"
            offered = [Subprotocol("appliance.call.v1"), Subprotocol(f"access.{token}")]
            async with connect(address, additional_headers=callers.headers[who], subprotocols=offered) as socket:
                first[who] = msgspec.json.decode(await socket.recv())["code"]
    expected = dict.fromkeys(CALLERS, "token_not_valid") | {"customer": "calls_off", "other customer": "not_found"}
    assert first == expected


@pytest.mark.control("M-16")
def test_the_tables_have_every_route(whole: Whole) -> None:
    declared = {
        (str(method), route.path)
        for route in whole.app.routes
        for method in (route.methods if isinstance(route, HTTPRoute) else ("socket",))
        if method != "OPTIONS" and not route.path.startswith(STAFF)
    }
    assert declared == {(row.method, row.path) for row in ROWS} | {("socket", SOCKET), ("socket", CALL)}
