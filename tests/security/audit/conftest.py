from pathlib import Path

import pytest

from tests.security.audit.world import Log


@pytest.fixture
def log(database_url: str, owner_url: str, tmp_path: Path) -> Log:
    return Log(database_url, tmp_path, owner_url)
