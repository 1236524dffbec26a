"""Systems that sign their requests, through the real route and a real table of nonces."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from appliance.channels.intranet.http import Intranet, intranet_router
from appliance.channels.intranet.service import OrderEventIntake
from appliance.db import Database
from appliance.errors import InvalidInput, NotFound
from appliance.identity.model import Scope
from appliance.identity.shops import Shops
from appliance.identity.signed_clients import SignedClients
from appliance.ids import ShopId
from appliance.web.app import WebParts, create_web
from security.access.signing import SignedRequest, sign
from security.crypto.file_root import FileRootKey
from security.crypto.keyring import KeyRing
from security.crypto.suites import Suite
from tests.appliance.channels.world import SHOP, FakeAllowances, World

PATH = "/api/v1/order-events"
BODY = b'{"order_no": "20261110123456"}'
UNKNOWN = "0d9a3f5e-6c1b-4f0a-9a57-2f6f0f2d7c11"


class System:
    """A shop's system with its secret."""

    def __init__(self, world: World, http: httpx.AsyncClient, client: str, secret: str) -> None:
        self.world = world
        self.http = http
        self.client = client
        self.secret = secret

    async def send(self, *, query: str = "", nonce: str = "", body: bytes = BODY, sent: bytes = b"") -> httpx.Response:
        request = SignedRequest(
            method="POST",
            target=PATH + query,
            timestamp=str(int(self.world.clock.now().timestamp())),
            nonce=nonce or uuid4().hex,
            body=body,
        )
        headers = {
            "Content-Type": "application/json",
            "X-Event-Id": uuid4().hex,
            "X-Client": self.client,
            "X-Timestamp": request.timestamp,
            "X-Nonce": request.nonce,
            "X-Signature": sign(self.secret, request),
        }
        return await self.http.post(PATH + query, content=sent or body, headers=headers)


@pytest.fixture
async def signed(db: Database, tmp_path: Path) -> AsyncIterator[tuple[World, SignedClients, httpx.AsyncClient]]:
    world = World()
    ring = KeyRing(FileRootKey(tmp_path / "root.key"), Suite.AES_256_GCM, world.clock)
    await Shops(db, ring, world.clock).create(SHOP, "示范店")
    clients = SignedClients(db, ring, world.clock)
    intake = OrderEventIntake(
        events=world.order_events,
        journal=world.journal,
        shops=world.shops,
        clock=world.clock,
        calls=FakeAllowances(1000),
    )
    intranet = Intranet(
        clients=world.clients,
        signed=clients,
        traces=world.conversations,
        ai_label=world.ai_label,
        intake=intake,
        refusals=world.refusals,
        looks=world.looks,
        calls=FakeAllowances(1000),
    )
    app: Any = create_web(WebParts(routers=[intranet_router(intranet)]))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://appliance") as http:
        yield world, clients, http


@pytest.fixture
async def system(signed: tuple[World, SignedClients, httpx.AsyncClient]) -> System:
    world, clients, http = signed
    made, secret = await clients.create(SHOP, "erp", [Scope.EVENTS_WRITE])
    return System(world, http, f"{SHOP}/{made.client_id}", secret)


async def test_a_signed_report_is_taken_for_its_own_shop(system: System) -> None:
    assert (await system.send(query="?from=erp%20one")).json() == {"duplicate": False}
    [(shop, event)] = system.world.order_events.applied
    assert (shop, event.body) == (SHOP, {"order_no": "20261110123456"})


@pytest.mark.control("M-28")
async def test_a_nonce_counts_once(system: System) -> None:
    assert (await system.send(nonce="n" * 20)).status_code == 200
    again = await system.send(nonce="n" * 20)
    assert (again.status_code, again.json()["code"]) == (401, "signature_refused")
    assert len(system.world.order_events.applied) == 1


@pytest.mark.control("M-28")
async def test_a_body_that_was_not_signed_is_refused(system: System) -> None:
    assert (await system.send(sent=b'{"order_no": "2"}')).status_code == 401
    assert system.world.order_events.applied == []


@pytest.mark.parametrize("client", ["demo", "demo/1", "Demo Shop/x", f"other/{UNKNOWN}", f"demo/{UNKNOWN}", "/"])
async def test_a_client_that_is_none_is_refused(system: System, client: str) -> None:
    system.client = client
    answer = await system.send()
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_refused")


@pytest.mark.control("M-16")
async def test_a_client_does_what_its_scopes_say(
    system: System, signed: tuple[World, SignedClients, httpx.AsyncClient]
) -> None:
    made, secret = await signed[1].create(SHOP, "reader", [Scope.CONVERSATIONS_READ])
    system.client, system.secret = f"{SHOP}/{made.client_id}", secret
    answer = await system.send()
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert system.world.refusals.noted == [("scope_missing", "events:write", SHOP, made.client_id)]


async def test_what_cannot_be_a_client_is_refused(signed: tuple[World, SignedClients, httpx.AsyncClient]) -> None:
    _, clients, _ = signed
    with pytest.raises(InvalidInput):
        await clients.create(SHOP, "", [])
    with pytest.raises(NotFound):
        await clients.create(ShopId("nobody"), "erp", [])
    with pytest.raises(NotFound):
        await clients.revoke(SHOP, uuid4())
