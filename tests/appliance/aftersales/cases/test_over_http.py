# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""The executor against the demo order system over HTTP, while that loses answers, fails and is slow."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import CaseKind, Customer, Order
from appliance.aftersales.orders.rest import RestOrderSystem
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.demo.order_system.server import running
from appliance.ids import ConversationId, CustomerId, OrderId, ShopId, uuid7
from tests.appliance.aftersales.cases.world import NOW, World, accept, order, record, return_of, states
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY, DEMO_MAPPING, DemoStage, demo_stage
from tests.appliance.aftersales.work.terms import work_orders

AcceptAll = Callable[[int], Awaitable[list[Operation]]]

FAULTS = {
    "seed": 7,
    "lose_answer": {"probability": 0.3},
    "error_5xx": {"probability": 0.3},
    "delay_ms": {"probability": 0.2, "ms": 20, "on": "all"},
}


class Shops:
    """One order system behind one mapping."""

    def __init__(self, system: RestOrderSystem, mapping: Mapping) -> None:
        self._system = system
        self._mapping = mapping

    def of(self, shop: ShopId) -> RestOrderSystem:
        return self._system

    def repeats_safely(self, shop: ShopId, kind: CaseKind) -> bool:
        return self._mapping.writes[kind].is_idempotent

    def is_by_hand(self, shop: ShopId, kind: CaseKind) -> bool:
        return kind not in self._mapping.writes


@pytest.fixture
def service(world: World) -> CaseService:
    return CaseService(audit=world, delivery=world, clock=SystemClock(), work=work_orders(world, SystemClock()))


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[DemoStage]:
    with running(tmp_path / "shop.db", ADMIN_KEY) as url:
        async with (
            httpx.AsyncClient(base_url=url, headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False) as admin,
            demo_stage(url, admin, Mapping.load(DEMO_MAPPING)) as stage,
        ):
            yield stage


@pytest.fixture
def accept_all(db: Database, service: CaseService, demo: DemoStage) -> AcceptAll:
    """So many orders, each with a yes to the return of one unit."""

    async def do(number: int) -> list[Operation]:
        orders = [an_order(OrderId(f"O{place}")) for place in range(number)]
        customer = Customer(customer_id=CustomerId("U1001"), name="林小满", phone="13900000001")
        await demo.load(customer, orders)
        operations = []
        for each in orders:
            here, quote = ConversationId(uuid7()), return_of(1, order_id=each.order_id)
            await record(db, service, quote, here, each)
            operations.append(await accept(db, service, quote, here, each))
        return operations

    return do


async def test_sixty_operations_are_each_written_once_by_two_workers_in_bad_weather(
    db: Database, world: World, demo: DemoStage, accept_all: AcceptAll
) -> None:
    operations = await accept_all(60)
    world.expected = len(operations)
    await demo._call("PUT", "/faults", FAULTS)
    clock = SystemClock()
    limits = Limits(first_pause_s=0.02, longest_pause_s=0.1)
    shops = Shops(demo.system, Mapping.load(DEMO_MAPPING))
    execution = Execution(
        db=db,
        systems=shops,
        audit=world,
        delivery=world,
        disclosure=world,
        clock=clock,
        limits=limits,
        work=work_orders(world, clock),
    )
    stop = asyncio.Event()
    workers = [
        asyncio.create_task(
            Executor(db=db, execution=execution, clock=clock, limits=limits, at_once=8, sweep_s=0.05).run(stop)
        )
        for _ in range(2)
    ]
    await asyncio.wait_for(world.told_all.wait(), 60)
    stop.set()
    await asyncio.gather(*workers)

    assert set(await states(db)) == {"succeeded"}
    assert await demo.count_writes() == len(operations)
    assert world.told().count("succeeded") == len(operations)
    await demo._call("PUT", "/faults", {})
    for operation in operations:
        receipt = await demo.system.find_operation(operation.operation_id)
        assert receipt is not None
        assert receipt.refund_fen == operation.request.refund_fen


def an_order(order_id: OrderId) -> Order:
    return msgspec.structs.replace(
        order(), order_id=order_id, paid_at=NOW, shipped_at=NOW, delivered_at=NOW, created_at=NOW
    )
