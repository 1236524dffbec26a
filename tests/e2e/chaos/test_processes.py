"""The appliance's own processes, killed or frozen while customers are served: others take up what they had begun."""

from functools import partial

import pytest

from appliance.db import Database
from tests.e2e.chaos.conftest import Place
from tests.e2e.chaos.striking import frozen, is_whole, killed
from tests.e2e.chaos.trial import Crowd, Sign, tell

pytestmark = [pytest.mark.soak, pytest.mark.asyncio(loop_scope="session")]

MANY = 12
HOLD_S = 8.0
"""Longer than a lease and a heartbeat."""
PROCESSES = ("web-1", "web", "worker", "order-system")
"""``web``: both at once, so that nobody is left to serve."""


@pytest.mark.parametrize("process", PROCESSES)
async def test_what_a_killed_one_had_begun_is_carried_out_once(
    process: str, place: Place, db: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    crowd = await Crowd.of(place.site, db, MANY)
    sign = Sign(lambda: not is_whole(place.state_dir), lambda: is_whole(place.state_dir))
    row, visits = await crowd.tried(
        f"{process} killed, {MANY}", partial(killed, place.state_dir, process), sign, hold_s=0.0
    )
    tell(capfd, [row])
    assert await crowd.wrong(visits) == []


@pytest.mark.parametrize("process", PROCESSES)
async def test_what_a_frozen_one_had_begun_is_carried_out_once(
    process: str, place: Place, db: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    crowd = await Crowd.of(place.site, db, MANY)
    row, visits = await crowd.tried(
        f"{process} frozen, {MANY}", partial(frozen, place.state_dir, process), None, hold_s=HOLD_S
    )
    tell(capfd, [row])
    assert await crowd.wrong(visits) == []
