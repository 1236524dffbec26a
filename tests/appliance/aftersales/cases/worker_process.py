# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""A worker process of its own, to be killed: sealer, listener and executor against the demo order system.

``python -m tests.appliance.aftersales.cases.worker_process DATABASE_URL ORDER_SYSTEM_URL API_KEY HOME [STEP TIMES]``

With STEP it kills itself where it comes to that step for the so-manieth time.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import CHANNEL, Executor
from appliance.aftersales.cases.model import Notice
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import CaseReceipt, CaseRequest
from appliance.aftersales.orders.rest import RestOrderSystem
from appliance.clock import FixedClock, SystemClock
from appliance.db import Connection, Database, Listener
from appliance.ids import ConversationId, ShopId
from appliance.jobs.worker import run_worker
from security.audit.file_signer import FileSigner
from security.audit.record import AuditEvent
from security.audit.sealer import Sealer
from tests.appliance.aftersales.cases.test_over_http import Shops
from tests.appliance.aftersales.cases.world import NOW, World
from tests.appliance.aftersales.orders.conftest import DEMO_MAPPING
from tests.appliance.aftersales.work.terms import work_orders

LIMITS = Limits(call_s=0.5, lease_s=11, first_pause_s=0.05, longest_pause_s=0.5)
SEALER_STEPS = ("records_in_files", "records_in_database", "checkpoint_in_files", "checkpoint_in_database")
EXECUTOR_STEPS = ("intent_sealed", "marked_as_sent", "written", "outcome_appended", "told")


class Failpoint:
    """Kills this process, as power that fails would, where it comes to a step for the so-manieth time."""

    def __init__(self, step: str = "", times: str = "1") -> None:
        self._step = step
        self._left = int(times)

    def __call__(self, step: str) -> None:
        self._left -= step == self._step
        if step == self._step and self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Trail(SealedTrail):
    def __init__(self, db: Database, failpoint: Failpoint) -> None:
        super().__init__(db)
        self._failpoint = failpoint

    async def append(self, conn: Connection, events: Sequence[AuditEvent]) -> None:
        await super().append(conn, events)
        self._failpoint("outcome_appended")

    async def wait_sealed(self, ids: Sequence[UUID]) -> None:
        await super().wait_sealed(ids)
        self._failpoint("intent_sealed")


class Wire(RestOrderSystem):
    failpoint: Failpoint

    async def execute(self, request: CaseRequest) -> CaseReceipt:
        self.failpoint("marked_as_sent")
        receipt = await super().execute(request)
        self.failpoint("written")
        return receipt


class Told(World):
    """Writes what a conversation is told into the table ``told``, in the transaction that settles the operation."""

    failpoint: Failpoint

    async def deliver(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, notice: Notice) -> None:
        self.failpoint("told")
        values = (conversation_id, notice.operation_id, notice.kind)
        await conn.execute("INSERT INTO told (conversation_id, operation_id, kind) VALUES (%s, %s, %s)", values)


async def main(
    url: str, order_system_url: str, api_key: str, home: Path, failpoint: Failpoint, limits: Limits = LIMITS
) -> None:
    async def connect() -> Connection:
        return await psycopg.AsyncConnection.connect(url)

    clock, mapping = SystemClock(), Mapping.load(DEMO_MAPPING)
    world = Told(FixedClock(NOW))
    world.failpoint = failpoint
    db = await Database.open(url)
    system = Wire(mapping, order_system_url, Credentials(api_key=api_key), clock)
    system.failpoint = failpoint
    execution = Execution(
        db=db,
        systems=Shops(system, mapping),
        audit=Trail(db, failpoint),
        delivery=world,
        disclosure=world,
        clock=clock,
        limits=limits,
        work=work_orders(Trail(db, failpoint), clock),
    )
    executor = Executor(db=db, execution=execution, clock=clock, limits=limits, at_once=4, sweep_s=0.2)
    sealer = Sealer(connect, home / "audit", FileSigner(home / "audit.key"), clock, failpoint=failpoint)
    async with Listener(url) as listener:
        await listener.subscribe(CHANNEL, executor.wake)
        await run_worker({"sealer": sealer.run, "executor": executor.run}, asyncio.Event())


if __name__ == "__main__":
    url, order_system_url, api_key, home, *step = sys.argv[1:]
    quick = [msgspec.structs.replace(LIMITS, lease_s=2)] if step else []
    asyncio.run(main(url, order_system_url, api_key, Path(home), Failpoint(*step), *quick))
