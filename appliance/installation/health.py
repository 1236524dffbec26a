"""How every part does, now: what can be known without asking anybody outside."""

import shutil
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import psycopg

from appliance.clock import Clock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.patience import within
from appliance.db.restoration import is_reconciling
from appliance.errors import Unavailable
from appliance.installation import rules, rungs, store, upkeep
from appliance.installation.contacts import Contacts
from appliance.installation.model import Contact, FailedJob, Health, OrderSystemView, Part, PartView, RungView
from appliance.jobs.heartbeat import living_workers
from appliance.supervisor import board, egress
from appliance.supervisor.model import Status
from appliance.voice.own_engines import own_recogniser, own_speaker

MOST_JOBS: Final = 20
READ_S: Final = 8.0
"""A database that takes longer over it is away."""
_OF_DATABASE: Final = (
    Part.WORKERS,
    Part.DATABASE,
    Part.AUDIT,
    Part.ORDER_SYSTEMS,
    Part.WRITES,
    Part.TURNS,
    Part.WEBHOOKS,
    Part.JOBS,
)


class _Database(msgspec.Struct, frozen=True, kw_only=True):
    parts: tuple[PartView, ...]
    shops: tuple[OrderSystemView, ...] = ()
    failed_jobs: tuple[FailedJob, ...] = ()


class HealthDesk:
    def __init__(
        self,
        *,
        db: Database,
        settings: Settings,
        clock: Clock,
        contacts: Callable[[], Contacts],
        figures: Callable[[], Awaitable[rules.Figures]],
        is_resting: Callable[[], bool],
        compact_version: str,
        is_on_smaller: Callable[[], bool] = lambda: False,
    ) -> None:
        """``figures``: those of the database that a monitoring system gets. ``is_resting``: whether the language
        model's server is left alone. ``is_on_smaller``: whether a smaller one answers in its place."""
        self._db = db
        self._settings = settings
        self._clock = clock
        self._contacts = contacts
        self._figures = figures
        self._is_resting = is_resting
        self._is_on_smaller = is_on_smaller
        self._compact_version = compact_version

    async def look(self) -> Health:
        """Without the database there is less of it, and it says so."""
        status = board.read(self._settings.state_path)
        found = await self._of_database()
        chores = upkeep.of(self._settings, self._clock.now())
        parts = (
            rules.processes(status, self._clock.now()),
            *found.parts,
            *self._of_machine(),
            rules.upkeep(chores),
            *self._of_calls(status),
        )
        return Health(
            at=self._clock.now(),
            grade=rules.worst(parts),
            rungs=self.rungs(),
            parts=parts,
            processes=status.processes if status else (),
            order_systems=found.shops,
            failed_jobs=found.failed_jobs,
            upkeep=chores,
        )

    def rungs(self) -> tuple[RungView, ...]:
        """Where it stands, as the worker saw it last: asks nobody."""
        return rungs.present(self._settings.state_path)

    async def _of_database(self) -> _Database:
        try:
            return await within(READ_S, self._asked())
        except (Unavailable, TimeoutError, psycopg.OperationalError):
            return _Database(parts=tuple(map(rules.away, _OF_DATABASE)))

    async def _asked(self) -> _Database:
        now, contacts = self._clock.now(), self._contacts()
        async with self._db.system() as conn:
            database, audit = await store.database(conn), await store.audit(conn, now)
            waits = await is_reconciling(conn)
            jobs, failed = await store.jobs(conn, now), await store.failed_jobs(conn, MOST_JOBS)
            shops = tuple(_shop(each, contacts.get(each.shop), now) for each in await store.shops(conn))
        figures = await self._figures()
        parts = (
            rules.workers(len(await living_workers(self._db, self._clock))),
            rules.database(database),
            rules.audit(audit, self._settings.audit.forward_to, self._filed_ago_s(now)),
            rules.order_systems(shops),
            rules.writes(figures, is_reconciling=waits),
            rules.turns(figures, self._settings.conversation.queue_after_s),
            rules.webhooks(figures),
            rules.jobs(jobs),
        )
        return _Database(parts=parts, shops=shops, failed_jobs=failed)

    def _filed_ago_s(self, now: datetime) -> float | None:
        written = [path.stat().st_mtime for path in self._settings.audit_path.glob("*") if path.is_file()]
        return max(0.0, now.timestamp() - max(written)) if written else None

    def _of_calls(self, status: Status | None) -> tuple[PartView, ...]:
        is_on, own = self._settings.voice.enabled, own_recogniser(self._settings)
        return (
            rules.recogniser(status, is_on=is_on, own=own),
            rules.speaker(status, is_on=is_on, is_own=own_speaker(self._settings) is not None),
        )

    def _of_machine(self) -> tuple[PartView, ...]:
        llm = self._settings.llm
        usage = shutil.disk_usage(_there(self._settings.state_path))
        return (
            rules.language_model(
                llm.model,
                is_set=bool(llm.url),
                is_resting=self._is_resting(),
                is_on_smaller=self._is_on_smaller(),
            ),
            rules.compact_model(self._compact_version),
            rules.egress(egress.blocked(self._settings.state_path)),
            rules.disk(usage.total, usage.free, str(self._settings.state_path)),
        )


def _shop(row: store.ShopRow, contact: Contact | None, now: datetime) -> OrderSystemView:
    state = rules.order_system(contact, now, is_connected=row.mapping is not None)
    return OrderSystemView(shop=row.shop, state=state, contact=contact or Contact())


def _there(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())
