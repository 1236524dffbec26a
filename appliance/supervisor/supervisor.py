"""Starts a plan in the order of its dependencies, keeps it alive, and stops it in the reverse order."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from appliance.clock import Clock, SystemClock
from appliance.config import Settings
from appliance.errors import ApplianceError, ConfigurationError
from appliance.supervisor import egress, figures, notify
from appliance.supervisor.board import Board
from appliance.supervisor.child import listen
from appliance.supervisor.lock import StateLock
from appliance.supervisor.logs import cut_long_logs
from appliance.supervisor.model import Address, Phase, ProcessSpec, ProcessState, ProcessStatus, Status, Step
from appliance.supervisor.process import Process

_log = logging.getLogger(__name__)

_LOOK_AT_LOGS_S = 60.0


class Supervisor:
    """``run`` returns when everything has stopped: None, or why it could not start."""

    def __init__(self, settings: Settings, plan: Sequence[ProcessSpec | Step], *, clock: Clock | None = None) -> None:
        self._state_dir = settings.state_path
        self._plan = {item.name: item for item in plan}
        self._clock = clock or SystemClock()
        self._stopping = asyncio.Event()
        self._begun = {name: asyncio.Event() for name in self._plan}
        self._over = {name: asyncio.Event() for name in self._plan}
        self._processes: dict[str, Process] = {}

    def stop(self) -> None:
        """May be called at any time, more than once."""
        self._stopping.set()

    async def run(self) -> str | None:
        with StateLock(self._state_dir):
            figures.begin(self._state_dir)
            egress.begin(self._state_dir)
            listeners = _bind(self._plan.values())
            board = self._open_board(listeners)
            self._make_processes(board, listeners)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
            try:
                await self._run_all(board)
            finally:
                for listener in listeners.values():
                    listener.close()
            return board.status.failure

    async def _run_all(self, board: Board) -> None:
        async with asyncio.TaskGroup() as group:
            for item in self._plan.values():
                group.create_task(self._run_item(item, board), name=item.name)
            watch = [
                group.create_task(self._say_when_ready(board)),
                group.create_task(self._keep_logs_short()),
                group.create_task(notify.keep_telling()),
            ]
            await self._stopping.wait()
            for task in watch:
                task.cancel()
            board.enter(Phase.STOPPING)
            notify.tell(notify.STOPPING)
            _log.info("supervisor.stopping")
        board.enter(Phase.STOPPED)
        _log.info("supervisor.stopped")

    async def _run_item(self, item: ProcessSpec | Step, board: Board) -> None:
        try:
            if await self._wait_for_turn(item):
                if isinstance(item, Step):
                    await self._do_step(item, board)
                else:
                    await self._run_process(item)
        finally:
            self._over[item.name].set()

    async def _wait_for_turn(self, item: ProcessSpec | Step) -> bool:
        """False if it was stopped before its turn came."""
        turn = asyncio.create_task(_all(self._begun[name] for name in item.after))
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({turn, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return not stopped.done()
        finally:
            turn.cancel()
            stopped.cancel()

    async def _do_step(self, step: Step, board: Board) -> None:
        board.put(step.name, ProcessState.STARTING)
        try:
            await step.run()
        except (ApplianceError, OSError) as failed:
            _log.error("step.failed", extra={"step": step.name, "reason": str(failed)})
            board.put(step.name, ProcessState.FAILED, last_exit=str(failed))
            self._give_up(board, step.name, str(failed))
        else:
            board.put(step.name, ProcessState.DONE)
            self._begun[step.name].set()

    def _give_up(self, board: Board, name: str, why: str) -> None:
        board.enter(Phase.STOPPING, failure=f"{name}: {why}")
        self.stop()

    async def _run_process(self, spec: ProcessSpec) -> None:
        process = self._processes[spec.name]
        async with asyncio.TaskGroup() as group:
            life = group.create_task(process.run())
            begun = group.create_task(self._pass_on(process, spec.name))
            await self._stopping.wait()
            dependents = [item.name for item in self._plan.values() if spec.name in item.after]
            await _all(self._over[name] for name in self._all_after(dependents))
            process.stop()
            await life
            begun.cancel()

    def _all_after(self, names: list[str]) -> set[str]:
        """``names`` and whatever comes after them: a step is over early, those behind it are not."""
        found = set(names)
        for item in self._plan.values():
            if item.name not in found and found.intersection(item.after):
                return self._all_after([*found, item.name])
        return found

    async def _pass_on(self, process: Process, name: str) -> None:
        await process.was_ready.wait()
        self._begun[name].set()

    async def _say_when_ready(self, board: Board) -> None:
        await _all(self._begun.values())
        board.enter(Phase.READY)
        notify.tell(notify.READY)
        _log.info("supervisor.ready")

    async def _keep_logs_short(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AT_LOGS_S)
            cut_long_logs(self._state_dir)

    def _open_board(self, listeners: dict[str, socket.socket]) -> Board:
        addresses = {
            _role(spec): str(_bound(listeners[_role(spec)]))
            for spec in self._plan.values()
            if isinstance(spec, ProcessSpec) and spec.listen is not None
        }
        status = Status(
            pid=os.getpid(),
            phase=Phase.STARTING,
            since=self._clock.now(),
            addresses=addresses,
            processes=tuple(ProcessStatus(name=name) for name in self._plan),
        )
        return Board(self._state_dir, status, self._clock)

    def _make_processes(self, board: Board, listeners: dict[str, socket.socket]) -> None:
        addresses = msgspec.json.encode(board.status.addresses).decode()
        for spec in self._plan.values():
            if isinstance(spec, ProcessSpec):
                self._processes[spec.name] = Process(
                    spec,
                    state_dir=self._state_dir,
                    board=board,
                    listener=None if spec.listen is None else listeners[_role(spec)],
                    addresses=addresses,
                    refuse=partial(self._give_up, board, spec.name),
                )


async def _all(events: Iterable[asyncio.Event]) -> bool:
    for event in events:
        await event.wait()
    return True


def _bind(plan: Iterable[ProcessSpec | Step]) -> dict[str, socket.socket]:
    """One socket for each role, shared by its processes: ``web-1`` and ``web-2`` are both ``web``."""
    wanted = {_role(item): item.listen for item in plan if isinstance(item, ProcessSpec) and item.listen is not None}
    listeners: dict[str, socket.socket] = {}
    for role, address in wanted.items():
        try:
            listeners[role] = listen(address)
        except ConfigurationError:
            for listener in listeners.values():
                listener.close()
            raise
    return listeners


def _role(spec: ProcessSpec) -> str:
    return spec.name.rstrip("-0123456789")


def _bound(listener: socket.socket) -> Address:
    host, port = listener.getsockname()[:2]
    return Address(host, port)
