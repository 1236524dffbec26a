"""One appliance for all trials, with a proxy before its database, before its language model and before the smaller one.

The database is the tests' own PostgreSQL, reached by TCP as an outside one is; the models' servers are stand-ins that
understand nothing, so that the compact model decides what was meant.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest_asyncio
from psycopg.conninfo import make_conninfo

from appliance.db import Database
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import Site
from tests.conftest import Databases
from tests.e2e.chaos.proxy import Fault, Part, Proxy, address_of, server_of
from tests.models.llm.server import Reply, ScriptedServer, scripted_server
from tests.servers import Server

_TOML = """
[database]
url = "{database}"
[llm]
url = "{model}/v1"
smaller_url = "{smaller}/v1"
deadline_s = 2.0
[conversation]
lease_s = 3
receipt_wait_s = 2
"""
_NO_COMMANDS = Reply('{"commands": [{"type": "none"}]}')


class Models:
    """A language model, and the smaller one that is asked where it is away."""

    def __init__(self, first: Proxy, smaller: Proxy, below: ScriptedServer) -> None:
        """``below``: what answers as the smaller one."""
        self.first = first
        self.smaller = smaller
        self.below = below

    @asynccontextmanager
    async def failing(self, fault: Fault) -> AsyncIterator[None]:
        """Both of them."""
        async with self.first.failing(fault), self.smaller.failing(fault):
            yield


class Place:
    """The appliance and what stands before its parts."""

    def __init__(
        self,
        appliance: Throwaway,
        site: Site,
        database: Proxy,
        straight_url: str,
        models: Models,
        opened: AsyncExitStack,
    ) -> None:
        """``straight_url``: of the database, past the proxy. ``opened``: what is closed with the appliance."""
        self.appliance = appliance
        self.site = site
        self.database = database
        self.straight_url = straight_url
        self.models = models
        self._opened = opened

    @property
    def state_dir(self) -> Path:
        return self.appliance.state_dir

    @property
    def order_system(self) -> Part:
        return address_of(self.appliance.order_system_url)

    async def order_proxy(self) -> Proxy:
        """For one shop. It stays: where nobody listens any more, a late question would fail, and again for ever."""
        return await self._opened.enter_async_context(Proxy.before(self.order_system))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def place(database_server: Server, migrated_databases: Databases) -> AsyncIterator[Place]:
    name = migrated_databases.take()
    url = database_server.url(name)
    async with AsyncExitStack() as opened:
        first, below = [await opened.enter_async_context(scripted_server()) for _ in range(2)]
        for server in (first, below):
            server.will_say(_NO_COMMANDS)
        before_first, before_smaller = [
            await opened.enter_async_context(Proxy.before(address_of(server.url))) for server in (first, below)
        ]
        before_database = await opened.enter_async_context(Proxy.before(server_of(url)))
        toml = _TOML.format(
            database=make_conninfo(url, host="127.0.0.1", port=before_database.port, sslmode="disable"),
            model=before_first.url,
            smaller=before_smaller.url,
        )
        appliance = await opened.enter_async_context(throwaway(toml))
        site = await opened.enter_async_context(Site.at(appliance.settings, appliance.status))
        yield Place(appliance, site, before_database, url, Models(before_first, before_smaller, below), opened)
    migrated_databases.give_back(name)


@pytest_asyncio.fixture(loop_scope="session")
async def db(place: Place) -> AsyncIterator[Database]:
    """Past the proxy."""
    database = await Database.open(place.straight_url, size=2, name="reckoning")
    yield database
    await database.close()
