from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.db import Database
from tests.appliance.channels.staff.world import StaffWorld
from tests.security.access.world import World
from tests.security.audit.faults import sealing
from tests.security.audit.world import Log


@pytest.fixture
async def staff(db: Database, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[StaffWorld]:
    """The first four administrators have set up their accounts; nothing is live yet; a sealer runs."""
    world, log = World(database_url, tmp_path), Log(database_url, tmp_path, owner_url)
    async with sealing(log):
        yield StaffWorld(world, db, log, people=await world.first_four())
    await world.close()
