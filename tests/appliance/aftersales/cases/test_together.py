"""Executor, listener and the real sealer, running as in the worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from appliance.aftersales.cases.course import CameTo, Carried, Stage
from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import CHANNEL, Executor
from appliance.aftersales.cases.model import Operation
from appliance.aftersales.cases.receipt import problems, receipt_document
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.trail import SealedTrail
from appliance.clock import SystemClock
from appliance.db import Connection, Database, Listener
from security.audit.file_signer import FileSigner
from security.audit.sealer import Sealer
from security.audit.shift import Batch
from tests.appliance.aftersales.cases.world import SHOP, World, order, return_of, states
from tests.appliance.aftersales.work.terms import work_orders

Accept = Callable[..., Awaitable[Operation]]


@pytest.fixture
def service(db: Database, world: World) -> CaseService:
    return CaseService(
        audit=SealedTrail(db), delivery=world, clock=SystemClock(), work=work_orders(SealedTrail(db), SystemClock())
    )


class Watched:
    """What who looks on is told."""

    def __init__(self) -> None:
        self.carried: list[Carried] = []
        self.sealed: list[Batch] = []


@pytest.fixture
def seen() -> Watched:
    return Watched()


@pytest.fixture
async def worker(
    db: Database, database_url: str, world: World, tmp_path: Path, seen: Watched
) -> AsyncIterator[Executor]:
    clock, limits = SystemClock(), Limits()

    async def connect() -> Connection:
        return await psycopg.AsyncConnection.connect(database_url)

    sealer = Sealer(connect, tmp_path / "audit", FileSigner(tmp_path / "audit.key"), clock, watch=seen.sealed.append)
    execution = Execution(
        db=db,
        systems=world,
        audit=SealedTrail(db),
        delivery=world,
        disclosure=world,
        clock=clock,
        limits=limits,
        work=work_orders(SealedTrail(db), clock),
        watch=seen.carried.append,
    )
    executor = Executor(db=db, execution=execution, clock=clock, limits=limits, sweep_s=60)
    stop = asyncio.Event()
    async with Listener(database_url) as listener:
        await listener.subscribe(CHANNEL, executor.wake)
        parts = [asyncio.create_task(sealer.run(stop)), asyncio.create_task(executor.run(stop))]
        yield executor
        stop.set()
        await asyncio.gather(*parts)


async def test_a_yes_is_carried_out_without_waiting_for_a_sweep(
    db: Database, world: World, quote_and_accept: Accept, worker: Executor
) -> None:
    operation = await quote_and_accept()
    await asyncio.wait_for(world.told_all.wait(), 30)
    await worker.finish()

    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}
    document = await receipt_document(db, SHOP, operation.operation_id)
    assert problems(document) == []
    assert document.audit[0].id == document.intent


async def test_what_took_how_long_is_told_of_each_carrying_on_and_of_what_was_sealed(
    world: World, quote_and_accept: Accept, worker: Executor, seen: Watched
) -> None:
    world.system.faults = ["lost_answer"]
    await quote_and_accept()
    await asyncio.wait_for(world.told_all.wait(), 30)
    await worker.finish()
    first, *_, last = seen.carried
    assert (first.came_to, tuple(first.took_us)) == (CameTo.PUT_OFF, (Stage.SEAL, Stage.WRITE))
    assert (last.came_to, last.attempts, tuple(last.took_us)) == (CameTo.ENDED, 1, (Stage.SEAL, Stage.FIND, Stage.END))
    assert sum(last.took_us.values()) <= last.total_us
    assert sum(batch.records for batch in seen.sealed) >= 2


async def test_a_lost_answer_is_looked_for_without_waiting_for_a_sweep(
    world: World, quote_and_accept: Accept, worker: Executor
) -> None:
    world.system.faults = ["lost_answer"]
    operation = await quote_and_accept()
    await asyncio.wait_for(world.told_all.wait(), 30)

    assert world.told() == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}


async def test_forty_yeses_at_once_are_all_carried_out(
    world: World, quote_and_accept: Accept, worker: Executor
) -> None:
    world.expected = 40
    operations = [await quote_and_accept(return_of(1), read=order(quantity=40)) for _ in range(40)]
    await asyncio.wait_for(world.told_all.wait(), 60)

    assert world.system.writes == {operation.operation_id: 1 for operation in operations}


async def test_questions_about_seals_are_put_together(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[UUID]] = []

    async def wait_sealed(_conn: Connection, ids: Sequence[UUID], _timeout_s: float) -> None:
        asked.append(list(ids))

    monkeypatch.setattr("appliance.aftersales.cases.trail.wait_sealed", wait_sealed)
    trail = SealedTrail(db)
    await asyncio.gather(*(trail.wait_sealed([UUID(int=number)]) for number in range(20)))

    assert sum(len(ids) for ids in asked) == 20
    assert len(asked) == 1
