from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from security.access.model import Principal
from tests.security.access.world import Person, World


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    world = World(database_url, tmp_path)
    yield world
    await world.close()


@pytest.fixture
async def staff(world: World) -> dict[str, Person]:
    """The first four administrators, set up and not live yet."""
    return await world.first_four()


@pytest.fixture
async def sec(staff: dict[str, Person]) -> Principal:
    return (await staff["sec.sun"].log_in()).principal


@pytest.fixture
async def other_sec(staff: dict[str, Person]) -> Principal:
    return (await staff["sec.li"].log_in()).principal
