"""What is said of an installation whose database is away."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.errors import Unavailable
from appliance.installation.health import HealthDesk
from appliance.installation.model import Grade, Part, State


class Away:
    @asynccontextmanager
    async def system(self) -> AsyncIterator[None]:
        raise Unavailable("the database does not answer")
        yield


async def no_figures() -> Mapping[tuple[str, str], float]:
    return {}


async def test_without_the_database_its_parts_are_away_and_the_machine_is_still_told(tmp_path: Path) -> None:
    away: Any = Away()
    found = await HealthDesk(
        db=away,
        settings=Settings(state_dir=str(tmp_path)),
        clock=SystemClock(),
        contacts=dict,
        figures=no_figures,
        is_resting=lambda: False,
        compact_version="0",
    ).look()
    states = {part.part: part.state for part in found.parts}
    assert states.keys() == set(Part)
    assert {part for part, state in states.items() if state is State.AWAY} == {
        Part.WORKERS,
        Part.DATABASE,
        Part.AUDIT,
        Part.ORDER_SYSTEMS,
        Part.WRITES,
        Part.TURNS,
        Part.WEBHOOKS,
        Part.JOBS,
    }
    assert found.grade is Grade.WRONG
