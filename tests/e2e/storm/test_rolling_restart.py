"""Web and worker processes are restarted one after another while customers talk: no turn is lost, none comes twice."""

import asyncio
import os
import signal
import time
from random import Random

import pytest

from appliance.db import Database
from appliance.db.location import database_url
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import Site
from appliance.supervisor import board
from appliance.supervisor.model import ProcessState
from tests.e2e.storm import reckoning
from tests.e2e.storm.customers import KINDS, NOW, SPECIAL, buyers
from tests.e2e.storm.street import Street

pytestmark = pytest.mark.slow

CROWD = int(os.environ.get("RESTART_CROWD", "12"))
ONE_AFTER_ANOTHER = ("web-1", "web-2", "worker")
BACK_S = 120


def _pid(place: Throwaway, name: str) -> int | None:
    status = board.read(place.state_dir)
    ready = status.processes if status is not None else ()
    return next((p.pid for p in ready if p.name == name and p.state is ProcessState.READY), None)


async def _restarted(place: Throwaway, name: str) -> float:
    """As whoever upgrades does it: told to end, and only the next one once it serves again. How long it was away."""
    before, began = _pid(place, name), time.monotonic()
    assert before is not None
    os.kill(before, signal.SIGTERM)
    async with asyncio.timeout(BACK_S):
        while _pid(place, name) in (None, before):  # noqa: ASYNC110 (other processes)
            await asyncio.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.control("M-32")
async def test_a_rolling_restart_loses_no_turn(capfd: pytest.CaptureFixture[str]) -> None:
    dice = Random(7)  # noqa: S311 (what to buy)
    crowd = buyers(CROWD, dice, tuple(kind for kind in KINDS if kind != SPECIAL))
    async with throwaway() as place, Site.at(place.settings, place.status) as site:
        keys = await site.open_shop("rolling", now=NOW)
        for buyer in crowd:
            await site.orders.load(keys.shop, buyer.fixture())
        await site.orders.hang_faults(keys.shop, {"delay_ms": {"ms": 400, "on": "all"}})
        street, away = Street(site, keys, dice), {}
        async with asyncio.TaskGroup() as group:
            visits = [group.create_task(street.visit(buyer)) for buyer in crowd]
            for name in ONE_AFTER_ANOTHER:
                away[name] = await _restarted(place, name)
        with capfd.disabled():
            print("\nrolling restart: " + ", ".join(f"{name} away {s:.1f} s" for name, s in away.items()))  # noqa: T201
        db = await Database.open(database_url(place.settings), size=2, name="reckoning")
        try:
            assert await reckoning.everything(db, site, keys, [visit.result() for visit in visits]) == []
        finally:
            await db.close()
