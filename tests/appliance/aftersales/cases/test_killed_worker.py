"""A worker that is killed with operations in its hands, again and again."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx
import psycopg
import pytest

from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import Customer
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.demo.order_system.server import running
from appliance.ids import ConversationId, CustomerId, OrderId, uuid7
from tests.appliance.aftersales.cases.test_over_http import an_order
from tests.appliance.aftersales.cases.world import World, accept, record, return_of, states
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY, DEMO_MAPPING, DemoStage, demo_stage
from tests.appliance.aftersales.work.terms import work_orders

MODULE = "tests.appliance.aftersales.cases.worker_process"
ROOT = Path(__file__).parents[4]
OPERATIONS = 60
KILLS = 4


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[str, DemoStage]]:
    with running(tmp_path / "shop.db", ADMIN_KEY) as url:
        async with (
            httpx.AsyncClient(base_url=url, headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False) as admin,
            demo_stage(url, admin, Mapping.load(DEMO_MAPPING)) as stage,
        ):
            yield url, stage


@asynccontextmanager
async def worker_process(*arguments: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", MODULE, *arguments, cwd=ROOT)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def told(url: str) -> Counter[str]:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        return Counter(kind for (kind,) in await (await conn.execute("SELECT kind FROM told")).fetchall())


@pytest.mark.control("M-32")
@pytest.mark.slow
async def test_a_worker_killed_again_and_again_writes_and_tells_each_operation_once(
    db: Database, database_url: str, owner_url: str, world: World, demo: tuple[str, DemoStage], tmp_path: Path
) -> None:
    url, stage = demo
    dice = Random(11)  # noqa: S311 (when to kill)
    service = CaseService(
        audit=SealedTrail(db), delivery=world, clock=SystemClock(), work=work_orders(SealedTrail(db), SystemClock())
    )
    orders = [an_order(OrderId(f"O{place}")) for place in range(OPERATIONS)]
    await stage.load(Customer(customer_id=CustomerId("U1001"), name="林小满", phone="13900000001"), orders)
    await stage._call("PUT", "/faults", {"seed": 3, "lose_answer": {"probability": 0.3}})
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as conn:
        await conn.execute("CREATE TABLE told (conversation_id uuid, operation_id uuid, kind text)")
        await conn.execute("GRANT INSERT ON told TO appliance_app")
    arguments = (database_url, url, stage._credentials.secret("api_key"), str(tmp_path))

    for kill in range(KILLS):
        async with worker_process(*arguments):
            for each in orders[kill::KILLS]:
                here, quote = ConversationId(uuid7()), return_of(1, order_id=each.order_id)
                await record(db, service, quote, here, each)
                await accept(db, service, quote, here, each)
            before = await stage.count_writes()
            while await stage.count_writes() == before:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.02)
            await asyncio.sleep(dice.random() * 0.2)
    async with worker_process(*arguments), asyncio.timeout(120):
        while {"accepted", "sent", "unknown"} & set(await states(db)):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.2)

    assert Counter(await states(db)) == {"succeeded": OPERATIONS}
    assert await stage.count_writes() == OPERATIONS
    ends = await told(owner_url)
    ends.pop("delayed", None)
    assert ends == {"succeeded": OPERATIONS}
