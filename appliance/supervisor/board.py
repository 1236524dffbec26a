"""What runs, for others to see: ``run/status.json``, written anew at each change and never half."""

from pathlib import Path

import msgspec

from appliance.clock import Clock
from appliance.supervisor.lock import is_held
from appliance.supervisor.model import Phase, ProcessState, ProcessStatus, Status


class Board:
    def __init__(self, state_dir: Path, status: Status, clock: Clock) -> None:
        self._path = _file(state_dir)
        self._clock = clock
        self.status = status
        self._write()

    def enter(self, phase: Phase, *, failure: str | None = None) -> None:
        failure = failure or self.status.failure
        self.status = msgspec.structs.replace(self.status, phase=phase, since=self._clock.now(), failure=failure)
        self._write()

    def put(self, name: str, state: ProcessState, **changes: object) -> None:
        processes = tuple(
            msgspec.structs.replace(p, state=state, since=self._clock.now(), **changes) if p.name == name else p
            for p in self.status.processes
        )
        self.status = msgspec.structs.replace(self.status, processes=processes)
        self._write()

    def get(self, name: str) -> ProcessStatus:
        return next(process for process in self.status.processes if process.name == name)

    def _write(self) -> None:
        scratch = self._path.with_suffix(".new")
        scratch.write_bytes(msgspec.json.encode(self.status))
        scratch.rename(self._path)


def read(state_dir: Path) -> Status | None:
    """What the living supervisor says; None if there is none, whatever an old file claims."""
    if not is_held(state_dir):
        return None
    return last_word(state_dir)


def last_word(state_dir: Path) -> Status | None:
    """What was written last, by a supervisor that may be gone."""
    try:
        return msgspec.json.decode(_file(state_dir).read_bytes(), type=Status)
    except FileNotFoundError:
        return None


def _file(state_dir: Path) -> Path:
    return state_dir / "run" / "status.json"
