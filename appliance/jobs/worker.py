"""The worker process: its parts run side by side, each started again when it fails, all ended together.

It knows no part: the composition root hands them in (sealer, executor, jobs, heartbeat, ...).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

_log = logging.getLogger(__name__)

Part = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set, then comes to a good end by itself."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


async def run_worker(parts: Mapping[str, Part], stop: asyncio.Event, *, grace_s: float = 30.0) -> None:
    """Run all parts until ``stop`` is set. What has not come to its end after ``grace_s`` is broken off."""
    tasks = [asyncio.create_task(_keep(name, part, stop), name=name) for name, part in parts.items()]
    try:
        await stop.wait()
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        for task in late:
            _log.warning("worker.part_broken_off", extra={"part": task.get_name()})
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(name: str, part: Part, stop: asyncio.Event) -> None:
    pause_s = 0.0
    while not stop.is_set():
        began = time.monotonic()
        try:
            await part(stop)
        except Exception:
            _log.exception("worker.part_failed", extra={"part": name})
        else:
            if not stop.is_set():
                _log.error("worker.part_ended", extra={"part": name})
        pause_s = pause_after(time.monotonic() - began, pause_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s)


def pause_after(lived_s: float, last_pause_s: float) -> float:
    """Longer each time, short again after a long life: a database restarted once a day makes no part a broken one."""
    if lived_s > LONGEST_PAUSE_S or not last_pause_s:
        return FIRST_PAUSE_S
    return min(last_pause_s * 2, LONGEST_PAUSE_S)
