"""A desk on a fresh database."""

from pathlib import Path

import pytest

from appliance.db import Database
from tests.appliance.conversation.world import Talk
from tests.appliance.desk.world import DeskWorld


@pytest.fixture
def world(db: Database, tmp_path: Path) -> DeskWorld:
    return DeskWorld(db, tmp_path)


@pytest.fixture
async def talk(world: DeskWorld) -> Talk:
    return await world.talk()
