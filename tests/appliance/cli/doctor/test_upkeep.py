"""What is done by the clock and was not done: it failed, or nobody came to it."""

from datetime import timedelta

import pytest

from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.installation import upkeep
from appliance.installation.model import Chore
from appliance.installation.upkeep import Kept
from tests.appliance.cli.doctor.conftest import Doctor

fault = pytest.mark.fault


@fault("upkeep", "certificates failed on", "appliance certificates renew")
async def test_what_the_clock_failed_at_is_found(doctor: Doctor, patient: Settings) -> None:
    await doctor.is_content(patient)
    now = SystemClock().now()
    failed = Kept(since=now, began_at=now, ended_at=now, why="one is missing: bring it back")
    upkeep.write(patient.state_path, {Chore.CERTIFICATES: failed})
    seen = await doctor.finds(patient)
    assert "one is missing: bring it back" in seen.found


@fault("upkeep", "egress was due at", "worker.log")
async def test_what_nobody_came_to_do_is_found(doctor: Doctor, patient: Settings) -> None:
    before = SystemClock().now() - timedelta(days=2)
    upkeep.write(patient.state_path, {Chore.EGRESS: Kept(since=before)})
    await doctor.finds(patient)
