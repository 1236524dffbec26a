"""The whole web application over a real database, behind a real server, with somebody of every kind who may call it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from litestar import Litestar

from appliance.app.core import Core
from appliance.app.web import web_parts
from appliance.config import DatabaseSettings, Settings
from appliance.config_web import LimitSettings
from appliance.db import Database
from appliance.identity.api_keys import ApiKeys
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.model import Scope
from appliance.identity.signed_clients import SignedClients
from appliance.identity.staff_access import access_control
from appliance.ids import ShopId
from appliance.joints.root_key import root_key_path
from appliance.web.access import COOKIE, CSRF_HEADER
from appliance.web.app import create_web
from appliance.web.server import OPTIONS
from security.access import tokens
from security.access.permissions import ADMINISTRATORS, Role
from tests.security.access.world import CountingHasher, World

SHOP = ShopId("demo")
NO_ORDER_SYSTEM = ShopId("unready")
NOWHERE = OrderSystemLink(mapping="demo", base_url="http://127.0.0.1:9", credentials={"api_key": "k" * 20})
UNHURRIED = LimitSettings(starts_per_min=100_000, messages_per_min=100_000, client_calls_per_min=100_000)
_FIRST = {Role.SYS_ADMIN: "sys.zhao", Role.AUDIT_ADMIN: "audit.qian", Role.SEC_ADMIN: "sec.sun"}


@dataclass
class Whole:
    core: Core
    world: World
    app: Litestar
    url: str = ""
    """Of the server, where one was asked for."""
    api_key: str = ""
    staff: dict[Role, dict[str, str]] = field(default_factory=dict)
    """Headers of a session of each role."""

    @classmethod
    async def made(cls, db: Database, database_url: str, home: Path, **settings: Any) -> "Whole":
        given = Settings(
            state_dir=str(home), database=DatabaseSettings(url=database_url), **{"limits": UNHURRIED, **settings}
        )
        core = Core(given, db)
        core.access = access_control(given.access, core.ring, core.clock, hasher=CountingHasher())
        world = World(database_url, root_key_path(given).parent)
        world.clock.at = datetime.now(UTC)
        for shop in (SHOP, NO_ORDER_SYSTEM):
            await core.shops.create(shop, "示范店")
        await Links(db, core.ring).connect(SHOP, NOWHERE)
        whole = cls(core, world, create_web(web_parts(core)))
        whole.api_key = await whole.key_of(SHOP, *Scope)
        return whole

    async def key_of(self, shop: ShopId, *scopes: Scope) -> str:
        """A new API key of a system of the shop's."""
        return (await ApiKeys(self.core.db, self.core.clock).create(shop, "erp", scopes))[1]

    @property
    def signed(self) -> SignedClients:
        return SignedClients(self.core.db, self.core.ring, self.core.clock)

    async def let_in(self, *roles: Role) -> None:
        """Somebody of each role logs in."""
        people = await self.world.first_four()
        sec = (await people["sec.li"].log_in()).principal
        for role in roles:
            person = (
                people[_FIRST[role]] if role in ADMINISTRATORS else await self.world.appoint(sec, f"{role}.he", role)
            )
            self.staff[role] = self.session((await person.log_in()).token)

    @staticmethod
    def session(token: str) -> dict[str, str]:
        """What a browser sends along."""
        return {"Cookie": f"{COOKIE}={token}", CSRF_HEADER: tokens.csrf(token)}

    def http(self, headers: Mapping[str, str] | None = None, client: str = "127.0.0.1") -> httpx.AsyncClient:
        """Without a server between."""
        app: Any = self.app
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(client, 1))
        return httpx.AsyncClient(transport=transport, base_url="https://appliance", headers=dict(headers or {}))

    async def start(self) -> dict[str, Any]:
        """A customer's conversation, and its token."""
        async with self.http() as http:
            answer = await http.post("/api/chat/v1/conversations", json={"shop": SHOP})
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        app: Any = self.app
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, **OPTIONS)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield self.url
        server.should_exit = True
        await running

    @asynccontextmanager
    async def ignorant_orders(self) -> AsyncIterator[None]:
        """The shop's order system is there, and knows none of the orders that it is asked for."""
        config = uvicorn.Config(_knows_nothing, host="127.0.0.1", port=0, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        link = OrderSystemLink(mapping="demo", base_url=f"http://127.0.0.1:{port}", credentials=NOWHERE.credentials)
        await Links(self.core.db, self.core.ring).connect(SHOP, link)
        await self.core.systems.changed(SHOP)
        yield
        server.should_exit = True
        await running

    async def aclose(self) -> None:
        await self.core.conversations.finish()
        await self.core.systems.aclose()
        await self.world.close()


async def _knows_nothing(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application."""
    assert scope["type"] == "http"
    await receive()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"code": "TRADE_NOT_FOUND"}'})
