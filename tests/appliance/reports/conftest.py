"""A shop whose figures are known."""

import pytest

from appliance.db import Database
from tests.appliance.reports.world import ReportWorld


@pytest.fixture
def world(db: Database) -> ReportWorld:
    return ReportWorld(db)
