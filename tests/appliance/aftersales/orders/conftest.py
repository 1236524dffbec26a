"""Order systems to test with: the fake, the demo order system through its mapping, and one that plays a script."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from appliance.aftersales.orders import mapping as mapping_module
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.fake import FakeOrderSystem
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import CaseKind, Customer, Order, Record, Spec
from appliance.aftersales.orders.operations import Timeouts
from appliance.aftersales.orders.port import OrderSystem
from appliance.aftersales.orders.rest import RestOrderSystem
from appliance.clock import FixedClock
from appliance.demo.order_system.server import running

ADMIN_KEY = "an-admin-key-for-tests"
DEMO_MAPPING = Path(mapping_module.__file__).parent / "mappings" / "demo.yaml"
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

_shops = itertools.count(1)
_PATIENT = Timeouts(connect_s=60, read_s=60, deadline_s=90)
_QUICK = Timeouts(connect_s=60, read_s=0.2, deadline_s=90)
"""Where an answer never comes whole, so that waiting has to end. Anywhere else a busy machine would reach it too."""


class Stage(Protocol):
    """An order system and what a test does behind its back."""

    @property
    def system(self) -> OrderSystem: ...

    async def load(self, customer: Customer, orders: Iterable[Order] = (), specs: Iterable[Spec] = ()) -> None: ...

    async def lose_answers(self, times: int) -> None: ...

    async def count_writes(self) -> int: ...

    def switched_off(self) -> OrderSystem:
        """The same order system, where nothing can be sent."""
        ...

    def unable(self, kind: CaseKind) -> OrderSystem:
        """The same order system, where this kind of case is done by hand."""
        ...


class FakeStage:
    def __init__(self) -> None:
        self.system = FakeOrderSystem(FixedClock(NOW))

    async def load(self, customer: Customer, orders: Iterable[Order] = (), specs: Iterable[Spec] = ()) -> None:
        self.system.load([customer], orders, specs)

    async def lose_answers(self, times: int) -> None:
        self.system.lose_answers(times)

    async def count_writes(self) -> int:
        return len(self.system.writes)

    def switched_off(self) -> OrderSystem:
        self.system.is_down = True
        return self.system

    def unable(self, kind: CaseKind) -> OrderSystem:
        self.system.cannot = frozenset({kind})
        return self.system


class DemoStage:
    def __init__(self, base_url: str, shop: str, admin: httpx.AsyncClient, api_key: str, mapping: Mapping) -> None:
        self._base_url = base_url
        self._shop = f"/admin/shops/{shop}"
        self._admin = admin
        self._credentials = Credentials(api_key=api_key)
        self._mapping = mapping
        self.system = RestOrderSystem(mapping, base_url, self._credentials, FixedClock(NOW))

    async def load(self, customer: Customer, orders: Iterable[Order] = (), specs: Iterable[Spec] = ()) -> None:
        fixture = {
            "customer": as_customer(customer),
            "orders": [as_fixture(each) for each in orders],
            "catalog": [as_fixture(each) for each in specs],
        }
        await self._call("POST", "/fixtures", fixture)

    async def lose_answers(self, times: int) -> None:
        await self._call("PUT", "/faults", {"lose_answer": {"count": times}})

    async def count_writes(self) -> int:
        counters = await self._admin.get(f"{self._shop}/counters")
        count: int = counters.json()["order_system_writes"]
        return count

    def switched_off(self) -> OrderSystem:
        return RestOrderSystem(self._mapping, "http://127.0.0.1:1", self._credentials, FixedClock(NOW))

    def unable(self, kind: CaseKind) -> OrderSystem:
        writes = {each: write for each, write in self._mapping.writes.items() if each is not kind}
        mapping = replace(self._mapping, writes=writes, cannot=frozenset({kind}))
        return RestOrderSystem(mapping, self._base_url, self._credentials, FixedClock(NOW))

    async def _call(self, method: str, path: str, body: Any) -> None:
        answer = await self._admin.request(method, self._shop + path, content=msgspec.json.encode(body))
        assert answer.is_success, answer.text


def as_fixture(record: Record) -> dict[str, Any]:
    """Our record under the suites' keys, which are the same; what is not there is left out."""
    found: dict[str, Any] = {}
    for key, value in msgspec.structs.asdict(record).items():
        if value is None or key == "operation_id":
            continue
        match value:
            case Record():
                found[key] = as_fixture(value)
            case (Record(), *_):
                found[key] = [as_fixture(each) for each in value]
            case _:
                found[key] = value
    return found


def as_customer(customer: Customer) -> dict[str, Any]:
    found = as_fixture(customer)
    return {"id": found.pop("customer_id"), **found}


@pytest.fixture(scope="session")
def demo_mapping() -> Mapping:
    return Mapping.load(DEMO_MAPPING)


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("demo") / "shop.db", ADMIN_KEY) as url:
        yield url


@asynccontextmanager
async def demo_stage(demo_url: str, admin: httpx.AsyncClient, mapping: Mapping) -> AsyncIterator[DemoStage]:
    shop = f"shop-{next(_shops)}"
    opened = await admin.put(f"/admin/shops/{shop}", json={})
    stage = DemoStage(demo_url, shop, admin, opened.json()["api_key"], mapping)
    yield stage
    await stage.system.aclose()


@pytest.fixture(params=["fake", "demo"])
async def stage(request: pytest.FixtureRequest, demo_mapping: Mapping) -> AsyncIterator[Stage]:
    if request.param == "fake":
        yield FakeStage()
        return
    demo_url = request.getfixturevalue("demo_url")
    async with (
        httpx.AsyncClient(base_url=demo_url, headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False) as admin,
        demo_stage(demo_url, admin, demo_mapping) as stage,
    ):
        yield stage


class Script:
    """An order system that plays one raw answer per request; the last one again and again. ``hang up`` hangs up."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self._talking = 0
        self._change = asyncio.Condition()

    async def over(self) -> None:
        """Until something was asked and whoever asked has hung up: a request may be heard after its sender gave up."""
        async with asyncio.timeout(60), self._change:
            await self._change.wait_for(lambda: self.requests and not self._talking)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talking += 1
        try:
            await self._serve(reader, writer)
        finally:
            self._talking -= 1
            async with self._change:
                self._change.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await self._head(reader)) is not None:
            line, headers = head
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append((line, headers, body))
            said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if said == b"hang up":
                break
            writer.write(said)
            await writer.drain()
        writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> tuple[str, dict[str, str]] | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return None
        line, *rest = head.strip().split("\r\n")
        return line, {key.lower(): value for key, value in (each.split(": ", 1) for each in rest)}


Play = Callable[..., RestOrderSystem]


@pytest.fixture
async def script() -> Script:
    return Script()


@pytest.fixture
async def play(script: Script, demo_mapping: Mapping) -> AsyncIterator[Play]:
    """An order system that gives these answers."""
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    opened: list[RestOrderSystem] = []

    def begin(*answers: bytes, mapping: Mapping = demo_mapping, within: Timeouts | None = None) -> RestOrderSystem:
        script.answers = list(answers)
        timeouts = within or (_PATIENT if all(map(is_whole, answers)) else _QUICK)
        system = RestOrderSystem(limited(mapping, timeouts), url, Credentials(api_key="k-1"), FixedClock(NOW))
        opened.append(system)
        return system

    yield begin
    for system in opened:
        await system.aclose()
    server.close()


def is_whole(answer: bytes) -> bool:
    """Whether it ends where it says that it does; silence has no end."""
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return bool(answer) and (length is None or len(body) >= int(length[1]))


def limited(mapping: Mapping, timeouts: Timeouts) -> Mapping:
    changed: Mapping = replace(
        mapping,
        reads={name: replace(each, timeouts=timeouts) for name, each in mapping.reads.items()},
        writes={kind: replace(each, timeouts=timeouts) for kind, each in mapping.writes.items()},
    )
    return changed
