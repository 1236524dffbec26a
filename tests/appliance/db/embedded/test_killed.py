"""kill -9, of any process, loses nothing that was acknowledged and leaves nothing behind."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from appliance.db import Database
from appliance.db.embedded import Cluster
from appliance.supervisor import ProcessState, board
from appliance.supervisor.model import Phase, Status

_SUPERVISOR = """
import asyncio, sys
from appliance.config import Settings
from appliance.supervisor import Supervisor
from appliance.supervisor.processes import plan
settings = Settings(state_dir=sys.argv[1])
asyncio.run(Supervisor(settings, plan(settings)[:2]).run())
"""
"""PostgreSQL and the migrations, as installed; not the processes that serve."""


@pytest.fixture
def state_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="killed-test-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def supervise(state_dir: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", _SUPERVISOR, str(state_dir)], stderr=subprocess.DEVNULL)
        started.append(process)
        _until(lambda: _status(state_dir).phase is Phase.READY and _status(state_dir).pid == process.pid)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=60)


def _until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def _status(state_dir: Path) -> Status:
    found = board.read(state_dir)
    return found or Status(pid=0, phase=Phase.STOPPED, since=None)  # type: ignore[arg-type]


def _processes_of(data: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _write(url: str, count: int) -> int:
    """Write rows until the server is gone or ``count`` are acknowledged; returns the last acknowledged."""
    acknowledged = 0
    try:
        with psycopg.connect(url, autocommit=True) as conn:
            for number in range(1, count + 1):
                conn.execute("INSERT INTO kept VALUES (%s)", [number])
                acknowledged = number
    except psycopg.OperationalError:
        pass
    return acknowledged


def _kept(state_dir: Path) -> int:
    """What is said to be ready answers at once; what the server wrote stands beside the failure if it does not."""
    try:
        with psycopg.connect(Cluster(state_dir).owner_url()) as conn:
            row = conn.execute("SELECT coalesce(max(x), 0) FROM kept").fetchone()
    except psycopg.OperationalError as refused:
        said = (state_dir / "log" / "postgres.log").read_text(encoding="utf-8", errors="replace")
        refused.add_note(f"{_status(state_dir)}\n{said}")
        raise
    assert row is not None
    return int(row[0])


def test_a_killed_server_comes_back_with_every_acknowledged_row(
    state_dir: Path, supervise: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    supervise()
    cluster = Cluster(state_dir)
    with psycopg.connect(cluster.owner_url(), autocommit=True) as conn:
        conn.execute("CREATE TABLE kept (x int PRIMARY KEY)")
    first = _status(state_dir).processes[0].pid
    assert first is not None
    acknowledged = _write(cluster.owner_url(), 200)
    busy = psycopg.connect(cluster.owner_url(), autocommit=True)
    busy.execute("BEGIN; INSERT INTO kept VALUES (1000)")
    os.kill(first, signal.SIGKILL)
    _until(lambda: _status(state_dir).processes[0].restarts >= 1)
    _until(lambda: _status(state_dir).processes[0].state is ProcessState.READY)
    busy.close()
    assert _kept(state_dir) == acknowledged == 200


async def test_a_request_waits_while_the_server_comes_back(
    state_dir: Path, supervise: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    supervise()
    db = await Database.open(Cluster(state_dir).owner_url(), size=1, wait_s=60)
    async with db.system() as conn:
        backend = os.pidfd_open(conn.info.backend_pid)
    postmaster = _status(state_dir).processes[0].pid
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    assert select.select([backend], [], [], 60)[0]  # it outlives the postmaster for a moment, and would answer
    os.close(backend)
    async with db.system() as conn:
        row = await (await conn.execute("SELECT count(*) FROM shop")).fetchone()
    assert row == (0,)
    await db.close()


def test_a_killed_backend_takes_nobody_with_it_for_long(
    state_dir: Path, supervise: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    supervise()
    cluster = Cluster(state_dir)
    with psycopg.connect(cluster.owner_url(), autocommit=True) as conn:
        os.kill(conn.info.backend_pid, signal.SIGKILL)

    def answers() -> bool:
        try:
            with psycopg.connect(cluster.owner_url()) as conn:
                return conn.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    _until(answers)
    assert _status(state_dir).processes[0].restarts == 0


def test_a_killed_supervisor_leaves_nothing_running_and_can_be_started_again(
    state_dir: Path, supervise: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    supervisor = supervise()
    cluster = Cluster(state_dir)
    with psycopg.connect(cluster.owner_url(), autocommit=True) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS x")
    assert _processes_of(cluster.data)
    supervisor.kill()
    supervisor.wait()
    assert board.read(state_dir) is None
    _until(lambda: not _processes_of(cluster.data))
    supervise()
    assert _kept(state_dir) == 7


def test_both_killed_at_once_and_started_again(
    state_dir: Path, supervise: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    """The next start meets backends without a postmaster, its lock file and its shared memory."""
    supervisor = supervise()
    cluster = Cluster(state_dir)
    busy = psycopg.connect(cluster.owner_url(), autocommit=True)
    busy.execute("CREATE TABLE kept AS SELECT 7 AS x")
    postmaster = _status(state_dir).processes[0].pid
    assert postmaster is not None
    supervisor.kill()
    os.kill(postmaster, signal.SIGKILL)
    supervisor.wait()
    supervise()
    assert _kept(state_dir) == 7
    busy.close()
