"""The database for a command that works whether the appliance runs or not: ours, where it is stopped, is started."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.config import Settings
from appliance.db.embedded import Cluster
from appliance.db.location import is_embedded
from appliance.db.wal.cluster import own_cluster
from appliance.errors import Unavailable
from appliance.supervisor.lock import StateLock, is_held

_STOPPED_S = 60


@asynccontextmanager
async def reachable(settings: Settings) -> AsyncIterator[None]:
    """It answers inside; it is the running appliance's, if that runs."""
    if not is_embedded(settings) or is_held(settings.state_path):
        yield
        return
    async with alone(settings):
        yield


@asynccontextmanager
async def alone(settings: Settings) -> AsyncIterator[None]:
    """It answers inside, while nothing else of this appliance runs. ConfigurationError if it does."""
    with StateLock(settings.state_path):
        if not is_embedded(settings):
            yield
            return
        cluster = own_cluster(settings)
        cluster.prepare()
        log = settings.state_path / "log" / "postgres.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as said:
            process = await asyncio.create_subprocess_exec(
                *cluster.command(), env=cluster.environment, cwd="/", stdout=said, stderr=said
            )
        try:
            await _until_ready(cluster, process, log)
            yield
        finally:
            if process.returncode is None:
                process.send_signal(cluster.stop_signal)
            await asyncio.wait_for(process.wait(), _STOPPED_S)


async def _until_ready(cluster: Cluster, process: asyncio.subprocess.Process, log: Path) -> None:
    """Unavailable at once where it ends instead."""
    ready, ended = asyncio.create_task(cluster.wait_until_ready()), asyncio.create_task(process.wait())
    try:
        await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not (ready.done() and ready.exception() is None):
            raise Unavailable(f"PostgreSQL ended with {ended.result()} instead of starting: read {log}")
        await ready
    finally:
        for task in (ready, ended):
            task.cancel()
        await asyncio.gather(ready, ended, return_exceptions=True)
