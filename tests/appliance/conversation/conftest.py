"""One shop's conversations on a fresh database."""

from pathlib import Path

import pytest

from appliance.db import Database
from tests.appliance.conversation.world import Talk, World


@pytest.fixture
def world(db: Database, tmp_path: Path) -> World:
    return World(db, tmp_path)


@pytest.fixture
async def talk(world: World) -> Talk:
    return await world.talk()
