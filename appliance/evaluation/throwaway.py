"""A throw-away appliance: its own state, cluster, log and demo order system on free ports, and nothing left afterwards.

It is the real thing, started the way ``appliance up`` starts it. It never reads the configuration of this machine's own
appliance, and it stops when whoever started it is gone, however that happened.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from appliance import config, launch
from appliance.config import Settings
from appliance.errors import Unavailable
from appliance.supervisor import board, logs
from appliance.supervisor.control import LOG
from appliance.supervisor.model import Phase, Status

_LIVE = ("APPLIANCE_CONFIG", "APPLIANCE_STATE_DIR", "DATABASE_URL", "DATABASE_OWNER_URL")
"""What would lead to the appliance that really runs here."""
_READY_S = 180.0
_STARTS = 3
"""A process that ends as often before all is ready will not do better."""
_STOP_S = 60.0
_POLL_S = 0.05


class Throwaway(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    status: Status
    environment: dict[str, str]
    """With it, every ``appliance`` command speaks of this one."""

    @property
    def web_url(self) -> str:
        return f"http://{self.status.addresses['web']}"

    @property
    def order_system_url(self) -> str:
        return f"http://{self.status.addresses['order-system']}"

    @property
    def state_dir(self) -> Path:
        return self.settings.state_path


@asynccontextmanager
async def throwaway(
    toml: str = "",
    *,
    profile: str = "evaluation",
    workers: int = 2,
    say: Callable[[str], None] | None = None,
    ready_s: float = _READY_S,
) -> AsyncIterator[Throwaway]:
    """``toml`` is added to its configuration. A cancelled task still stops and removes it."""
    folder = _folder(_configuration(profile, toml, workers))
    process: subprocess.Popen[bytes] | None = None
    _end_with(signal.SIGTERM)
    try:
        environment = {key: value for key, value in os.environ.items() if key not in _LIVE}
        environment |= {"APPLIANCE_STATE_DIR": str(folder)}
        settings = config.load(environment)
        if say is not None:
            say("starting a throw-away appliance")
        process = _start(folder, environment)
        status = await _ready(process, folder, ready_s)
        yield Throwaway(settings=settings, status=status, environment=environment)
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _end_with(number: signal.Signals) -> None:
    """Told to end, the program unwinds as it does at Ctrl-C, instead of dying with everything left behind."""
    task = asyncio.current_task()
    if task is not None and threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _folder(configuration: str) -> Path:
    """PostgreSQL's own user, where there is one, must be able to pass."""
    folder = Path(tempfile.mkdtemp(prefix="appliance-"))
    folder.chmod(0o711)
    (folder / "appliance.toml").write_text(configuration, encoding="utf-8")
    return folder


def _configuration(profile: str, toml: str, workers: int) -> str:
    ports = f"[web]\nport = 0\nworkers = {workers}\n\n[demo]\norder_system_port = 0\n"
    return f'profile = "{profile}"\n\n{ports}\n{toml}'


def _start(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches it through us only and it stops in order."""
    program = [sys.executable, "-m", "appliance.cli.main", "up", "--foreground"]
    with os.fdopen(logs.open_log(folder, LOG), "wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own program
            launch.command(program, death_signal=signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            env=environment | {"PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"},
        )


async def _ready(process: subprocess.Popen[bytes], folder: Path, ready_s: float) -> Status:
    deadline = time.monotonic() + ready_s
    while time.monotonic() < deadline:
        status = board.last_word(folder)
        if process.poll() is not None:
            reason = status.failure if status is not None and status.failure else _tail(folder, LOG)
            raise Unavailable(f"the throw-away appliance did not start: {reason}")
        if status is not None and status.phase is Phase.READY:
            return status
        if status is not None and (dying := next((p for p in status.processes if p.restarts > _STARTS), None)):
            said = _tail(folder, dying.name)
            raise Unavailable(f"the throw-away appliance does not start: {dying.name}: {dying.last_exit}: {said}")
        await asyncio.sleep(_POLL_S)
    raise Unavailable(f"the throw-away appliance was not ready after {ready_s:.0f} s")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Blocking on purpose: nothing may get between us and the end of it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _tail(folder: Path, name: str) -> str:
    return logs.last_line(folder, name) or "it said nothing and ended"
