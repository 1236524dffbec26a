"""Start and stop the supervisor from another process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.config import Settings
from appliance.errors import Unavailable
from appliance.supervisor import board, egress, logs
from appliance.supervisor.lock import StateLock, holder_of, is_held
from appliance.supervisor.model import Phase, ProcessState, Status

_POLL_S = 0.05
LOG = "supervisor"


def start_detached(settings: Settings, *, ready_s: float = 180.0) -> Status:
    """Returns when everything is ready. The log of what went wrong otherwise is in the error's one line."""
    state_dir = settings.state_path
    with StateLock(state_dir):
        (state_dir / "run" / "status.json").unlink(missing_ok=True)
    log = logs.open_log(state_dir, LOG)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "appliance.cli.main", "up", "--foreground"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
            env=child_environment(settings) | egress.environment(settings, LOG),
        )  # fmt: skip
    finally:
        os.close(log)
    for _ in _until(ready_s):
        status = board.last_word(state_dir)
        if process.poll() is not None:
            raise Unavailable(_why_not(state_dir, status))
        if status is not None and status.pid == process.pid and status.phase is Phase.READY:
            return status
    waiting = [p.name for p in status.processes if p.state not in _FINE] if status else ["the supervisor"]
    raise Unavailable(
        f"not ready after {ready_s:g} s: {', '.join(waiting)}; it goes on trying: see 'appliance status' and "
        f"{state_dir}/log"
    )


def stop(state_dir: Path, *, patience_s: float = 90.0) -> bool:
    """Stops in order and waits; False if nothing ran. What does not stop in time is killed, with all its children."""
    holder = holder_of(state_dir)
    if holder is None:
        return False
    for number, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 10.0)):
        try:
            os.kill(holder, number)
        except ProcessLookupError:
            return True
        for _ in _until(wait_s):
            if not is_held(state_dir) and _is_gone(holder):
                return True
    raise Unavailable(f"process {holder} does not end: look at it with 'ps' and at {state_dir}/log/{LOG}.log")


def child_environment(settings: Settings) -> dict[str, str]:
    """What makes a child of ours find the same settings, and import nothing that lies around."""
    ours = {"APPLIANCE_STATE_DIR": settings.state_dir, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **ours}


def _is_gone(pid: int) -> bool:
    """A zombie is gone too: nobody may be there to reap it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


_FINE = (ProcessState.READY, ProcessState.DONE)


def _why_not(state_dir: Path, status: Status | None) -> str:
    reason = status.failure if status is not None and status.failure else logs.last_line(state_dir, LOG)
    return f"the appliance did not start: {reason or f'see {state_dir}/log/{LOG}.log'}"


def _until(seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(_POLL_S)
