"""The whole web application in its evaluation profile, with the demo order system behind it, and one shop in both."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from appliance.config import ConversationSettings, Profile, WorkSettings
from appliance.db import Database
from appliance.demo.order_system.server import running
from appliance.evaluation.order_system import OrderSystemAdmin
from appliance.evaluation.registrar import LocalRegistrar
from appliance.identity.api_keys import ApiKeys
from appliance.identity.links import Links
from appliance.identity.model import Scope
from appliance.ids import ShopId
from security.access.permissions import Role
from security.access.rights import fitting
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY, as_customer, as_fixture
from tests.appliance.channels.parity.askers import Customers, Desk, Systems
from tests.appliance.channels.parity.situations import NOW, Situation
from tests.appliance.channels.whole import Whole
from tests.security.access.world import HERE
from tests.security.audit.faults import sealing
from tests.security.audit.world import Log

SHOP = ShopId("parity")


@dataclass
class Place:
    customers: Customers
    systems: Systems
    desk: Desk
    orders: OrderSystemAdmin

    async def load(self, situation: Situation) -> None:
        fixture = {
            "customer": as_customer(situation.customer),
            "orders": [as_fixture(situation.order)],
            "catalog": [as_fixture(spec) for spec in situation.specs],
        }
        await self.orders.load(SHOP, fixture)


async def _agent(whole: Whole) -> dict[str, str]:
    world = whole.world
    by = (await (await world.first_four())["sec.li"].log_in()).principal
    rights = fitting([Role.AGENT], frozenset({SHOP}))
    made = await world.do(lambda conn: world.access.changes.create(conn, by, "agent.he", "agent.he", rights, HERE))
    assert made.set_up is not None
    person = await world.set_up(made.set_up.token, None)
    person.login = "agent.he"
    return whole.session((await person.log_in()).token)


@pytest.fixture
async def place(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    plenty = WorkSettings(proposals_per_day=1000, agent_propose_fen=100_000_000)
    hasty = ConversationSettings(receipt_wait_s=0)
    whole = await Whole.made(db, database_url, tmp_path, profile=Profile.EVALUATION, work=plenty, conversation=hasty)
    with running(tmp_path / "orders.db", ADMIN_KEY) as order_system:
        async with (
            sealing(Log(database_url, tmp_path)),
            whole.served() as url,
            httpx.AsyncClient(timeout=60, trust_env=False) as http,
        ):
            orders, key = OrderSystemAdmin(order_system, ADMIN_KEY, http), secrets.token_urlsafe(24)
            await orders.open_shop(SHOP, key, now=NOW)
            core = whole.core
            links = Links(core.db, core.ring)
            registrar = LocalRegistrar(core.shops, links, ApiKeys(core.db, core.clock), core.widgets, core.clock)
            keys = await registrar.open_shop(SHOP, "示范店", order_system_url=order_system, order_system_key=key)
            yield Place(
                Customers(url, http, keys),
                Systems(url, http, await whole.key_of(SHOP, *Scope)),
                Desk(url, http, await _agent(whole)),
                orders,
            )
            await whole.aclose()
