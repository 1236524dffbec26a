"""Which processes an installation runs, in which order: the one list of them."""

import signal
import sys

from appliance import launch
from appliance.config import Profile, Settings
from appliance.db.location import OWNER_VARIABLE, is_embedded
from appliance.db.login import bring_up
from appliance.db.wal.cluster import own_cluster
from appliance.supervisor import egress
from appliance.supervisor.control import child_environment
from appliance.supervisor.model import Address, ProcessSpec, Step
from appliance.voice.own_engines import own_recogniser, own_speaker

POSTGRES = "postgres"
MIGRATIONS = "migrations"
ORDER_SYSTEM = "order-system"
PHONE = "phone"
RECOGNISER = "recogniser"
SPEAKER = "speaker"
_WARM_S = 600.0
"""An engine of speech reads its models whole before it serves; one that cannot ends by itself."""


def plan(settings: Settings) -> list[ProcessSpec | Step]:
    """PostgreSQL (if it is ours), then the migrations, then everything that needs the tables."""
    database = [_postgres(settings)] if is_embedded(settings) else []
    port = Address(settings.web.host, settings.web.port)
    web = [_ours(settings, f"web-{number}", listen=port) for number in range(1, settings.web.workers + 1)]
    ours = [_ours(settings, "worker"), *web]
    if settings.voice.enabled:
        ours += _calls(settings)
    if settings.profile is not Profile.PRODUCTION:
        ours.append(_ours(settings, ORDER_SYSTEM, listen=Address("127.0.0.1", settings.demo.order_system_port)))
    return [*database, _migrations(settings, after=tuple(item.name for item in database)), *ours]


def _pages(settings: Settings) -> Address | None:
    """Where the web processes bring the calls of pages."""
    return Address("127.0.0.1", settings.voice.page_port) if settings.voice.page_lines else None


def _postgres(settings: Settings) -> ProcessSpec:
    cluster = own_cluster(settings)
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


def _calls(settings: Settings) -> list[ProcessSpec]:
    """The engines that the settings leave to us, and behind them whoever takes calls."""
    wanted = {RECOGNISER: own_recogniser(settings), SPEAKER: own_speaker(settings)}
    ports = {RECOGNISER: settings.voice.recogniser_port, SPEAKER: settings.voice.speaker_port}
    engines = [
        _ours(settings, name, listen=Address("127.0.0.1", ports[name]), after=(), ready_s=_WARM_S)
        for name, own in wanted.items()
        if own is not None
    ]
    after = (MIGRATIONS, *(each.name for each in engines))
    return [*engines, _ours(settings, PHONE, listen=_pages(settings), after=after)]


def _ours(
    settings: Settings,
    name: str,
    *,
    listen: Address | None = None,
    after: tuple[str, ...] = (MIGRATIONS,),
    ready_s: float = 60.0,
) -> ProcessSpec:
    """One of our own processes: ``appliance run NAME``. It dies with the supervisor, and knows no owner's URL."""
    role = name.rstrip("-0123456789")
    environment = {key: value for key, value in child_environment(settings).items() if key != OWNER_VARIABLE}
    environment |= egress.environment(settings, name)
    program = [sys.executable, "-m", "appliance.cli.main", "run", role]
    return ProcessSpec(
        name=name,
        command=lambda: launch.command(program, death_signal=signal.SIGKILL),
        environment=environment,
        listen=listen,
        after=after,
        ready_s=ready_s,
    )
