"""Every process is killed at once with everything in flight, and started again: everything goes on, once."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from random import Random

import pytest

from appliance.db import Database
from appliance.db.location import database_url
from appliance.evaluation.registrar import ShopKeys
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import Site
from appliance.supervisor import board
from tests.e2e.storm import reckoning
from tests.e2e.storm.customers import KINDS, NOW, SPECIAL, Buyer, buyers
from tests.e2e.storm.street import Street, Visit

pytestmark = pytest.mark.slow

CROWD = 14
CUT_AFTER_S = (1.5, 2.5)
"""With every answer of the order system a second late, this is in the middle of turns and of operations."""


def appliance(place: Throwaway, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "appliance.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
        env=place.environment,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.control("M-32")
async def test_after_a_power_cut_everything_in_flight_is_done_once() -> None:
    dice = Random(4)  # noqa: S311 (what to buy)
    crowd = buyers(CROWD, dice, tuple(kind for kind in KINDS if kind != SPECIAL))
    async with throwaway() as place, Site.at(place.settings, place.status) as site:
        _keep_ports(place)
        keys = await site.open_shop("power-cut", now=NOW)
        for buyer in crowd:
            await site.orders.load(keys.shop, buyer.fixture())
        await site.orders.hang_faults(keys.shop, {"delay_ms": {"ms": 1000, "on": "all"}})
        street = Street(site, keys, dice)
        try:
            visits = await _visited(street, crowd, place)
            await _reckon(place, site, keys, visits)
        finally:
            await asyncio.to_thread(appliance, place, "down")


async def _visited(street: Street, crowd: list[Buyer], place: Throwaway) -> list[Visit]:
    async with asyncio.TaskGroup() as group:
        visits = [group.create_task(street.visit(buyer)) for buyer in crowd]
        for pause_s in CUT_AFTER_S:
            await asyncio.sleep(pause_s)
            _cut(place)
            await asyncio.to_thread(appliance, place, "up")
    return [visit.result() for visit in visits]


def _keep_ports(place: Throwaway) -> None:
    """As at a customer's: what comes up again listens where it did before."""
    text = 'profile = "evaluation"\n'
    for section, key, name in (("web", "port", "web"), ("demo", "order_system_port", "order-system")):
        text += f"[{section}]\n{key} = {place.status.addresses[name].rpartition(':')[2]}\n"
    (place.state_dir / "appliance.toml").write_text(text, encoding="utf-8")


def _cut(place: Throwaway) -> None:
    """Everything at once: nobody is left to stop anything in order."""
    status = board.read(place.state_dir)
    assert status is not None
    for pid in (status.pid, *(process.pid for process in status.processes)):
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def _reckon(place: Throwaway, site: Site, keys: ShopKeys, visits: list[Visit]) -> None:
    db = await Database.open(database_url(place.settings), size=2, name="reckoning")
    try:
        assert await reckoning.everything(db, site, keys, visits) == []
    finally:
        await db.close()
    assert "OK" in await asyncio.to_thread(appliance, place, "audit", "verify")
