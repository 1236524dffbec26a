"""A log in a database and a directory of its own, and a sealer that a test can start, stop and crash."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from security.audit.append import append, wait_sealed
from security.audit.export import export_lines
from security.audit.file_signer import FileSigner, FileSuccession
from security.audit.live import verify_live
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target
from security.audit.sealer import KEY_FILE, Sealer
from security.audit.shift import Pace
from security.audit.verify import Report, Wanted, keys_in

Connection = psycopg.AsyncConnection[Any]


class Clock:
    """Says what it is told. At first it goes with the database's, which dates the records."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at


class Crash(BaseException):
    """Ends a sealer between two steps, as a kill would: it cleans up nothing that a kill would not."""


class Log:
    def __init__(self, url: str, home: Path, owner_url: str = "") -> None:
        self.url = url
        self.owner_url = owner_url
        self.directory = home / "audit"
        self.key_file = home / "audit.key"
        self.signer: FileSigner | None = None
        """Instead of the one in the key file."""
        self.succession = FileSuccession(self.key_file)
        self.clock = Clock()

    @asynccontextmanager
    async def connection(self, role: str = "appliance_system") -> AsyncIterator[Connection]:
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as conn:
            await conn.execute("SELECT set_config('role', %s, false)", [role])
            yield conn

    def sealer(self, pace: Pace | None = None, failpoint: Callable[[str], None] = lambda _: None) -> Sealer:
        async def connect() -> Connection:
            return await psycopg.AsyncConnection.connect(self.url)

        return Sealer(
            connect,
            self.directory,
            self.signer or FileSigner(self.key_file),
            self.clock,
            pace=pace or Pace(),
            failpoint=failpoint,
            succession=self.succession,
        )

    @asynccontextmanager
    async def sealing(self, pace: Pace | None = None) -> AsyncIterator[None]:
        self.revive(pace)
        try:
            yield
        finally:
            await self.stop()

    async def stop(self) -> None:
        self._stop.set()
        await asyncio.wait_for(self._running, 20)

    def revive(self, pace: Pace | None = None) -> None:
        self._stop = asyncio.Event()
        self._running = asyncio.create_task(self.sealer(pace).run(self._stop))

    async def kill(self) -> None:
        """The sealer that runs; nobody takes its place."""
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running

    @contextlib.contextmanager
    def sealing_beside(self, pace: Pace | None = None) -> Iterator[None]:
        """For a test without a loop: a sealer in a thread of its own."""

        async def seal() -> None:
            async with self.sealing(pace or Pace(retry_s=0.02)):
                await asyncio.to_thread(ended.wait)

        ended = threading.Event()
        thread = threading.Thread(target=asyncio.run, args=(seal(),))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    async def seal_what_is_pending(self) -> None:
        async with self.sealing(), self.connection() as conn:
            rows = await (await conn.execute("SELECT id FROM audit_pending")).fetchall()
            await wait_sealed(conn, [row[0] for row in rows], 10)

    async def crash_at(self, step: str, times: int = 1, pace: Pace | None = None) -> None:
        """Run a sealer until it has come to this step so many times, and kill it there."""
        left = times

        def failpoint(at: str) -> None:
            nonlocal left
            left -= at == step
            if at == step and left == 0:
                raise Crash

        with pytest.raises(Crash):
            await asyncio.wait_for(self.sealer(pace, failpoint).run(asyncio.Event()), 10)

    @staticmethod
    def event(**changes: Any) -> AuditEvent:
        given: dict[str, Any] = {
            "actor": Actor(type=ActorType.STAFF, id="u1", role="agent"),
            "cat": Category.MONEY,
            "action": "refund.propose",
            "object": Target(type="case", id="c1"),
            "outcome": Outcome.SUCCESS,
            "tenant": "s1",
            **changes,
        }
        return AuditEvent(**given)

    async def append(self, count: int, **changes: Any) -> list[AuditEvent]:
        events = [self.event(req=str(number), **changes) for number in range(count)]
        async with self.connection() as conn:
            await append(conn, events)
        return events

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.connection() as conn:
            return await (await conn.execute(query.encode())).fetchall()

    async def actions(self) -> list[str]:
        return [row[0] for row in await self.rows("SELECT action FROM audit_record ORDER BY seq")]

    @property
    def keys(self) -> list[str]:
        return keys_in((self.directory / KEY_FILE).read_text())

    async def verify(self, wanted: Wanted | None = None) -> Report:
        async with self.connection() as conn, conn.transaction():
            return await verify_live(conn, self.directory, self.keys[0], wanted)

    async def export(self, path: Path) -> Path:
        async with self.connection() as conn, conn.transaction():
            lines = [line async for line in export_lines(conn, self.keys[0])]
        await asyncio.to_thread(path.write_bytes, b"".join(lines))
        return path

    async def as_owner(self, statement: str, table: str) -> None:
        """What somebody can do who owns the database and switches the triggers off."""
        async with await psycopg.AsyncConnection.connect(self.owner_url, autocommit=True) as conn:
            for text in (
                f"ALTER TABLE {table} DISABLE TRIGGER ALL",
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            ):
                await conn.execute(text.encode())
            await conn.execute(statement.encode())
            await conn.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL".encode())

    async def as_plain_owner(self, statement: str) -> None:
        async with await psycopg.AsyncConnection.connect(self.owner_url, autocommit=True) as conn:
            await conn.execute(statement.encode())
