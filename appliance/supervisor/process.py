"""One process of the tree: its lives, one after another, until it is told to stop.

It gives up only at the first start, and only if the process says itself that it is configured wrongly.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from appliance.errors import ApplianceError
from appliance.supervisor import child, logs
from appliance.supervisor.board import Board
from appliance.supervisor.model import ProcessSpec, ProcessState

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
_SETTLED_S = _LONGEST_PAUSE_S
"""A life this long makes the next pause short again: nothing is started more often for it."""
_MISCONFIGURED = "exit code 2"
"""The process says that its settings or files are wrong: at the first start no other try helps."""


class Process:
    def __init__(
        self,
        spec: ProcessSpec,
        *,
        state_dir: Path,
        board: Board,
        listener: socket.socket | None,
        addresses: str,
        refuse: Callable[[str], None],
    ) -> None:
        self._spec = spec
        self._state_dir = state_dir
        self._board = board
        self._listener = listener
        self._addresses = addresses
        self._refuse = refuse
        self._stopping = asyncio.Event()
        self.was_ready = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            ending = await self._live()
            if self._stopping.is_set():
                break
            if time.monotonic() - began > _SETTLED_S:
                pause_s = _FIRST_PAUSE_S
            self._say_it_died(ending, pause_s)
            if ending == _MISCONFIGURED and not self.was_ready.is_set():
                self._refuse(logs.last_line(self._state_dir, self._spec.name) or ending)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        self._board.put(self._spec.name, ProcessState.STOPPED, pid=None)

    async def _live(self) -> str:
        """One life, from start to end; returns how it ended."""
        self._board.put(self._spec.name, ProcessState.STARTING, pid=None)
        ready_in, ready_out = os.pipe()
        try:
            if self._spec.before_start is not None:
                await asyncio.to_thread(self._spec.before_start)
            process = await self._start(ready_out)
        except (ApplianceError, OSError) as failed:
            os.close(ready_in)
            return f"not started: {failed}"
        finally:
            os.close(ready_out)
        _log.info("process.started", extra={"child": self._spec.name, "pid": process.pid})
        self._board.put(self._spec.name, ProcessState.STARTING, pid=process.pid)
        return await self._accompany(process, ready_in)

    async def _start(self, ready_out: int) -> asyncio.subprocess.Process:
        log = logs.open_log(self._state_dir, self._spec.name)
        handed_down = {child.READY_FD: ready_out} if self._spec.ready is None else {}
        if self._listener is not None:
            handed_down[child.LISTEN_FD] = self._listener.fileno()
        try:
            return await asyncio.create_subprocess_exec(
                *self._spec.command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self._environment(handed_down),
                pass_fds=tuple(handed_down.values()),
                start_new_session=True,
            )
        finally:
            os.close(log)

    def _environment(self, handed_down: Mapping[str, int]) -> dict[str, str]:
        base = os.environ if self._spec.environment is None else self._spec.environment
        own = {child.ADDRESSES: self._addresses, child.PROCESS: self._spec.name}
        return {**base, **own, **{key: str(fd) for key, fd in handed_down.items()}}

    async def _accompany(self, process: asyncio.subprocess.Process, ready_in: int) -> str:
        ended = asyncio.create_task(process.wait())
        ready = asyncio.create_task(self._wait_until_ready(ready_in))
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({ended, ready, stopped}, timeout=self._spec.ready_s, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and ready.exception() is None and not ended.done():
                self._board.put(self._spec.name, ProcessState.READY)
                self.was_ready.set()
                await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
            elif not (ended.done() or stopped.done()):
                await self._end(process, ended)
                return f"not ready: {ready.exception() if ready.done() else f'within {self._spec.ready_s:g} s'}"
            if not ended.done():
                await self._end(process, ended)
            return _how(ended.result())
        finally:
            ready.cancel()
            stopped.cancel()

    async def _wait_until_ready(self, ready_in: int) -> None:
        if self._spec.ready is not None:
            os.close(ready_in)
            await self._spec.ready()
            return
        reader = asyncio.StreamReader()
        pipe = os.fdopen(ready_in, "rb", 0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            if not await reader.readline():
                await asyncio.Event().wait()  # its end is seen by whoever waits for the process
        finally:
            transport.close()

    async def _end(self, process: asyncio.subprocess.Process, ended: "asyncio.Task[int]") -> None:
        self._board.put(self._spec.name, ProcessState.STOPPING)
        for number, patience_s in ((self._spec.stop_signal, self._spec.stop_s), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            done, _ = await asyncio.wait({ended}, timeout=patience_s)
            if done:
                return
            _log.warning("process.does_not_stop", extra={"child": self._spec.name, "waited_s": patience_s})

    def _say_it_died(self, ending: str, pause_s: float) -> None:
        restarts = self._board.get(self._spec.name).restarts + 1
        said = logs.last_line(self._state_dir, self._spec.name)
        _log.error(
            "process.died",
            extra={"child": self._spec.name, "ending": ending, "again_in_s": pause_s, "said_last": said},
        )
        self._board.put(self._spec.name, ProcessState.BACKING_OFF, pid=None, restarts=restarts, last_exit=ending)


def _how(returncode: int) -> str:
    if returncode < 0:
        return f"killed by {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"
