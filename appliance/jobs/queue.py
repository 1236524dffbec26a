"""Procrastinate over PostgreSQL: jobs deferred in the caller's own transaction, and jobs of the clock.

A job's arguments are ids and codes only. A job may run twice (its worker died): each must bear that. Writes to an order
system are not jobs: the operation row is their queue (docs/decisions/0021).
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.jobs import Job as _Job

from appliance.db import Connection, Queries
from appliance.db.connections import OF_JOBS
from appliance.db.line import watched

SQL = Queries.beside(__file__)

_log = logging.getLogger(__name__)

Run = Callable[..., Awaitable[None]]

KEEP_FAILED_HOURS = 30 * 24


class Jobs:
    """The queue of one process. Register every job before ``run``; whoever only defers need register none."""

    def __init__(self, url: str, *, connections: int = OF_JOBS, at_once: int = 4) -> None:
        self._app = App(
            connector=PsycopgConnector(
                conninfo=watched(url),
                min_size=1,
                max_size=connections,
                kwargs={"application_name": "appliance-jobs"},
                configure=_as_system,
            )
        )
        self._at_once = at_once
        self.every("* * * * *", "jobs.take_up_stalled", self._take_up_stalled)
        self.every("17 3 * * *", "jobs.forget_old", self._forget_old)

    def register(self, name: str, run: Run, *, attempts: int = 5) -> None:
        """``run`` gets the arguments that the job was deferred with."""
        retry = RetryStrategy(max_attempts=attempts, exponential_wait=2)
        self._app.task(name=name, retry=retry)(run)

    def every(self, cron: str, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """``cron`` in UTC, five fields, or six with seconds last. A tick runs once, however many workers there are."""

        async def tick(timestamp: int) -> None:  # noqa: ARG001 (procrastinate hands in when it was due)
            await run()

        task = self._app.task(name=name, queueing_lock=name, lock=name)(tick)
        self._app.periodic(cron=cron)(task)

    async def defer(self, conn: Connection, name: str, **arguments: Any) -> None:
        """The job exists if, and only if, the caller's transaction commits."""
        await self._app.configure_task(name, connection=conn).defer_async(**arguments)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; then finish what is running."""
        async with self._app.open_async():
            working = asyncio.create_task(
                self._app.run_worker_async(
                    concurrency=self._at_once,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=20,
                )
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if working.done():
                await working
                return
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working

    async def _take_up_stalled(self) -> None:
        """Jobs of workers that died."""
        stalled: list[_Job] = list(await self._app.job_manager.get_stalled_jobs())
        for job in stalled:
            _log.warning("jobs.taken_up", extra={"job": job.task_name})
            await self._app.job_manager.retry_job(job)

    async def _forget_old(self) -> None:
        await self._app.job_manager.delete_old_jobs(
            nb_hours=KEEP_FAILED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )


async def _as_system(conn: Connection) -> None:
    """Procrastinate's statements open no scope of ours: its connections stand in one from the beginning."""
    await conn.execute(SQL["become_system"])
    await conn.commit()
