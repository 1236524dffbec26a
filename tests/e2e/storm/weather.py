"""The storm itself: an order system that loses answers, fails and dawdles, and processes that are killed at random."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import Mapping
from random import Random

from appliance.evaluation.throwaway import Throwaway
from appliance.evaluation.venue import Site
from appliance.supervisor import board
from appliance.supervisor.model import ProcessState, ProcessStatus
from tests.e2e.storm.widget import persistently

FAULTS = {
    "lose_answer": {"probability": 0.2, "on": "writes"},
    "error_5xx": {"probability": 0.1, "on": "all"},
    "delay_ms": {"probability": 0.2, "on": "all", "ms": 700},
}
VICTIMS = ("web-1", "web-2", "worker", "worker", "postgres", "order-system")
PAUSE_S = (1.0, 4.0)


class Weather:
    def __init__(self, place: Throwaway, site: Site, shop: str, dice: Random) -> None:
        self._place = place
        self._site = site
        self._shop = shop
        self._dice = dice
        self.kills: Counter[str] = Counter()

    async def rage(self) -> None:
        """Until cancelled."""
        await self._hang(FAULTS)
        while True:
            await asyncio.sleep(self._dice.uniform(*PAUSE_S))
            victim = self._dice.choice(VICTIMS)
            if self._kill(victim) and victim == "order-system":
                await self._hang(FAULTS)  # a new one has none

    async def calm(self) -> None:
        """No faults any more; returns once everything runs."""
        await self._hang({})
        async with asyncio.timeout(60):
            while not self._is_whole():  # noqa: ASYNC110 (other processes)
                await asyncio.sleep(0.1)

    def _kill(self, name: str) -> bool:
        pid = next((p.pid for p in self._processes() if p.name == name), None)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.kills[name] += 1
            return True
        return False

    async def _hang(self, faults: Mapping[str, object]) -> None:
        await persistently(lambda: self._site.orders.hang_faults(self._shop, {"seed": 5, **faults}), self._dice)

    def _is_whole(self) -> bool:
        return all(p.state in (ProcessState.READY, ProcessState.DONE) for p in self._processes())

    def _processes(self) -> list[ProcessStatus]:
        status = board.read(self._place.state_dir)
        return [] if status is None else list(status.processes)
