"""Money moves only behind a sealed intent: executor and real sealer against the demo order system, over HTTP.

Whatever befalls the log's sinks, the order system is written to by nobody; once they are well again, once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import Customer
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.demo.order_system.server import running
from appliance.ids import ConversationId, CustomerId, OrderId, uuid7
from security.audit import append as appending
from tests.appliance.aftersales.cases.test_over_http import Shops, an_order
from tests.appliance.aftersales.cases.world import World, accept, record, return_of, states
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY, DEMO_MAPPING, DemoStage, demo_stage
from tests.appliance.aftersales.work.terms import work_orders
from tests.security.audit.faults import Fault, every_fault, sealing
from tests.security.audit.world import Log

pytestmark = pytest.mark.control("A5", "M-21")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[DemoStage]:
    with running(tmp_path / "shop.db", ADMIN_KEY) as url:
        async with (
            httpx.AsyncClient(base_url=url, headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False) as admin,
            demo_stage(url, admin, Mapping.load(DEMO_MAPPING)) as stage,
        ):
            yield stage


class Stage:
    """One accepted refund, and everything that would carry it out."""

    def __init__(self, db: Database, world: World, demo: DemoStage, log: Log) -> None:
        self.db, self.world, self.demo, self.log = db, world, demo, log
        self.trail = SealedTrail(db, timeout_s=0.2)
        self.service = CaseService(
            audit=self.trail, delivery=world, clock=SystemClock(), work=work_orders(self.trail, SystemClock())
        )

    async def accept_a_refund(self) -> None:
        wanted = an_order(OrderId("O1"))
        customer = Customer(customer_id=CustomerId("U1001"), name="林小满", phone="13900000001")
        await self.demo.load(customer, [wanted])
        here, quote = ConversationId(uuid7()), return_of(1, order_id=wanted.order_id)
        await record(self.db, self.service, quote, here, wanted)
        await accept(self.db, self.service, quote, here, wanted)

    @asynccontextmanager
    async def executing(self) -> AsyncIterator[None]:
        limits = Limits(first_pause_s=0.02, longest_pause_s=0.1)
        execution = Execution(
            db=self.db,
            systems=Shops(self.demo.system, Mapping.load(DEMO_MAPPING)),
            audit=self.trail,
            delivery=self.world,
            disclosure=self.world,
            clock=SystemClock(),
            limits=limits,
            work=work_orders(self.trail, SystemClock()),
        )
        executor = Executor(db=self.db, execution=execution, clock=SystemClock(), limits=limits, sweep_s=0.05)
        stop = asyncio.Event()
        running_executor = asyncio.create_task(executor.run(stop))
        try:
            yield
        finally:
            stop.set()
            await running_executor

    async def until_put_off(self, times: int) -> None:
        """So many tries came to nothing."""
        async with asyncio.timeout(30):
            while (await self.log.rows("SELECT attempts FROM operation"))[0][0] < times:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.fixture
def log(database_url: str, owner_url: str, tmp_path: Path) -> Log:
    return Log(database_url, tmp_path, owner_url)


@pytest.fixture
def stage(db: Database, world: World, demo: DemoStage, log: Log) -> Stage:
    return Stage(db, world, demo, log)


@every_fault
async def test_the_order_system_is_not_written_to_while_the_log_seals_nothing(stage: Stage, fault: Fault) -> None:
    async with sealing(stage.log):
        async with fault(stage.log):
            await stage.accept_a_refund()
            async with stage.executing():
                await stage.until_put_off(3)
            assert await stage.demo.count_writes() == 0
            assert await states(stage.db) == ["accepted"]
        async with stage.executing():
            await asyncio.wait_for(stage.world.told_all.wait(), 30)
    assert await stage.demo.count_writes() == 1
    assert await states(stage.db) == ["succeeded"]
    report = await stage.log.verify()
    assert (report.status, report.open_intents) == ("ok", ())


async def test_nor_while_the_log_is_far_behind_though_this_intent_is_sealed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sealing(stage.log):
        await stage.accept_a_refund()
    await stage.log.append(3)
    monkeypatch.setattr(appending, "MOST_BEHIND", 2)
    async with stage.executing():
        await stage.until_put_off(2)
    assert await stage.demo.count_writes() == 0
    async with sealing(stage.log), stage.executing():
        await asyncio.wait_for(stage.world.told_all.wait(), 30)
    assert await stage.demo.count_writes() == 1
