"""What a killed server leaves: backends that have not noticed yet, a lock file, shared memory.

Called before each start, by the one who holds the state directory's lock, so that whatever runs in the data directory
is a leftover of ours.
"""

import logging
import os
import signal
import time
from pathlib import Path

_log = logging.getLogger(__name__)

_STOPPING_S = 30.0
"""A server told to stop writes a checkpoint first."""
_ORPHANED_S = 5.0
_POLL_S = 0.02


def clear(data: Path) -> None:
    """Blocks until no process lives in ``data`` and its lock file is gone."""
    patience_s = _STOPPING_S if _postmaster(data) in _living(data) else _ORPHANED_S
    for killer, wait_s in ((None, patience_s), (signal.SIGQUIT, _ORPHANED_S), (signal.SIGKILL, _ORPHANED_S)):
        if not (left := _living(data)):
            break
        if killer is not None:
            _log.warning("postgres.leftovers_killed", extra={"pids": left, "signal": killer.name})
            _signal(left, killer)
        _wait_until_gone(data, wait_s)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _living(data: Path) -> list[int]:
    """Every process of a cluster stands in its data directory; a zombie stands nowhere."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _stands_in(entry, data)]


def _stands_in(process: Path, data: Path) -> bool:
    try:
        return (process / "cwd").readlink() == data
    except OSError:
        return False


def _postmaster(data: Path) -> int:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _wait_until_gone(data: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _living(data) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
