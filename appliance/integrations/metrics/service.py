"""A scrape: what all processes keep, and what the database says now."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final

import psycopg
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from appliance.clock import Clock
from appliance.db import Database, Queries
from appliance.errors import Unavailable
from appliance.integrations.metrics.catalogue import DATABASE_UP, METERS, Kind
from appliance.integrations.metrics.meters import Meters

SQL: Final = Queries.beside(__file__)

READ_S: Final = 4.0
"""A scrape waits no longer for the database: what the processes keep is worth having without it."""

_log = logging.getLogger(__name__)

Standing = Mapping[tuple[str, str], float]
"""Values by name of the metric and word of its label."""


class Metrics:
    def __init__(self, meters: Meters, db: Database, clock: Clock) -> None:
        self._meters = meters
        self._db = db
        self._clock = clock

    async def text(self) -> bytes:
        """In Prometheus's text format. Without the database there is less of it, and it says so."""
        standing = await self.standing()
        read = CollectorRegistry()
        read.register(_Read(standing))
        return generate_latest(self._meters.registry) + generate_latest(read)

    async def standing(self) -> Standing:
        """What the database says now; without it, no more than that it is away."""
        try:
            async with asyncio.timeout(READ_S), self._db.system() as conn:
                await conn.execute(SQL["patience"])
                rows = await (await conn.execute(SQL["standing"], {"now": self._clock.now()})).fetchall()
        except (Unavailable, TimeoutError, psycopg.OperationalError) as away:
            _log.warning("metrics.database_away", extra={"error": type(away).__name__})
            return {(DATABASE_UP.name, ""): 0.0}
        return {(DATABASE_UP.name, ""): 1.0, **{(name, word): max(0.0, value) for name, word, value in rows}}


class _Read(Collector):
    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def collect(self) -> Iterable[GaugeMetricFamily]:
        is_up = bool(self._standing[DATABASE_UP.name, ""])
        for meter in METERS:
            if meter.kind is not Kind.READ or not (is_up or meter is DATABASE_UP):
                continue
            family = GaugeMetricFamily(meter.name, meter.help, labels=[meter.label] if meter.label else [])
            for word in meter.words:
                family.add_metric([word], self._standing.get((meter.name, word), 0.0))
            if not meter.label and (value := self._standing.get((meter.name, ""))) is not None:
                family.add_metric([], value)
            yield family
