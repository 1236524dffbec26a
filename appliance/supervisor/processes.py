"""Which processes an installation runs, in which order: the one list of them."""

import signal
import sys

from appliance import launch
from appliance.config import Profile, Settings
from appliance.db.embedded import Cluster
from appliance.db.location import OWNER_VARIABLE, is_embedded
from appliance.db.login import bring_up
from appliance.supervisor.control import child_environment
from appliance.supervisor.model import Address, ProcessSpec, Step

POSTGRES = "postgres"
MIGRATIONS = "migrations"
ORDER_SYSTEM = "order-system"
PHONE = "phone"


def plan(settings: Settings) -> list[ProcessSpec | Step]:
    """PostgreSQL (if it is ours), then the migrations, then everything that needs the tables."""
    database = [_postgres(settings)] if is_embedded(settings) else []
    port = Address(settings.web.host, settings.web.port)
    web = [_ours(settings, f"web-{number}", listen=port) for number in range(1, settings.web.workers + 1)]
    ours = [_ours(settings, "worker"), *web]
    if settings.voice.enabled:
        ours.append(_ours(settings, PHONE))
    if settings.profile is not Profile.PRODUCTION:
        ours.append(_ours(settings, ORDER_SYSTEM, listen=Address("127.0.0.1", settings.demo.order_system_port)))
    return [*database, _migrations(settings, after=tuple(item.name for item in database)), *ours]


def _postgres(settings: Settings) -> ProcessSpec:
    cluster = Cluster(settings.state_path)
    return ProcessSpec(
        name=POSTGRES,
        command=cluster.command,
        before_start=cluster.prepare,
        ready=cluster.wait_until_ready,
        environment=cluster.environment,
        stop_signal=cluster.stop_signal,
        stop_s=60.0,
        ready_s=120.0,
    )


def _migrations(settings: Settings, *, after: tuple[str, ...]) -> Step:
    async def run() -> None:
        await bring_up(settings)

    return Step(name=MIGRATIONS, run=run, after=after)


def _ours(settings: Settings, name: str, *, listen: Address | None = None) -> ProcessSpec:
    """One of our own processes: ``appliance run NAME``. It dies with the supervisor, and knows no owner's URL."""
    role = name.rstrip("-0123456789")
    environment = {key: value for key, value in child_environment(settings).items() if key != OWNER_VARIABLE}
    program = [sys.executable, "-m", "appliance.cli.main", "run", role]
    return ProcessSpec(
        name=name,
        command=lambda: launch.command(program, death_signal=signal.SIGKILL),
        environment=environment,
        listen=listen,
        after=(MIGRATIONS,),
    )
