"""The worker's side of cases: leases operations that are due and carries each as far as it goes.

Woken by a notification with the yes that made it, or by its own timer; a sweep finds what was missed. Any number of
executors may run: a lease with a fencing token keeps them apart.
"""

import asyncio
import contextlib
import logging
import time
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from appliance.aftersales.cases import store
from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.model import Claimed
from appliance.aftersales.cases.port import Transactions
from appliance.clock import Clock
from appliance.errors import Unavailable

_log = logging.getLogger(__name__)

CHANNEL = "case_operation"


class Executor:
    def __init__(
        self,
        *,
        db: Transactions,
        execution: Execution,
        clock: Clock,
        limits: Limits,
        at_once: int = 32,
        sweep_s: float = 2.0,
    ) -> None:
        self._db = db
        self._execution = execution
        self._clock = clock
        self._lease = timedelta(seconds=limits.lease_s)
        self._prolong_s = limits.lease_s / 5
        self._prolonged_at = time.monotonic()
        self._at_once = at_once
        self._rest_s = min(sweep_s, self._prolong_s)
        self._owner: UUID = uuid4()
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], Claimed] = {}

    async def wake(self, _operation_id: str = "") -> None:
        """Something is due. For ``Listener.subscribe(CHANNEL, executor.wake)``."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; then what is under way is carried to its next resting place."""
        while not stop.is_set():
            self._wake.clear()
            await self._prolong_if_due()
            if not await self._start_due():
                await self._rest(stop)
        await self.finish()

    async def run_due(self) -> int:
        """Carry on with everything that is due now, once; how many operations that was."""
        done = 0
        while started := await self._start_due():
            done += started
            await self.finish()
        return done

    async def finish(self) -> None:
        """Wait for what is under way."""
        while self._running:
            await asyncio.wait(self._running, timeout=self._rest_s)
            await self._prolong_if_due()

    async def _start_due(self) -> int:
        free = self._at_once - len(self._running)
        claimed = await self._claim(free) if free else []
        for one in claimed:
            task = asyncio.create_task(self._carry_on(one))
            self._running[task] = one
            task.add_done_callback(self._ended)
        return len(claimed)

    async def _claim(self, limit: int) -> list[Claimed]:
        now = self._clock.now()
        try:
            async with self._db.system() as conn:
                return await store.claim(conn, owner=self._owner, now=now, until=now + self._lease, limit=limit)
        except Unavailable:
            _log.warning("executor.no_database")
            return []

    async def _prolong_if_due(self) -> None:
        """What is under way stays ours for as long as this process lives; what a dead one held is soon taken up."""
        if not self._running or time.monotonic() - self._prolonged_at < self._prolong_s:
            return
        self._prolonged_at = time.monotonic()
        try:
            async with self._db.system() as conn:
                until = self._clock.now() + self._lease
                await store.prolong(conn, owner=self._owner, held=self._running.values(), until=until)
        except Unavailable:
            _log.warning("executor.leases_not_prolonged")

    async def _carry_on(self, claimed: Claimed) -> None:
        try:
            due_at = await self._execution.carry_on(claimed)
        except Exception:
            # Not even putting it off was possible. Its lease will end, and a sweep finds it.
            _log.exception("executor.operation_left", extra={"operation_id": claimed.operation_id})
            return
        if due_at is not None:
            self._wake_at(due_at)

    def _wake_at(self, due_at: datetime) -> None:
        pause_s = (due_at - self._clock.now()).total_seconds()
        asyncio.get_running_loop().call_later(max(pause_s, 0.0), self._wake.set)

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._running) >= self._at_once
        self._running.pop(task, None)
        if was_full:
            self._wake.set()

    async def _rest(self, stop: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self._wake, stop)]
        try:
            await asyncio.wait(waits, timeout=self._rest_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*waits)
