"""The real server behind a real socket, with a shop in which there is something of everything."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.appliance.channels.busy_shop import BusyShop, busy_shop
from tests.appliance.channels.conftest import whole
from tests.appliance.channels.whole import Whole

__all__ = ["whole"]


@pytest.fixture
async def shop(whole: Whole, tmp_path: Path) -> AsyncIterator[BusyShop]:
    async with busy_shop(whole, tmp_path) as busy, whole.served():
        yield busy
