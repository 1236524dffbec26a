"""The audit log's second sink full, gone or slow: what moves money waits for its record, and is then done once."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from appliance.db import Database
from appliance.db.location import database_url
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import Site
from appliance.installation.rungs import Rung
from tests.e2e.chaos.trial import Crowd, rung_sign, tell

pytestmark = [pytest.mark.soak, pytest.mark.asyncio(loop_scope="module")]

MANY = 12
HOLD_S = 8.0
DISK = "4m"
SLOW_S = 1.5
_TOML = """
[audit]
segments_dir = "{sink}"
[conversation]
lease_s = 3
receipt_wait_s = 2
"""
_SLOW_FLUSH = """
import os, time
flush = os.fsync
def fsync(descriptor):
    if os.path.exists({sign!r}):
        with open({sign!r}, "a") as file:
            file.write(".")
        time.sleep({slow_s})
    flush(descriptor)
os.fsync = fsync
"""
"""What a Python process of the appliance does first: a flush to disk takes long for as long as the sign is there."""


class Sink:
    """A small disk of its own, and what goes wrong with it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "disk" / "audit"
        self._disk = folder / "disk"
        self._sign = folder / "slow"

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        ballast = self._disk / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        assert os.statvfs(self._disk).f_bavail == 0
        try:
            yield
        finally:
            ballast.unlink()

    @asynccontextmanager
    async def gone(self) -> AsyncIterator[None]:
        """Nothing can be put in its place meanwhile."""
        away = self.path.with_name("away")
        self.path.rename(away)
        self.path.touch()
        try:
            yield
        finally:
            self.path.unlink()
            away.rename(self.path)

    @asynccontextmanager
    async def slow(self) -> AsyncIterator[None]:
        self._sign.touch()
        yield
        flushes = self._sign.stat().st_size
        self._sign.unlink()
        assert flushes, "no flush was slow"

    def program(self) -> str:
        return _SLOW_FLUSH.format(sign=str(self._sign), slow_s=SLOW_S)


FAULTS: dict[str, tuple[Callable[[Sink], AbstractAsyncContextManager[None]], bool]] = {
    "full": (Sink.full, True),
    "gone": (Sink.gone, True),
    "slow": (Sink.slow, False),
}
"""And whether it is a rung: what is slow is sealed late, and within half a minute."""


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    folder = tmp_path_factory.mktemp("sink")
    made = Sink(folder)
    made.path.parent.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0755", "tmpfs", str(made.path.parent)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield made
    finally:
        subprocess.run(["umount", "-l", str(made.path.parent)], check=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(
    sink: Sink, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Throwaway, Site, Database]]:
    first = tmp_path_factory.mktemp("first")
    (first / "sitecustomize.py").write_text(sink.program())
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(first), os.environ.get("PYTHONPATH", "")])))
        async with AsyncExitStack() as opened:
            appliance = await opened.enter_async_context(throwaway(_TOML.format(sink=sink.path)))
            site = await opened.enter_async_context(Site.at(appliance.settings, appliance.status))
            db = await Database.open(database_url(appliance.settings), size=2, name="reckoning")
            opened.push_async_callback(db.close)
            yield appliance, site, db


async def is_whole(appliance: Throwaway) -> bool:
    """Database and files agree, to the last record."""
    program = [sys.executable, "-m", "appliance.cli.main", "audit", "verify"]
    checked = await asyncio.create_subprocess_exec(*program, env=appliance.environment, cwd="/")
    return await checked.wait() == 0


@pytest.mark.control("A5", "M-21")
@pytest.mark.parametrize("how", FAULTS)
async def test_what_waits_for_its_record_is_done_once_when_it_is_well(
    how: str, place: tuple[Throwaway, Site, Database], sink: Sink, capfd: pytest.CaptureFixture[str]
) -> None:
    appliance, site, db = place
    break_it, is_rung = FAULTS[how]
    sign = rung_sign(appliance.state_dir, Rung.NO_MONEY) if is_rung else None
    crowd = await Crowd.of(site, db, MANY)
    row, visits = await crowd.tried(f"second sink {how}, {MANY}", partial(break_it, sink), sign, hold_s=HOLD_S)
    tell(capfd, [row])
    assert await crowd.wrong(visits) == []
    assert await is_whole(appliance)
