"""A tree of small processes: started in order, restarted when they die, stopped in reverse, never left behind."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from appliance import launch
from appliance.config import Settings
from appliance.errors import ConfigurationError
from appliance.supervisor import ProcessSpec, ProcessState, Step, Supervisor, board
from appliance.supervisor.model import Address, Phase, Status

_SERVES = """
import os, signal, sys, time
note = open(sys.argv[1], "a", buffering=1)
def stop(*_):
    note.write(sys.argv[2] + " stopped\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note.write(sys.argv[2] + " started\\n")
os.write(int(os.environ["APPLIANCE_READY_FD"]), b"ready\\n")
while True:
    time.sleep(60)
"""


class Tree:
    """A supervisor under test, its notes, and what it says."""

    def __init__(self, state_dir: Path) -> None:
        self.settings = Settings(state_dir=str(state_dir))
        self.notes_file = state_dir / "notes"
        self.running: asyncio.Task[str | None] | None = None
        self.supervisor: Supervisor | None = None

    def spec(self, name: str, *after: str, code: str = _SERVES, **more: object) -> ProcessSpec:
        program = [sys.executable, "-c", code, str(self.notes_file), name]
        return ProcessSpec(
            name=name,
            command=lambda: launch.command(program, death_signal=signal.SIGKILL),
            after=after,
            **more,  # type: ignore[arg-type]
        )

    def start(self, *plan: ProcessSpec | Step) -> None:
        self.supervisor = Supervisor(self.settings, plan)
        self.running = asyncio.create_task(self.supervisor.run())

    async def until(self, wanted: Callable[[Status], bool]) -> Status:
        async with asyncio.timeout(30):
            while True:
                status = board.read(self.settings.state_path)
                if status is not None and wanted(status):
                    return status
                await asyncio.sleep(0.01)

    async def ready(self) -> Status:
        return await self.until(lambda status: status.phase is Phase.READY)

    async def stop(self) -> str | None:
        assert self.running is not None
        assert self.supervisor is not None
        self.supervisor.stop()
        async with asyncio.timeout(30):
            return await self.running

    def notes(self) -> list[str]:
        return self.notes_file.read_text().splitlines()


@pytest.fixture
async def tree() -> AsyncIterator[Tree]:
    with tempfile.TemporaryDirectory() as folder:
        made = Tree(Path(folder))
        yield made
        if made.running is not None and not made.running.done():
            await made.stop()


def _pid(status: Status, name: str) -> int:
    pid = next(process.pid for process in status.processes if process.name == name)
    assert pid is not None
    return pid


def _state(status: Status, name: str) -> ProcessState:
    return next(process.state for process in status.processes if process.name == name)


async def test_it_starts_in_order_and_stops_in_reverse(tree: Tree) -> None:
    async def migrate() -> None:
        tree.notes_file.open("a").write("migrated\n")

    tree.start(tree.spec("base"), Step(name="migrations", run=migrate, after=("base",)), tree.spec("top", "migrations"))
    await tree.ready()
    assert await tree.stop() is None
    assert tree.notes() == ["base started", "migrated", "top started", "top stopped", "base stopped"]


async def test_a_process_that_dies_comes_back_and_that_is_said(tree: Tree) -> None:
    tree.start(tree.spec("web-1"))
    first = _pid(await tree.ready(), "web-1")
    os.kill(first, signal.SIGKILL)
    status = await tree.until(lambda s: s.processes[0].state is ProcessState.READY and s.processes[0].pid != first)
    assert (status.processes[0].restarts, status.processes[0].last_exit) == (1, "killed by SIGKILL")


async def test_the_others_live_on_when_what_they_need_dies(tree: Tree) -> None:
    tree.start(tree.spec("base"), tree.spec("top", "base"))
    before = await tree.ready()
    os.kill(_pid(before, "base"), signal.SIGKILL)
    after = await tree.until(lambda s: s.processes[0].restarts == 1 and s.processes[0].state is ProcessState.READY)
    assert _pid(after, "top") == _pid(before, "top")


async def test_a_process_that_never_serves_is_tried_again(tree: Tree) -> None:
    tree.start(tree.spec("hung", code="import time; time.sleep(60)", ready_s=0.2))
    status = await tree.until(lambda s: s.processes[0].restarts >= 2)
    assert status.processes[0].last_exit == "not ready: within 0.2 s"
    assert status.phase is Phase.STARTING


async def test_a_process_that_cannot_be_started_is_tried_again(tree: Tree) -> None:
    def refuse() -> None:
        raise ConfigurationError("no room")

    tree.start(tree.spec("base", before_start=refuse))
    status = await tree.until(lambda s: s.processes[0].restarts >= 1)
    assert status.processes[0].last_exit == "not started: no room"


async def test_a_step_that_fails_stops_the_start_and_says_why(tree: Tree) -> None:
    async def refuse() -> None:
        raise ConfigurationError("the database is newer")

    tree.start(tree.spec("base"), Step(name="migrations", run=refuse, after=("base",)), tree.spec("top", "migrations"))
    assert tree.running is not None
    async with asyncio.timeout(30):
        assert await tree.running == "migrations: the database is newer"
    assert tree.notes() == ["base started", "base stopped"]


async def test_a_process_that_calls_itself_misconfigured_stops_the_start(tree: Tree) -> None:
    code = "import sys; print('appliance: the port is no number'); sys.exit(2)"
    tree.start(tree.spec("base"), tree.spec("top", "base", code=code))
    assert tree.running is not None
    async with asyncio.timeout(30):
        assert await tree.running == "top: appliance: the port is no number"


async def test_a_process_that_ignores_the_stop_is_killed(tree: Tree) -> None:
    deaf = _SERVES.replace("signal.signal(signal.SIGTERM, stop)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    tree.start(tree.spec("deaf", code=deaf, stop_s=0.1))
    await tree.ready()
    assert await tree.stop() is None


async def test_it_can_be_stopped_before_anything_is_ready(tree: Tree) -> None:
    tree.start(tree.spec("hung", code="import time; time.sleep(60)"), tree.spec("top", "hung"))
    await tree.until(lambda s: s.processes[0].pid is not None)
    assert await tree.stop() is None


async def test_a_second_supervisor_on_the_same_state_is_refused(tree: Tree) -> None:
    tree.start(tree.spec("base"))
    await tree.ready()
    with pytest.raises(ConfigurationError, match=rf"runs in .* already \(process {os.getpid()}\)"):
        await Supervisor(tree.settings, []).run()


async def test_processes_share_a_port_and_every_child_knows_all_addresses(tree: Tree) -> None:
    code = _SERVES.replace(
        'note.write(sys.argv[2] + " started\\n")',
        "import socket\n"
        "sock = socket.socket(fileno=int(os.environ['APPLIANCE_LISTEN_FD']))\n"
        "note.write('%s %s\\n' % (sock.getsockname()[1], os.environ['APPLIANCE_ADDRESSES']))",
    )
    anywhere = Address("127.0.0.1", 0)
    tree.start(tree.spec("web-1", code=code, listen=anywhere), tree.spec("web-2", code=code, listen=anywhere))
    status = await tree.ready()
    port = status.addresses["web"].partition(":")[2]
    assert tree.notes() == [f'{port} {{"web":"127.0.0.1:{port}"}}'] * 2


async def test_a_port_in_use_is_named_before_anything_starts(tree: Tree) -> None:
    anywhere = Address("127.0.0.1", 0)
    tree.start(tree.spec("web-1", listen=anywhere))
    port = int((await tree.ready()).addresses["web"].partition(":")[2])
    with tempfile.TemporaryDirectory() as folder:
        other = Tree(Path(folder))
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            await Supervisor(other.settings, [other.spec("web-1", listen=Address("127.0.0.1", port))]).run()


async def test_nobody_reads_a_status_whose_supervisor_is_gone(tree: Tree) -> None:
    tree.start(tree.spec("base"))
    await tree.ready()
    await tree.stop()
    assert board.read(tree.settings.state_path) is None
    last = board.last_word(tree.settings.state_path)
    assert last is not None
    assert (last.phase, _state(last, "base")) == (Phase.STOPPED, ProcessState.STOPPED)
