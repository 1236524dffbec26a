"""One supervisor a state directory. The kernel holds the lock, so it is gone the moment its holder is."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from appliance.errors import ConfigurationError

_LOOKERS_S = 0.3


class StateLock:
    """Held inside ``with``. Taken already: ``ConfigurationError`` says by which process."""

    def __init__(self, state_dir: Path) -> None:
        self._path = _lock_file(state_dir)
        self._file = -1

    def __enter__(self) -> Self:
        self._path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _take(self._file):
            os.close(self._file)
            holder = holder_of(self._path.parents[1]) or "that is just starting"
            raise ConfigurationError(
                f"an appliance runs in {self._path.parents[1]} already (process {holder}): stop it with "
                "'appliance down', or choose another APPLIANCE_STATE_DIR"
            )
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)


def _take(file: int) -> bool:
    """Whoever looks whether it is held, holds it for a moment: so ask more than once."""
    deadline = time.monotonic() + _LOOKERS_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        else:
            return True


def is_held(state_dir: Path) -> bool:
    """Whether a supervisor lives there."""
    try:
        file = os.open(_lock_file(state_dir), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(file)


def holder_of(state_dir: Path) -> int | None:
    """The process id of the living supervisor, if there is one."""
    if not is_held(state_dir):
        return None
    written = _lock_file(state_dir).read_text().strip()
    return int(written) if written.isdigit() else None


def _lock_file(state_dir: Path) -> Path:
    return state_dir / "run" / "supervisor.lock"
