"""The storm itself: an order system that loses answers, fails and dawdles, and processes that are killed at random."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
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
    "duplicate_delivery": {"probability": 0.3, "on": "all"},
}
SILENCE = {"delay_ms": {"probability": 0.04, "on": "all", "ms": 6_000}}
"""Instead of being slow it does not answer at all before whoever asked gives up."""
BACKEND = "one of PostgreSQL's own"
FROZEN = "frozen for a while"
VICTIMS = ("web-1", "web-2", "worker", "postgres", "order-system", BACKEND, FROZEN)
"""In turn, shuffled anew each time. Killed, but for the one that is frozen and thaws when others have its work."""
FREEZABLE = ("web-1", "web-2", "worker")
PAUSE_S = (0.7, 3.0)
FROST_S = (1.0, 12.0)


class Weather:
    def __init__(self, place: Throwaway, site: Site, shop: str, dice: Random) -> None:
        self._place = place
        self._site = site
        self._shop = shop
        self._dice = dice
        self._frozen: set[int] = set()
        self.struck: Counter[str] = Counter()
        self.has_struck_all = asyncio.Event()

    async def rage(self) -> None:
        """Until cancelled."""
        await self._hang(FAULTS)
        try:
            while True:
                for victim in self._dice.sample(VICTIMS, len(VICTIMS)):
                    await asyncio.sleep(self._dice.uniform(*PAUSE_S))
                    if self._strike(victim) and victim == "order-system":
                        await self._hang(FAULTS | self._dice.choice(({}, SILENCE)))  # a new one has none
                    if len(self.struck) == len(VICTIMS):
                        self.has_struck_all.set()
        finally:
            for pid in tuple(self._frozen):
                self._thaw(pid)

    async def calm(self) -> None:
        """No faults any more; returns once everything runs."""
        await self._hang({})
        async with asyncio.timeout(60):
            while not self._is_whole():  # noqa: ASYNC110 (other processes)
                await asyncio.sleep(0.1)

    def _strike(self, victim: str) -> bool:
        """Whether there was anything to strike."""
        pids = self._pids(victim)
        if not pids:
            return False
        pid = self._dice.choice(pids)
        try:
            os.kill(pid, signal.SIGSTOP if victim == FROZEN else signal.SIGKILL)
        except ProcessLookupError:
            return False
        if victim == FROZEN:
            self._frozen.add(pid)
            asyncio.get_running_loop().call_later(self._dice.uniform(*FROST_S), self._thaw, pid)
        self.struck[victim] += 1
        return True

    def _thaw(self, pid: int) -> None:
        if pid in self._frozen:
            self._frozen.remove(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _pids(self, victim: str) -> list[int]:
        if victim == BACKEND:
            return self._backends()
        names = FREEZABLE if victim == FROZEN else (victim,)
        return [p.pid for p in self._processes() if p.name in names and p.pid is not None]

    def _backends(self) -> list[int]:
        """Children of the server: connections and its own helpers. The server then starts all of them anew."""
        server = next((p.pid for p in self._processes() if p.name == "postgres"), None)
        children = Path(f"/proc/{server}/task/{server}/children")
        return [int(pid) for pid in children.read_text().split()] if children.exists() else []

    async def _hang(self, faults: Mapping[str, object]) -> None:
        await persistently(lambda: self._site.orders.hang_faults(self._shop, {"seed": 5, **faults}), self._dice)

    def _is_whole(self) -> bool:
        return all(p.state in (ProcessState.READY, ProcessState.DONE) for p in self._processes())

    def _processes(self) -> list[ProcessStatus]:
        status = board.read(self._place.state_dir)
        return [] if status is None else list(status.processes)
