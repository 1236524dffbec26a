from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.db import Database
from tests.appliance.channels.staff.world import StaffWorld
from tests.security.access.world import World


@pytest.fixture
async def staff(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[StaffWorld]:
    """The first four administrators have set up their accounts; nothing is live yet."""
    world = World(database_url, tmp_path)
    yield StaffWorld(world, db, people=await world.first_four())
    await world.close()
