"""The worker keeps its parts running and ends them together."""

import asyncio

import pytest

from appliance.clock import FixedClock, SystemClock
from appliance.db import Database
from appliance.jobs import worker
from appliance.jobs.heartbeat import ALIVE, Heartbeat, living_workers
from appliance.jobs.worker import run_worker


async def test_a_part_that_fails_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 0.001)
    stop = asyncio.Event()
    starts: list[str] = []

    async def fragile(stop: asyncio.Event) -> None:
        starts.append("fragile")
        if len(starts) < 3:
            raise ValueError
        stop.set()

    await run_worker({"fragile": fragile}, stop)

    assert starts == ["fragile"] * 3


def test_a_part_that_fails_at_once_waits_longer_each_time_until_it_has_lived() -> None:
    pauses = [0.0]
    for lived_s in (0, 0, 0, worker.LONGEST_PAUSE_S + 1):
        pauses.append(worker.pause_after(lived_s, pauses[-1]))

    assert pauses[1:] == [0.5, 1.0, 2.0, 0.5]


async def test_all_parts_come_to_a_good_end() -> None:
    stop = asyncio.Event()
    ended: list[str] = []

    async def one(stop: asyncio.Event) -> None:
        await stop.wait()
        ended.append("one")

    async def other(stop: asyncio.Event) -> None:
        stop.set()
        ended.append("other")

    await run_worker({"one": one, "other": other}, stop)

    assert sorted(ended) == ["one", "other"]


async def test_a_part_that_does_not_end_is_broken_off() -> None:
    stop = asyncio.Event()
    stop.set()
    never = asyncio.Event()

    async def stubborn(_: asyncio.Event) -> None:
        await never.wait()

    await asyncio.wait_for(run_worker({"stubborn": stubborn}, stop, grace_s=0.01), 10)


async def test_a_living_worker_is_seen_and_one_that_left_is_not(db: Database) -> None:
    clock = SystemClock()
    heartbeat = Heartbeat(db, clock)
    await heartbeat.beat()
    await heartbeat.beat()
    alive = await living_workers(db, clock)
    await heartbeat.leave()

    assert len(alive) == 1
    assert await living_workers(db, clock) == []


async def test_a_worker_leaves_when_it_is_stopped(db: Database) -> None:
    stop = asyncio.Event()
    stop.set()
    await Heartbeat(db, SystemClock()).run(stop)

    assert await living_workers(db, SystemClock()) == []


async def test_a_silent_worker_counts_as_dead(db: Database) -> None:
    clock = FixedClock(SystemClock().now())
    heartbeat = Heartbeat(db, clock)
    await heartbeat.beat()
    clock.move(2 * ALIVE)

    assert await living_workers(db, clock) == []
