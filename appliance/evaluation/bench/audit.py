"""``bench audit``: eight writers, each record a transaction of its own, until it is sealed in both sinks.

The baseline is a plain insert of the same size by the same writers, as durable, into the same private PostgreSQL: each
row is made anew and written the same way. The sealer is a process of its own, as it is in the product, and has come up
before anything is measured.

What a record costs is also told in processor time, which another load on the machine blurs less than a rate.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec
import psycopg

from appliance.db import Connection
from appliance.db.embedded import Cluster
from appliance.db.login import admit
from appliance.db.migrate import migrate
from appliance.evaluation.bench import model
from appliance.evaluation.bench.model import NotMeasured, Report
from appliance.evaluation.bench.processor import cpu_s
from security.audit.append import append, wait_sealed
from security.audit.canonical import canonical
from security.audit.record import Actor, ActorType, AuditEvent, Category, Kind, Outcome, Target, to_tree
from security.audit.sealer import KEY_FILE
from security.audit.verify import keys_in, verify_segments

WRITERS = 8
_PATIENCE_S = 120.0
_WARM_UP_S = 1.0
_TABLE = "CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb NOT NULL)"
_GRANT = "GRANT INSERT ON plain TO appliance_system"
_INSERT = "INSERT INTO plain (body) VALUES (%s)"

Write = Callable[[Connection], Awaitable[None]]


class _Spent(NamedTuple):
    """Processor time so far, in seconds."""

    writers: float
    sealer: float
    all: float
    """With the database."""

    @classmethod
    def now(cls, sealer: int | None = None) -> "_Spent":
        return cls(time.process_time(), cpu_s(sealer) if sealer else 0.0, cpu_s(os.getpid()))

    def since(self, before: "_Spent", records: int) -> "_Spent":
        """Microseconds a record."""
        return _Spent(*((now - then) / records * 1e6 for now, then in zip(self, before, strict=True)))


async def measure(duration_s: float, say: Callable[[str], None]) -> Report:
    say("starting a private PostgreSQL and a sealer")
    async with _cluster() as (cluster, folder):
        async with await psycopg.AsyncConnection.connect(cluster.owner_url(), autocommit=True) as owner:
            await owner.execute(_TABLE)
            await owner.execute(_GRANT)
        return await _Bench(cluster.url(), folder, say).run(duration_s)


class _Bench:
    def __init__(self, url: str, folder: Path, say: Callable[[str], None]) -> None:
        self._url = url
        self._folder = folder
        self._say = say

    async def run(self, duration_s: float) -> Report:
        size = len(canonical(to_tree(_event())))

        async def insert(conn: Connection) -> None:
            await conn.execute(_INSERT, (msgspec.json.encode(_event()).decode(),))

        async def record(conn: Connection) -> None:
            await append(conn, [_event()])

        async def intent(conn: Connection) -> None:
            event = _event(kind=Kind.INTENT, outcome=Outcome.PENDING)
            await wait_sealed(conn, await append(conn, [event]), _PATIENCE_S)

        await self._press(insert, _WARM_UP_S)
        self._say(f"{WRITERS} writers for {duration_s:g} s: plain inserts of {size} bytes")
        before = _Spent.now()
        plain_ms = await self._press(insert, duration_s)
        plain = _Spent.now().since(before, len(plain_ms))
        async with _sealer(self._url, self._folder) as sealer:
            await self._press(intent, _WARM_UP_S)
            self._say("records, until the last of them is sealed in both sinks")
            before, began = _Spent.now(sealer), time.perf_counter()
            pending_ms = await self._press(record, duration_s)
            pressed_s = time.perf_counter() - began
            await self._until_sealed()
            sealed_s = time.perf_counter() - began
            sealed = _Spent.now(sealer).since(before, len(pending_ms))
            self._say("intents, each waited for before the next")
            intent_ms = await self._press(intent, duration_s)
            await self._until_sealed()
        verified_per_s, records = self._verified()
        plain_per_s = len(plain_ms) / duration_s
        return Report(
            measures=(
                model.rate("sealed_records_per_second", len(pending_ms) / sealed_s, plain_per_s),
                model.rate("pending_records_per_second", len(pending_ms) / pressed_s, plain_per_s),
                model.compared("sealed_record_cpu_us", "us", sealed.all, plain.all),
                model.compared("sealed_record_cpu_of_writers_us", "us", sealed.writers, plain.writers),
                model.plain("sealed_record_cpu_of_sealer_us", "us", sealed.sealer),
                model.latency("sealed_intent_ms", intent_ms, plain_ms),
                model.rate("sealed_intents_per_second", len(intent_ms) / duration_s),
                model.rate("verified_records_per_second", verified_per_s),
                model.plain("a_million_verified_s", "s", 1_000_000 / verified_per_s),
                model.plain("records", "1", records),
                model.plain("record_bytes", "bytes", size),
            ),
            machine=model.machine(),
        )

    async def _press(self, write: Write, duration_s: float) -> list[float]:
        """Milliseconds of each write."""
        until = time.perf_counter() + duration_s

        async def writer() -> list[float]:
            taken: list[float] = []
            async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as conn:
                await conn.execute("SET ROLE appliance_system")
                while (began := time.perf_counter()) < until:
                    await write(conn)
                    taken.append((time.perf_counter() - began) * 1000)
            return taken

        return [ms for taken in await asyncio.gather(*(writer() for _ in range(WRITERS))) for ms in taken]

    async def _until_sealed(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as conn:
            await conn.execute("SET ROLE appliance_system")
            last = await (await conn.execute("SELECT id FROM audit_pending ORDER BY position DESC LIMIT 1")).fetchone()
            if last is not None:
                await wait_sealed(conn, [last[0]], _PATIENCE_S)

    def _verified(self) -> tuple[float, int]:
        began = time.perf_counter()
        report = verify_segments(self._folder / "audit", keys_in((self._folder / "audit" / KEY_FILE).read_text())[0])
        if report.status != "ok":
            raise NotMeasured(f"the log that was made is {report.status}: {report.why}")
        return report.records / (time.perf_counter() - began), report.records


def _event(kind: Kind = Kind.EVENT, outcome: Outcome = Outcome.SUCCESS) -> AuditEvent:
    """As large as what a refund leaves."""
    operation = str(uuid4())
    return AuditEvent(
        actor=Actor(type=ActorType.CUSTOMER, id=str(uuid4())),
        cat=Category.MONEY,
        action="operation.execute",
        object=Target(type="operation", id=operation),
        outcome=outcome,
        kind=kind,
        tenant="bench",
        req=operation,
        detail={"case_kind": "return_refund", "order_id": "20261110123456", "refund_fen": "38900"},
    )


@asynccontextmanager
async def _cluster() -> AsyncIterator[tuple[Cluster, Path]]:
    """As the product runs it: what is committed is on the disk."""
    folder = await asyncio.to_thread(_open_folder)
    cluster = Cluster(folder)
    cluster.prepare()
    process = await _started(cluster, folder / "postgres.log")
    try:
        await cluster.wait_until_ready()
        await migrate(cluster.owner_url())
        await admit(cluster.owner_url(), cluster.url())
        yield cluster, folder
    finally:
        process.send_signal(cluster.stop_signal)
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _open_folder() -> Path:
    """PostgreSQL's own user, where there is one, must be able to pass."""
    folder = Path(tempfile.mkdtemp(prefix="appliance-bench-"))
    folder.chmod(0o711)
    return folder


async def _started(cluster: Cluster, said: Path) -> asyncio.subprocess.Process:
    with said.open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *cluster.command(), env=cluster.environment, cwd="/", stdout=log, stderr=log
        )


@asynccontextmanager
async def _sealer(url: str, folder: Path) -> AsyncIterator[int]:
    """Its process."""
    module = "appliance.evaluation.bench.audit_sealer"
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, url, str(folder))
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()
