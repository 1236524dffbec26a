"""Processes of the appliance, by the names that its supervisor gives them, killed or frozen."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from appliance.supervisor import board
from appliance.supervisor.model import ProcessState

_AGAIN_S = 0.1


def pids(state_dir: Path, prefix: str) -> list[int]:
    status = board.read(state_dir)
    assert status is not None
    return [p.pid for p in status.processes if p.name.startswith(prefix) and p.pid is not None]


def is_whole(state_dir: Path) -> bool:
    status = board.read(state_dir)
    return status is not None and all(p.state in (ProcessState.READY, ProcessState.DONE) for p in status.processes)


def signalled(state_dir: Path, prefix: str, number: signal.Signals) -> list[int]:
    struck = pids(state_dir, prefix)
    assert struck
    for pid in struck:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    return struck


@asynccontextmanager
async def killed(state_dir: Path, prefix: str) -> AsyncIterator[None]:
    """It is over when it is begun: the supervisor starts them anew."""
    signalled(state_dir, prefix, signal.SIGKILL)
    yield


@asynccontextmanager
async def kept_down(state_dir: Path, prefix: str) -> AsyncIterator[None]:
    """Killed again as often as its supervisor starts it, as one that cannot come up."""

    async def strike() -> None:
        while True:
            for pid in pids(state_dir, prefix):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(_AGAIN_S)

    striking = asyncio.create_task(strike())
    try:
        yield
    finally:
        striking.cancel()


@asynccontextmanager
async def frozen(state_dir: Path, prefix: str) -> AsyncIterator[None]:
    struck = signalled(state_dir, prefix, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in struck:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
