"""The database for a command that works whether the appliance runs or not: ours, where it is stopped, is started."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from appliance.config import Settings
from appliance.db.embedded import Cluster
from appliance.db.location import is_embedded
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
        cluster = Cluster(settings.state_path)
        cluster.prepare()
        log = settings.state_path / "log" / "postgres.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as said:
            process = await asyncio.create_subprocess_exec(
                *cluster.command(), env=cluster.environment, cwd="/", stdout=said, stderr=said
            )
        try:
            await cluster.wait_until_ready()
            yield
        finally:
            process.send_signal(cluster.stop_signal)
            await asyncio.wait_for(process.wait(), _STOPPED_S)
