import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from appliance.db import Database
from appliance.web.server import OPTIONS
from tests.appliance.channels.whole import Whole
from tests.appliance.channels.world import Customer, World
from tests.security.audit.faults import sealing
from tests.security.audit.world import Log


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.http() as client:
        yield client


@pytest.fixture
async def customer(http: httpx.AsyncClient) -> Customer:
    return await Customer.start(http)


@pytest.fixture
async def whole(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Whole]:
    """A sealer runs: without one, administrators' deeds are refused."""
    made = await Whole.made(db, database_url, tmp_path)
    async with sealing(Log(database_url, tmp_path)):
        yield made
    await made.aclose()


@dataclass
class Served:
    """The application behind a real server, for what only real sockets show."""

    world: World
    port: int

    def socket_url(self, customer: Customer, after: int | str = 0) -> str:
        return f"ws://127.0.0.1:{self.port}{customer.path}/ws?after={after}"


@pytest.fixture
async def served(world: World) -> AsyncIterator[Served]:
    app: Any = world.web
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, **OPTIONS))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield Served(world, server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    await running
