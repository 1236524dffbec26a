"""Does what is due, one thing at a time, by calling the command that a person would call, in a process of its own.

Of several workers on one state directory one is about it: the kernel holds the lock. What it was about when it was
told to stop is broken off: it has not failed, is not done either, and comes again.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from appliance.clock import Clock
from appliance.config import Settings
from appliance.errors import ApplianceError
from appliance.installation import upkeep
from appliance.installation.model import Chore
from appliance.installation.upkeep import Kept

LOOK_S: Final = 20.0
LONGEST_S: Final = 6 * 3600.0
_STOP_S: Final = 20.0
_MOST_WORDS: Final = 400
PREFIX: Final = "nightly-"
SUFFIX: Final = ".csab"
_log = logging.getLogger(__name__)


class _BrokenOff(Exception):
    """By the worker's own end: no failure, but not done."""


Command = Callable[[datetime], Sequence[str]]


class Rounds:
    def __init__(
        self, settings: Settings, commands: Mapping[Chore, Command], clock: Clock, look_s: float = LOOK_S
    ) -> None:
        """``commands``: by chore, for the moment at which it begins."""
        self._settings = settings
        self._commands = commands
        self._clock = clock
        self._look_s = look_s
        self._rhythms = upkeep.rhythms(settings)

    async def run(self, stop: asyncio.Event) -> None:
        """Whatever goes wrong here, the worker does its other work."""
        while not stop.is_set():
            try:
                was_due = await self.once(stop)
            except (ApplianceError, OSError) as failed:
                _log.exception("upkeep.not_looked", extra={"error": str(failed)})
                was_due = False
            if not was_due:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._look_s)

    async def once(self, stop: asyncio.Event) -> bool:
        """Whether something was due, and nobody else was about it."""
        state_dir = self._settings.state_path
        with _held(state_dir / "run" / "upkeep.lock") as is_ours:
            if not is_ours:
                return False
            known = upkeep.read(state_dir)
            wanted = upkeep.asked_for(self._rhythms, known, self._clock.now())
            if wanted != known:
                upkeep.write(state_dir, wanted)
            chore = upkeep.first_due(self._rhythms, wanted, self._clock.now())
            if chore is None:
                return False
            began_at = self._clock.now()
            kept = msgspec.structs.replace(wanted[chore], began_at=began_at, ended_at=None)
            upkeep.write(state_dir, {**wanted, chore: kept})
            try:
                why = await self._do(chore, began_at, stop)
            except _BrokenOff:
                return True
            upkeep.write(state_dir, {**wanted, chore: _ended(kept, self._clock.now(), why)})
            return True

    async def _do(self, chore: Chore, began_at: datetime, stop: asyncio.Event) -> str:
        """Why it did not go well; empty: it did."""
        target = self._settings.state_path / self._settings.upkeep.backup_dir
        if chore in (Chore.BACKUP, Chore.DRILL) and not await asyncio.to_thread(target.is_dir):
            return f"upkeep.backup_dir names {target}, which is not there: mount it, or make it for this user to write"
        _log.info("upkeep.begun", extra={"chore": chore})
        why = await _call(self._commands[chore](began_at), stop)
        if why:
            _log.error("upkeep.failed", extra={"chore": chore, "error": why})
        else:
            _log.info("upkeep.done", extra={"chore": chore})
        if chore is Chore.BACKUP and not why:
            await asyncio.to_thread(forget_old, target, self._settings.upkeep.backups_kept)
        return why


def archive_in(folder: Path, made_at: datetime) -> str:
    return str(folder / f"{PREFIX}{made_at:%Y%m%dT%H%M%SZ}{SUFFIX}")


def forget_old(folder: Path, kept: int) -> None:
    """Of those that the clock made; what somebody else put there stays. Their names sort by their time."""
    for path in sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))[:-kept]:
        path.unlink()


def _ended(kept: Kept, at: datetime, why: str) -> Kept:
    return msgspec.structs.replace(kept, ended_at=at, why=why, done_at=kept.done_at if why else at)


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Whether it is ours inside. The kernel lets go of it with this process."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(file)


async def _call(command: Sequence[str], stop: asyncio.Event) -> str:
    async with _running(command) as process:
        said, stopping = asyncio.create_task(process.communicate()), asyncio.create_task(stop.wait())
        await asyncio.wait({said, stopping}, timeout=LONGEST_S, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not said.done():
            await _break_off(process, said)
            if stop.is_set():
                _log.info("upkeep.broken_off")
                raise _BrokenOff
            return "it took more than six hours"
        _, errors = said.result()
    if process.returncode == 0:
        return ""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return (lines[-1] if lines else f"it ended with {process.returncode}")[:_MOST_WORDS]


@asynccontextmanager
async def _running(command: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """In a group of its own, of which nothing is left afterwards."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _signal(process, signal.SIGKILL)


async def _break_off(process: asyncio.subprocess.Process, said: "asyncio.Task[tuple[bytes, bytes]]") -> None:
    """As by Ctrl+C: a command tidies up behind itself then."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    await asyncio.wait({said}, timeout=_STOP_S)
    _signal(process, signal.SIGKILL)
    await said


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
