"""kill -9 at every step from the intent to the outcome: of the sealer, and of the executor between its steps.

Each yes has its intent and its outcome in a log that is whole, each is written by the order system once and told once.
``AUDIT_KILLS`` sets how often a worker is killed.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import httpx
import psycopg
import pytest

from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.trail import SealedTrail
from appliance.aftersales.orders.mapping import Mapping
from appliance.aftersales.orders.model import Customer
from appliance.clock import SystemClock
from appliance.db import Database
from appliance.demo.order_system.server import running
from appliance.ids import ConversationId, CustomerId, OrderId, uuid7
from tests.appliance.aftersales.cases.test_over_http import an_order
from tests.appliance.aftersales.cases.worker_process import EXECUTOR_STEPS, SEALER_STEPS
from tests.appliance.aftersales.cases.world import World, accept, record, return_of, states
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY, DEMO_MAPPING, DemoStage, demo_stage
from tests.appliance.aftersales.work.terms import work_orders
from tests.security.audit.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.control("A1")]

FULL_SIZE = 1000
STEPS = (*SEALER_STEPS, *EXECUTOR_STEPS)
KILLS = int(os.environ.get("AUDIT_KILLS", len(STEPS)))
AT_ONCE = 3
"""Operations that are agreed to before each kill."""
MODULE = "tests.appliance.aftersales.cases.worker_process"
ROOT = Path(__file__).parents[4]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[str, DemoStage]]:
    with running(tmp_path / "shop.db", ADMIN_KEY) as url:
        async with (
            httpx.AsyncClient(base_url=url, headers={"X-Admin-Key": ADMIN_KEY}, trust_env=False) as admin,
            demo_stage(url, admin, Mapping.load(DEMO_MAPPING)) as stage,
        ):
            yield url, stage


class Yeses:
    """Customers who agree to the return of one unit of an order each."""

    def __init__(self, db: Database, world: World) -> None:
        self._db = db
        self._service = CaseService(
            audit=SealedTrail(db), delivery=world, clock=SystemClock(), work=work_orders(SealedTrail(db), SystemClock())
        )
        self.orders = [an_order(OrderId(f"O{place}")) for place in range(KILLS * AT_ONCE)]
        self._left = iter(self.orders)

    async def agree(self) -> None:
        for _, each in zip(range(AT_ONCE), self._left, strict=False):
            here, quote = ConversationId(uuid7()), return_of(1, order_id=each.order_id)
            await record(self._db, self._service, quote, here, each)
            await accept(self._db, self._service, quote, here, each)


async def worker(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", MODULE, *arguments, cwd=ROOT)


async def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        return await (await conn.execute(statement.encode())).fetchall()


async def test_a_worker_killed_at_every_step_does_and_records_each_deed_once(
    db: Database,
    database_url: str,
    owner_url: str,
    world: World,
    demo: tuple[str, DemoStage],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with capfd.disabled():
        sys.stdout.write(f"\nkills: {KILLS} of {FULL_SIZE} at full size")
    url, stage = demo
    dice, yeses = Random(7), Yeses(db, world)  # noqa: S311 (when to kill)
    await stage.load(Customer(customer_id=CustomerId("U1001"), name="林小满", phone="13900000001"), yeses.orders)
    await stage._call("PUT", "/faults", {"seed": 3, "lose_answer": {"probability": 0.2}})
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as conn:
        await conn.execute("CREATE TABLE told (conversation_id uuid, operation_id uuid, kind text)")
        await conn.execute("GRANT INSERT ON told TO appliance_app")
    arguments = (database_url, url, stage._credentials.secret("api_key"), str(tmp_path))

    for kill in range(KILLS):
        step = STEPS[kill % len(STEPS)]
        process = await worker(*arguments, step, str(dice.randint(1, AT_ONCE - 1)))
        await yeses.agree()
        assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL, step
    last = await worker(*arguments, "none", "1")
    try:
        async with asyncio.timeout(120):
            while {"accepted", "sent", "unknown"} & set(await states(db)):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.1)
    finally:
        last.kill()
        await last.wait()

    number = len(yeses.orders)
    log = Log(database_url, tmp_path)
    await log.seal_what_is_pending()
    assert Counter(await states(db)) == {"succeeded": number}
    assert await stage.count_writes() == number
    ends = "SELECT count(*), count(DISTINCT operation_id) FROM told WHERE kind <> 'delayed'"
    assert await rows(owner_url, ends) == [(number, number)]
    kinds = (
        "SELECT convert_from(raw, 'UTF8')::jsonb ->> 'kind', outcome, count(*), count(DISTINCT req) FROM audit_record "
        "WHERE action = 'operation.execute' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert await log.rows(kinds) == [("intent", "pending", number, number), ("outcome", "success", number, number)]
    report = await log.verify()
    assert (report.status, report.open_intents) == ("ok", ())
