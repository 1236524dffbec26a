"""A PostgreSQL that is killed, hangs, crawls or answers nonsense: what is said waits for it and is not lost."""

from functools import partial

import pytest

from appliance.db import Database
from appliance.installation.rungs import Rung
from tests.e2e.chaos.conftest import Place
from tests.e2e.chaos.proxy import Fault
from tests.e2e.chaos.trial import Crowd, rung_sign, tell

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

BUYERS = 4
MANY = 12
HOLD_S = 4.0
NO_RUNG = frozenset({Fault.SLOWED})


async def tried(fault: Fault, size: int, place: Place, db: Database, capfd: pytest.CaptureFixture[str]) -> None:
    sign = None if fault in NO_RUNG else rung_sign(place.state_dir, Rung.WAITING_FOR_DATABASE)
    crowd = await Crowd.of(place.site, db, size)
    row, visits = await crowd.tried(
        f"database {fault}, {size}", partial(place.database.failing, fault), sign, hold_s=HOLD_S
    )
    tell(capfd, [row])
    assert await crowd.wrong(visits) == []


async def test_one_that_is_away_is_waited_for(place: Place, db: Database, capfd: pytest.CaptureFixture[str]) -> None:
    await tried(Fault.KILLED, BUYERS, place, db, capfd)


@pytest.mark.soak
@pytest.mark.parametrize("fault", Fault)
async def test_with_a_crowd_each_fault_is_waited_out(
    fault: Fault, place: Place, db: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    await tried(fault, MANY, place, db, capfd)
