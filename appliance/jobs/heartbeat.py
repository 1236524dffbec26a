"""A row that says a worker is alive, for ``appliance doctor`` and whoever watches from outside."""

import asyncio
import contextlib
import os
import socket
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from psycopg.rows import dict_row

from appliance.clock import Clock
from appliance.db import Database, Queries
from appliance.ids import uuid7

SQL = Queries.beside(__file__)

BEAT_S = 5.0
ALIVE = timedelta(seconds=20)
"""A worker that was silent for longer counts as dead."""
FORGOTTEN = timedelta(days=1)


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    worker_id: UUID
    host: str
    process_id: int
    started_at: datetime
    beat_at: datetime


class Heartbeat:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._worker_id = uuid7()

    async def run(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                await self.beat()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), BEAT_S)
        finally:
            await self.leave()

    async def beat(self) -> None:
        values = {
            "worker_id": self._worker_id,
            "host": socket.gethostname(),
            "process_id": os.getpid(),
            "now": self._clock.now(),
        }
        async with self._db.system() as conn:
            await conn.execute(SQL["beat"], values)

    async def leave(self) -> None:
        values = {"worker_id": self._worker_id, "forgotten": self._clock.now() - FORGOTTEN}
        async with self._db.system() as conn:
            await conn.execute(SQL["leave"], values)


async def living_workers(db: Database, clock: Clock) -> list[Beat]:
    async with db.system() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL["workers"], {"since": clock.now() - ALIVE})
        return [msgspec.convert(row, Beat) for row in await cursor.fetchall()]
