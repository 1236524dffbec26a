"""Jobs: deferred with the business, run once, taken up again."""

import asyncio
import contextlib

import pytest

from appliance.db import Database
from appliance.ids import ShopId
from appliance.jobs.queue import Jobs

SHOP = ShopId("shop-1")


@pytest.fixture
def jobs(database_url: str) -> Jobs:
    return Jobs(database_url)


async def working(jobs: Jobs, until: asyncio.Event) -> None:
    stop = asyncio.Event()
    worker = asyncio.create_task(jobs.run(stop))
    await asyncio.wait_for(until.wait(), 20)
    stop.set()
    await worker


async def test_a_deferred_job_runs_with_its_arguments(db: Database, jobs: Jobs) -> None:
    done = asyncio.Event()
    got: list[str] = []

    async def run(shop: str) -> None:
        got.append(shop)
        done.set()

    jobs.register("tests.note", run)
    async with db.transaction(SHOP) as conn:
        await jobs.defer(conn, "tests.note", shop=SHOP)
    await working(jobs, done)

    assert got == [SHOP]


async def test_a_job_of_a_transaction_that_failed_does_not_exist(db: Database, jobs: Jobs) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with db.transaction(SHOP) as conn:
            await jobs.defer(conn, "tests.note", shop=SHOP)
            raise ZeroDivisionError

    async with db.system() as conn:
        found = await (await conn.execute("SELECT count(*) FROM procrastinate_jobs")).fetchone()
    assert found == (0,)


async def test_a_job_that_fails_is_tried_again(db: Database, jobs: Jobs) -> None:
    done = asyncio.Event()
    tries: list[int] = []

    async def run() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError
        done.set()

    jobs.register("tests.flaky", run)
    async with db.transaction(SHOP) as conn:
        await jobs.defer(conn, "tests.flaky")
    await working(jobs, done)

    assert len(tries) == 2


async def test_periodic_work_runs_by_itself(jobs: Jobs) -> None:
    ticked = asyncio.Event()

    async def tick() -> None:
        ticked.set()

    jobs.every("* * * * * *", "tests.tick", tick)

    await working(jobs, ticked)
