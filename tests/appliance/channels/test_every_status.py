"""Every status that the document gives for an operation of the intranet API is seen, on the real application.

That no other one comes is what schemathesis checks (test_api_by_its_document.py).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from appliance.channels.intranet.allowance import WINDOW
from appliance.identity.model import Scope
from appliance.web.app import BODY_LIMIT
from tests.appliance.aftersales.cases.world import SHOP
from tests.appliance.channels.busy_shop import EVENT, BusyShop, busy_shop
from tests.appliance.channels.document import document, operations
from tests.appliance.channels.whole import Whole

OPERATIONS: Final = operations(document())
JSON: Final = {"Content-Type": "application/json"}
SIGNED: Final = ("report_signed_event", "push_event")
MANY_WINDOWS: Final = 100 * WINDOW
POOL: Final = 5
"""Connections of the application under test (tests/conftest.py)."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is fine, until something of it is changed."""

    operation: str
    path: dict[str, str] = {}
    query: dict[str, str] = {}
    proof: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: bytes | None = None

    def with_headers(self, **more: str) -> "Ask":
        return replace(self, headers=self.headers | {name.replace("_", "-"): value for name, value in more.items()})


class System:
    """One of the shop's systems, which can ask for everything."""

    def __init__(self, shop: BusyShop, http: httpx.AsyncClient) -> None:
        self.shop = shop
        self.http = http
        self.key = {"X-API-Key": shop.api_key}

    async def send(self, ask: Ask) -> httpx.Response:
        operation = OPERATIONS[ask.operation]
        return await self.http.request(
            operation["method"],
            operation["path"].format(**ask.path),
            params=ask.query,
            headers=ask.headers | ask.proof,
            content=ask.body,
        )

    async def fine(self, operation: str) -> Ask:
        """Anew each time: an event of its own, a work order that nobody has moved."""
        match operation:
            case "report_event":
                return self._report(operation, self.key)
            case "report_signed_event" | "push_event":
                return self.proven(self._report(operation, {}))
            case _:
                return await self._about_what_is_there(operation)

    def proven(self, ask: Ask) -> Ask:
        """Signed, and again after its body was changed."""
        if ask.operation not in SIGNED:
            return ask
        return replace(ask, proof=self.shop.signed(ask.body or b""), path={"shop": SHOP})

    def _report(self, operation: str, proof: dict[str, str]) -> Ask:
        headers = JSON | {"X-Event-Id": uuid4().hex}
        return Ask(operation=operation, headers=headers, proof=proof, body=_json(EVENT | {"number": uuid4().hex}))

    async def _about_what_is_there(self, operation: str) -> Ask:
        ask = Ask(operation=operation, proof=self.key)
        match operation:
            case "read_case" | "explain_decision":
                (case,) = (await self.http.get("/api/v1/cases", headers=self.key)).json()["cases"]
                return replace(ask, path=case)
            case "trace":
                return replace(ask, path={"conversation_id": str(self.shop.conversation_id)})
            case "read_work_order" | "list_comments":
                return replace(ask, path=await self._opened())
            case "comment":
                return replace(ask, path=await self._opened(), headers=JSON, body=_json({"words": "看过了"}))
            case "move_work_order":
                headers = JSON | {"If-Match": '"1"'}
                return replace(ask, path=await self._opened(), headers=headers, body=_json({"deed": "cancel"}))
            case "open_work_order":
                return replace(ask, headers=JSON, body=b"{}")
            case "refuse_calls" | "look_up_call_refusal":
                return replace(ask, headers=JSON, body=_json({"customer_id": "U1001"}))
            case "allow_calls":
                return replace(ask, headers=JSON, body=_json({"customer_id": "U1001", "why": "customer_asked"}))
            case _:
                return ask

    async def _opened(self) -> dict[str, str]:
        order: dict[str, str] = (await self.http.post("/api/v1/work-orders", json={}, headers=self.key)).json()
        return order


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _unproven(ask: Ask) -> Ask:
    return replace(ask, proof=dict.fromkeys(ask.proof, "0"))


def _elsewhere(ask: Ask) -> Ask:
    if not ask.path:
        return replace(ask, body=_json({"conversation_id": str(uuid4())}))
    return replace(ask, path={name: str(uuid4()) for name in ask.path})


def _unfit(ask: Ask) -> Ask:
    if OPERATIONS[ask.operation]["method"] == "GET":
        return replace(ask, query={"limit": "0", "after": "-1"})
    return replace(ask, body=_json({"strange": True}))


CHANGES: Final[dict[int, Callable[[Ask], Ask]]] = {
    200: lambda ask: ask,
    201: lambda ask: ask,
    304: lambda ask: ask.with_headers(If_None_Match="*"),
    400: lambda ask: replace(ask, body=b"{"),
    401: _unproven,
    404: _elsewhere,
    412: lambda ask: ask.with_headers(If_Match='"9"'),
    413: lambda ask: replace(ask, body=b" " * (BODY_LIMIT + 1)),
    415: lambda ask: ask.with_headers(Content_Type="text/plain"),
    422: _unfit,
    428: lambda ask: replace(ask, headers=JSON),
}
"""What brings a status about, whatever the operation."""


@pytest.fixture
async def system(whole: Whole, tmp_path: Path) -> AsyncIterator[System]:
    async with busy_shop(whole, tmp_path) as shop, whole.http() as http:
        yield System(shop, http)


async def not_seen(system: System, *statuses: int, change: Callable[[Ask], Ask] | None = None) -> list[str]:
    """Of these statuses, those that are documented and did not come; and errors that are no problems."""
    missed = []
    for name, operation in OPERATIONS.items():
        for status in sorted(set(statuses) & set(map(int, operation["responses"]))):
            asked = (change or CHANGES[status])(await system.fine(name))
            answer = await system.send(asked if status == 401 else system.proven(asked))
            kind = answer.headers.get("content-type", "").partition(";")[0]
            if answer.status_code != status or (status >= 400) != (kind == "application/problem+json"):
                missed.append(f"{name}: {answer.status_code} {kind} for {status}")
    return missed


async def test_every_documented_status_is_seen(system: System) -> None:
    whole = system.shop.whole
    assert await not_seen(system, *CHANGES) == []
    read, write = await whole.key_of(SHOP, Scope.CASES_READ), await whole.key_of(SHOP, Scope.EVENTS_WRITE)

    def lacking(ask: Ask) -> Ask:
        return replace(ask, proof={"X-API-Key": read if ask.operation == "report_event" else write})

    assert await not_seen(system, 403, change=lacking) == []
    assert {ask.operation: (await system.send(ask)).status_code for ask in await conflicts(system)} == {
        name: 409 for name, operation in OPERATIONS.items() if "409" in operation["responses"]
    }


async def conflicts(system: System) -> list[Ask]:
    """A deed that its state does not allow; what was signed and taken under another id before."""
    deed = replace(await system.fine("move_work_order"), body=_json({"deed": "reopen"}))
    taken = await system.fine("report_signed_event")
    await system.send(taken)
    return [deed, taken.with_headers(X_Event_Id=uuid4().hex)]


async def test_who_has_nothing_left_is_held_back_everywhere(system: System) -> None:
    asked = [await system.fine(name) for name in OPERATIONS]
    for ask in asked:
        await system.send(ask)
    db, now = system.shop.whole.core.db, system.shop.whole.core.clock.now()
    async with db.transaction(SHOP) as conn:
        await conn.execute("UPDATE client_allowance SET whole_at = %s", (now + MANY_WINDOWS,))
    answers = [await system.send(ask) for ask in asked]
    documented = {name for name, operation in OPERATIONS.items() if "429" in operation["responses"]}
    assert {
        ask.operation for ask, answer in zip(asked, answers, strict=True) if answer.status_code == 429
    } == documented
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)


async def test_where_the_database_does_not_answer_every_operation_says_so(system: System) -> None:
    """Every connection is in other hands, and none comes free."""
    asked = [await system.fine(name) for name in OPERATIONS]
    db = system.shop.whole.core.db
    async with AsyncExitStack() as hands:
        for _ in range(POOL):
            await hands.enter_async_context(db.system())
        answers = await asyncio.gather(*map(system.send, asked))
    documented = {name for name, operation in OPERATIONS.items() if "503" in operation["responses"]}
    assert {
        ask.operation for ask, answer in zip(asked, answers, strict=True) if answer.status_code == 503
    } == documented
    assert all(answer.json()["retryable"] for answer in answers)


def test_every_documented_status_has_a_way_to_it() -> None:
    """What is documented and nowhere above would not be seen."""
    documented = {int(status) for what in OPERATIONS.values() for status in what["responses"]}
    assert documented - {*CHANGES, 403, 409, 429, 503} == set()
