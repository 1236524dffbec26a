"""A scrape: what all processes keep, and what the database says now."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import psycopg
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from appliance.clock import Clock
from appliance.conversation.admission import SPARED
from appliance.db import Database, Queries
from appliance.db.patience import within
from appliance.errors import Unavailable
from appliance.installation.model import ChoreView
from appliance.integrations.metrics.catalogue import (
    CERTIFICATE,
    DATABASE_UP,
    EGRESS,
    METERS,
    ORDER_SYSTEMS,
    RUNG,
    UPKEEP_FAILED,
    UPKEEP_OVERDUE,
    Kind,
)
from appliance.integrations.metrics.meters import Meters

SQL: Final = Queries.beside(__file__)

READ_S: Final = 4.0
"""A scrape waits no longer for the database: what the processes keep is worth having without it."""

_log = logging.getLogger(__name__)

_WITHOUT_DATABASE: Final = (DATABASE_UP, EGRESS, CERTIFICATE, RUNG, ORDER_SYSTEMS, UPKEEP_FAILED, UPKEEP_OVERDUE)

Standing = Mapping[tuple[str, str], float]
"""Values by name of the metric and word of its label."""


class Metrics:
    def __init__(
        self,
        meters: Meters,
        db: Database,
        clock: Clock,
        blocked: Callable[[], Mapping[str, int]] = dict,
        certificate_ends: Callable[[], datetime | None] = lambda: None,
        rungs: Callable[[], Iterable[str]] = tuple,
        order_systems: Callable[[], Mapping[str, int]] = dict,
        upkeep: Callable[[], Iterable[ChoreView]] = tuple,
    ) -> None:
        """``blocked``: what the guards of all processes refused, by kind. ``certificate_ends``: when the first does.
        ``rungs``: those it stands on. ``order_systems``: how many do how, by state. ``upkeep``: what
        is done by the clock."""
        self._meters = meters
        self._db = db
        self._clock = clock
        self._blocked = blocked
        self._certificate_ends = certificate_ends
        self._rungs = rungs
        self._order_systems = order_systems
        self._upkeep = upkeep

    async def text(self) -> bytes:
        """In Prometheus's text format. Without the database there is less of it, and it says so."""
        standing = await self.standing()
        read = CollectorRegistry()
        read.register(_Read(standing))
        return generate_latest(self._meters.registry) + generate_latest(read)

    async def standing(self) -> Standing:
        """What the database says now; without it, that it is away, and what is known without it."""
        known = {(EGRESS.name, kind): float(count) for kind, count in self._blocked().items()}
        known |= {(RUNG.name, rung): 1.0 for rung in self._rungs()}
        known |= {(ORDER_SYSTEMS.name, state): float(count) for state, count in self._order_systems().items()}
        for each in self._upkeep():
            known[UPKEEP_FAILED.name, each.chore] = float(each.is_failed)
            known[UPKEEP_OVERDUE.name, each.chore] = float(each.is_overdue)
        if (ends_at := self._certificate_ends()) is not None:
            known[CERTIFICATE.name, ""] = (ends_at - self._clock.now()).total_seconds()
        try:
            rows = await within(READ_S, self._rows())
        except (Unavailable, TimeoutError, psycopg.OperationalError) as away:
            _log.warning("metrics.database_away", extra={"error": type(away).__name__})
            return {(DATABASE_UP.name, ""): 0.0, **known}
        return {(DATABASE_UP.name, ""): 1.0, **known, **{(name, word): max(0.0, value) for name, word, value in rows}}

    async def _rows(self) -> Sequence[tuple[str, str, float]]:
        async with self._db.system() as conn:
            await conn.execute(SQL["patience"])
            values = {"now": self._clock.now(), "spared": SPARED}
            return await (await conn.execute(SQL["standing"], values)).fetchall()


class _Read(Collector):
    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def collect(self) -> Iterable[GaugeMetricFamily]:
        is_up = bool(self._standing[DATABASE_UP.name, ""])
        for meter in METERS:
            if meter.kind is not Kind.READ or not (is_up or meter in _WITHOUT_DATABASE):
                continue
            family = GaugeMetricFamily(meter.name, meter.help, labels=[meter.label] if meter.label else [])
            for word in meter.words:
                family.add_metric([word], self._standing.get((meter.name, word), 0.0))
            if not meter.label and (value := self._standing.get((meter.name, ""))) is not None:
                family.add_metric([], value)
            yield family
