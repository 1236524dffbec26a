"""Hundreds of confirmed requests while answers are lost and processes are killed: each is done once and told once.

``STORM_REFUNDS`` sets the size; without it a part of the full size that fits an hour of everything is run.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import pytest

from appliance.db import Database
from appliance.db.location import database_url
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import Site
from tests.e2e.storm import reckoning
from tests.e2e.storm.customers import NOW, Buyer, buyers
from tests.e2e.storm.people import People
from tests.e2e.storm.street import Street, Visit
from tests.e2e.storm.weather import Weather

pytestmark = pytest.mark.slow

FULL_SIZE = 300
SIZE = int(os.environ.get("STORM_REFUNDS", "60"))
AT_ONCE = 16
SEED = int(os.environ.get("STORM_SEED", "20260610"))


@pytest.fixture
def tell(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """A line for whoever watches the run, captured or not."""

    def write(line: str) -> None:
        with capfd.disabled():
            sys.stdout.write(f"\nstorm: {line}")
            sys.stdout.flush()

    return write


@pytest.fixture
async def own_place(tmp_path: Path) -> AsyncIterator[Throwaway]:
    """With the settings that ship: what is tried here is what runs at a customer's. Its logs are kept."""
    async with throwaway() as place:
        yield place
        shutil.copytree(place.state_dir / "log", tmp_path / "log")


@pytest.fixture
async def own_db(own_place: Throwaway) -> AsyncIterator[Database]:
    db = await Database.open(database_url(own_place.settings), size=2, name="reckoning")
    yield db
    await db.close()


@pytest.mark.control("A1", "M-32")
async def test_every_refund_of_the_storm_is_done_once_and_told_once(
    own_place: Throwaway, own_db: Database, tell: Callable[[str], None]
) -> None:
    dice = Random(SEED)  # noqa: S311 (when to kill, what to buy)
    tell(f"{SIZE} refunds of {FULL_SIZE} at full size, {AT_ONCE} at once, seed {SEED}")
    async with Site.at(own_place.settings, own_place.status) as site:
        keys = await site.open_shop("storm", now=NOW)
        await site.report_to_appliance(keys)
        crowd = buyers(SIZE, dice)
        for buyer in crowd:
            await site.orders.load(keys.shop, buyer.fixture())
        weather = Weather(own_place, site, keys.shop, dice)
        began = time.monotonic()
        async with People.at(own_place.settings, own_db, keys.shop, dice) as people:
            visits = await _visits(Street(site, keys, dice, people), crowd, weather)
        await weather.calm()
        wrong = await reckoning.everything(own_db, site, keys, visits)
        tell(f"{time.monotonic() - began:.0f} s, struck {dict(weather.struck)}, {_counts(visits)}")
        assert wrong == []
    tell(_verified(own_place))


async def _visits(street: Street, crowd: list[Buyer], weather: Weather) -> list[Visit]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(buyer: Buyer) -> Visit:
        async with gate:
            return await street.visit(buyer)

    raging = asyncio.create_task(weather.rage())
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(buyer)) for buyer in crowd]
        await weather.has_struck_all.wait()
    finally:
        raging.cancel()
        await asyncio.gather(raging, return_exceptions=True)
    return [task.result() for task in tasks]


def _counts(visits: list[Visit]) -> str:
    conversations = sum(visit.conversations for visit in visits)
    reconnects = sum(visit.widget.connects - 1 for visit in visits)
    waited = sorted(visit.waited_s for visit in visits)
    half, most = waited[len(waited) // 2], waited[len(waited) * 95 // 100]
    waits = f"from yes to receipt {half:.1f} s at the median, {most:.1f} s at 95%, {waited[-1]:.1f} s at most"
    return f"{conversations} conversations, {reconnects} reconnects, {waits}"


def _verified(place: Throwaway) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "appliance.cli.main", "audit", "verify"],
        capture_output=True,
        text=True,
        check=False,
        env=place.environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()
