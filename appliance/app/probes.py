"""How a process tells a platform of containers that it lives and can serve, and a monitoring system its figures.

Web processes do so among their other routes; a worker or a phone process on a port for nothing else.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from appliance.app.core import DISTRIBUTION, Core
from appliance.config import AccessSettings
from appliance.config_platform import Keeper
from appliance.db.location import database_url
from appliance.db.migrate import pending
from appliance.identity.refusals import Refusals
from appliance.identity.staff_access import networks
from appliance.integrations.metrics.http import Monitoring, metrics_router
from appliance.integrations.metrics.service import Metrics
from appliance.integrations.metrics.token import MonitorToken
from appliance.supervisor.child import serving_beside
from appliance.supervisor.model import Address
from appliance.web.app import WebParts, create_web
from appliance.web.health import Check, migrations_current
from appliance.web.origin import Origins


@asynccontextmanager
async def probes(core: Core) -> AsyncIterator[Address | None]:
    """Where they are answered while the block lives; None where the supervisor is told by other ways."""
    platform = core.settings.platform
    if platform.kept_by is Keeper.SUPERVISOR:
        yield None
        return
    app: Any = create_web(_parts(core))
    async with serving_beside(app, Address(platform.probe_host, platform.probe_port)) as address:
        yield address


def checks(core: Core) -> dict[str, Check]:
    """What must hold for a process to be ready, by name."""

    async def database() -> None:
        async with core.db.system() as conn:
            await conn.execute("SELECT 1")

    return {
        "database": database,
        "migrations": migrations_current(lambda: pending(database_url(core.settings))),
    }


def origins(access: AccessSettings) -> Origins:
    return Origins(
        networks(access.trusted_proxies, "access.trusted_proxies"),
        networks(access.networks, "access.networks"),
        networks(access.certificate_proxies, "access.certificate_proxies"),
    )


def _parts(core: Core) -> WebParts:
    who = origins(core.settings.access)
    monitoring = Monitoring(
        metrics=Metrics(
            core.meters,
            core.db,
            core.clock,
            rungs=core.present_rungs,
            order_systems=core.order_systems_by_state,
            upkeep=core.upkeep,
        ),
        token=MonitorToken.of(core.settings),
        origins=who,
        refusals=Refusals(core.db),
    )
    return WebParts(
        routers=[metrics_router(monitoring)], origins=who, checks=checks(core), version=version(DISTRIBUTION)
    )
