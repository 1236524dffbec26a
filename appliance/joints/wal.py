"""The worker's side of going back to a second: what PostgreSQL hands out is encrypted and put away, a base taken daily.

Where the folder does not take it, it is logged and tried again: the spool grows, and nothing of the appliance waits.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta
from typing import Final

import psycopg

from appliance.clock import Clock
from appliance.config import Settings
from appliance.db import Database
from appliance.db.backup.restoring import backup_key_path
from appliance.db.backup.writing import Source
from appliance.db.location import is_embedded, owner_url
from appliance.db.wal.base import forget_old, take
from appliance.db.wal.cluster import own_cluster, wal_dir
from appliance.db.wal.place import Base, Place
from appliance.db.wal.spool import ship
from appliance.errors import ApplianceError
from security.audit.append import append
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target
from security.audit.store import AuditStore
from security.crypto import backup_key
from security.crypto.archive import LogMark
from security.crypto.root import RootKey
from security.crypto.suites import Suite
from security.errors import SecurityError

_log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
BASE_EVERY: Final = timedelta(days=1)


def keeps_changes(settings: Settings) -> bool:
    return is_embedded(settings) and bool(settings.backup.wal_dir)


class WalKeeper:
    def __init__(self, db: Database, settings: Settings, root: RootKey, clock: Clock, look_s: float = LOOK_S) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._look_s = look_s
        self._suite = Suite[settings.crypto.suite.name]
        self._root = root

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.once()
            except (ApplianceError, SecurityError, OSError, psycopg.Error) as failed:
                _log.warning("wal.not_kept", extra={"reason": type(failed).__name__})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._look_s)

    async def once(self) -> None:
        cluster = own_cluster(self._settings)
        place = Place.of(wal_dir(self._settings), cluster.data)
        key = backup_key.read_or_create(backup_key_path(self._settings), self._root)
        await asyncio.to_thread(ship, cluster.spool, place, key, self._suite)
        newest = max((base.ended_at for base in place.bases()), default=None)
        if newest is not None and self._clock.now() - newest < BASE_EVERY:
            return
        source = Source(owner_url(self._settings), self._settings, key, self._suite)
        made = await take(cluster, source, place, self._clock, await self._mark(), lambda _: None)
        keep = timedelta(days=self._settings.backup.keep_days)
        gone = await asyncio.to_thread(forget_old, cluster, place, self._clock.now(), keep)
        await self._tell(made, gone)

    async def _mark(self) -> LogMark:
        """The last checkpoint, which what is restored from it has to contain. A command verifies the log, we do not."""
        async with self._db.system() as conn:
            latest = await AuditStore(conn).latest_checkpoint()
        return LogMark(state="not verified", checkpoint=latest.note if latest else "")

    async def _tell(self, made: Base, gone: int) -> None:
        said = AuditEvent(
            actor=Actor(type=ActorType.SERVICE, id="worker"),
            cat=Category.BACKUP,
            action="backup.base_made",
            object=Target(type="appliance", id="this"),
            outcome=Outcome.SUCCESS,
            detail={"ended_at": made.ended_at.isoformat(), "forgotten": str(gone)},
        )
        async with self._db.system() as conn:
            await append(conn, [said])
        _log.info("wal.base_made", extra={"forgotten": gone})
