from pathlib import Path

import pytest

from appliance.db import Database
from tests.appliance.outbound.world import CallWorld


@pytest.fixture
def world(db: Database, tmp_path: Path) -> CallWorld:
    return CallWorld(db, tmp_path)
