# ruff: noqa: ARG002 (doubles take what the protocols hand them)
"""A worker process of its own, to be killed: sealer, listener and executor against the demo order system.

``python -m tests.appliance.aftersales.cases.worker_process DATABASE_URL ORDER_SYSTEM_URL API_KEY HOME``
"""

import asyncio
import sys
from pathlib import Path

import psycopg

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import CHANNEL, Executor
from appliance.aftersales.cases.model import Notice
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.orders.credentials import Credentials
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.rest import RestOrderSystem
from appliance.clock import FixedClock, SystemClock
from appliance.db import Connection, Database, Listener
from appliance.ids import ConversationId, ShopId
from appliance.jobs.worker import run_worker
from security.audit.file_signer import FileSigner
from security.audit.sealer import Sealer
from tests.appliance.aftersales.cases.test_over_http import Shops
from tests.appliance.aftersales.cases.world import NOW, World
from tests.appliance.aftersales.orders.conftest import DEMO_MAPPING

LIMITS = Limits(call_s=0.5, lease_s=11, first_pause_s=0.05, longest_pause_s=0.5)


class Told(World):
    """Writes what a conversation is told into the table ``told``, in the transaction that settles the operation."""

    async def deliver(self, conn: Connection, shop: ShopId, conversation_id: ConversationId, notice: Notice) -> None:
        values = (conversation_id, notice.operation_id, notice.kind)
        await conn.execute("INSERT INTO told (conversation_id, operation_id, kind) VALUES (%s, %s, %s)", values)


async def main(url: str, order_system_url: str, api_key: str, home: Path) -> None:
    async def connect() -> Connection:
        return await psycopg.AsyncConnection.connect(url)

    clock, mapping = SystemClock(), Mapping.load(DEMO_MAPPING)
    world = Told(FixedClock(NOW))
    db = await Database.open(url)
    system = RestOrderSystem(mapping, order_system_url, Credentials(api_key=api_key), clock)
    execution = Execution(
        db=db,
        systems=Shops(system, mapping),
        audit=SealedTrail(db),
        delivery=world,
        disclosure=world,
        clock=clock,
        limits=LIMITS,
    )
    executor = Executor(db=db, execution=execution, clock=clock, limits=LIMITS, at_once=4, sweep_s=0.2)
    sealer = Sealer(connect, home / "audit", FileSigner(home / "audit.key"), clock)
    async with Listener(url) as listener:
        await listener.subscribe(CHANNEL, executor.wake)
        await run_worker({"sealer": sealer.run, "executor": executor.run}, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
