"""A patient for the doctor: settings over a real database and a directory of its own, and what he has to say of it.

Each test breaks one thing and is marked ``fault(check, found, cure)``: what the check says must hold those words, and
docs/doctor.md lists them. ``passes=True``: the finding says that it may pass by itself; any other says that it cannot.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from appliance.cli.findings import CHECKS, finding
from appliance.config import DatabaseSettings, Settings
from appliance.installation.model import Finding, Grade
from appliance.supervisor.lock import StateLock
from security.audit.sealer import KEY_FILE
from tests.security.audit.world import Log


class Doctor:
    def __init__(self, check: str, found: str, cure: str, *, passes: bool = False) -> None:
        assert check in CHECKS
        self.check, self._found, self._cure, self._passes = check, found, cure, passes

    async def looks(self, settings: Settings) -> Finding:
        return await finding(self.check, settings)

    async def is_content(self, settings: Settings) -> None:
        seen = await self.looks(settings)
        assert seen.grade is Grade.OK, seen

    async def finds(self, settings: Settings) -> Finding:
        seen = await self.looks(settings)
        assert seen.grade in (Grade.WRONG, Grade.WARNING), seen
        assert (self._found in seen.found, self._cure in seen.cure, bool(seen.needed)) == (True, True, True), seen
        assert seen.may_pass is self._passes, seen
        return seen


@pytest.fixture
def doctor(request: pytest.FixtureRequest) -> Doctor:
    mark = request.node.get_closest_marker("fault")
    assert mark is not None, "mark it with the fault that it makes"
    return Doctor(*mark.args, **mark.kwargs)


@pytest.fixture
def patient(tmp_path: Path) -> Settings:
    """Without a database; a port that nobody else asks for."""
    return Settings(state_dir=str(tmp_path))


@pytest.fixture
def served(tmp_path: Path, database_url: str) -> Settings:
    """With a migrated database that has seen nothing yet."""
    return Settings(state_dir=str(tmp_path), database=DatabaseSettings(url=database_url))


@pytest.fixture
async def logged(served: Settings, log: Log) -> Settings:
    """With three sealed records."""
    await log.append(3)
    await log.seal_what_is_pending()
    assert (served.audit_path / KEY_FILE).is_file()
    return served


@pytest.fixture
def log(database_url: str, owner_url: str, tmp_path: Path) -> Log:
    return Log(database_url, tmp_path, owner_url)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """An appliance seems to run in it: this process holds its lock."""
    (tmp_path / "run").mkdir()
    with StateLock(tmp_path):
        yield tmp_path


def changed(settings: Settings, section: str, **values: Any) -> Settings:
    part = msgspec.structs.replace(getattr(settings, section), **values)
    return msgspec.structs.replace(settings, **{section: part})


async def as_owner(owner_url: str, statement: str, *values: Any) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as conn:
        await conn.execute(statement.encode(), values)
