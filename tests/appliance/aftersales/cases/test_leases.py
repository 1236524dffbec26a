"""A worker that lives keeps what it works on, however long that takes."""

import asyncio
from collections.abc import Awaitable, Callable

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation
from appliance.clock import SystemClock
from appliance.db import Database
from tests.appliance.aftersales.cases.world import World, states
from tests.appliance.aftersales.work.terms import work_orders

Accept = Callable[..., Awaitable[Operation]]
LIMITS = Limits(lease_s=0.5)


def executor(db: Database, world: World) -> Executor:
    clock = SystemClock()
    execution = Execution(
        db=db,
        systems=world,
        audit=world,
        delivery=world,
        disclosure=world,
        clock=clock,
        limits=LIMITS,
        work=work_orders(world, clock),
    )
    return Executor(db=db, execution=execution, clock=clock, limits=LIMITS)


async def lease_ends(db: Database) -> object:
    async with db.system() as conn:
        return (await (await conn.execute("SELECT due_at FROM operation")).fetchone() or [None])[0]


async def test_a_call_that_outlasts_its_lease_is_not_made_by_another_worker_too(
    db: Database, world: World, quote_and_accept: Accept
) -> None:
    operation = await quote_and_accept()
    world.system.is_open.clear()
    slow, other = executor(db, world), executor(db, world)
    stop = asyncio.Event()
    running = asyncio.create_task(slow.run(stop))
    await asyncio.wait_for(world.system.is_called.wait(), 30)

    seen = {await lease_ends(db)}
    async with asyncio.timeout(30):
        while len(seen) < 8:  # more than one whole lease
            assert await other.run_due() == 0
            seen.add(await lease_ends(db))
    world.system.is_open.set()
    stop.set()
    await running

    assert await states(db) == ["succeeded"]
    assert [request.operation_id for request in world.system.requests] == [operation.operation_id]
