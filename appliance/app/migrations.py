"""The migrations as a process that ends: a step of the supervisor, and a job where a platform keeps the processes."""

from appliance.db.login import bring_up
from appliance.supervisor.child import Child


async def migrations(child: Child) -> None:
    """Brings the tables up to date as their owner and lets the login in; again changes nothing."""
    await bring_up(child.settings)
