"""What the supervisor runs, and what it says about it."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec


class Address(msgspec.Struct, frozen=True):
    """Where a process listens. Port 0 means any free one; the supervisor says which."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class ProcessSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A process that is to run for as long as the appliance does."""

    name: str
    command: Callable[[], list[str]]
    """Made anew for each start: it names the parent (``appliance.launch``)."""
    ready: Callable[[], Awaitable[None]] | None = None
    """Returns once the process serves. None: the process says so itself (``child.Child.ready``)."""
    after: tuple[str, ...] = ()
    before_start: Callable[[], None] | None = None
    """Runs in a thread before each start, the first and every other."""
    listen: Address | None = None
    """The supervisor binds it and hands it down, so that a restart loses no connection. One socket for each role:
    ``web-1`` and ``web-2`` share it."""
    environment: Mapping[str, str] | None = None
    """All of it; None: the supervisor's own."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_s: float = 15.0
    """After this it is killed."""
    ready_s: float = 60.0
    """A start that takes longer counts as failed."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something done once at start, before others begin. If it fails, the appliance does not start."""

    name: str
    run: Callable[[], Awaitable[object]]
    after: tuple[str, ...] = ()


class ProcessState(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    BACKING_OFF = "backing_off"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    state: ProcessState = ProcessState.WAITING
    pid: int | None = None
    since: datetime | None = None
    restarts: int = 0
    last_exit: str | None = None


class Phase(StrEnum):
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The whole tree at one moment; ``run/status.json``."""

    pid: int
    phase: Phase
    since: datetime
    failure: str | None = None
    addresses: dict[str, str] = {}
    processes: tuple[ProcessStatus, ...] = ()
