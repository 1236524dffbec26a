"""After a restore that nobody has ended: what was written is found, what was not is not sent, and no yes is taken."""

from datetime import timedelta

import psycopg
import pytest

from appliance.clock import FixedClock
from appliance.db import Database
from appliance.db.restoration import is_reconciling
from appliance.errors import Reconciling
from tests.appliance.aftersales.cases.test_execution import Accept, NewExecutor
from tests.appliance.aftersales.cases.world import SHOP, World, count, states

pytestmark = pytest.mark.control("M-30")

RESTORED = """
INSERT INTO restoration (restoration_id, kind, as_of, restored_at, log_size, log_root)
VALUES (gen_random_uuid(), 'archive', now(), now(), 0, repeat('0', 64))
"""
SETTLED = "UPDATE restoration SET record_id = gen_random_uuid(), settled_at = now()"


def as_owner(url: str, statement: str) -> None:
    with psycopg.connect(url) as conn:
        conn.execute(statement.encode())


async def test_nothing_is_sent_however_old_it_is_and_then_once(
    db: Database,
    owner_url: str,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
) -> None:
    operation = await quote_and_accept()
    as_owner(owner_url, RESTORED)
    for _ in range(4):
        clock.move(timedelta(hours=3))
        await new_executor().run_due()
    assert (await states(db), world.system.requests) == (["accepted"], [])
    assert await count(db, "work_order") == 0

    as_owner(owner_url, SETTLED)
    clock.move(timedelta(hours=3))
    await new_executor().run_due()
    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}


async def test_what_the_order_system_had_done_is_taken_up_meanwhile(
    db: Database,
    owner_url: str,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
) -> None:
    operation = await quote_and_accept()
    world.system.is_idempotent = False
    await world.system.execute(operation.request)
    as_owner(owner_url, RESTORED)
    clock.move(timedelta(hours=3))
    await new_executor().run_due()
    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}


async def test_no_yes_is_taken(db: Database, owner_url: str, quote_and_accept: Accept) -> None:
    as_owner(owner_url, RESTORED)
    async with db.transaction(SHOP) as conn:
        assert await is_reconciling(conn)
    with pytest.raises(Reconciling, match="recovery status"):
        await quote_and_accept()
    assert (await count(db, "operation"), await count(db, "case_unit")) == (0, 0)


async def test_nobody_but_the_owner_begins_or_forgets_a_restoration(db: Database, owner_url: str) -> None:
    as_owner(owner_url, RESTORED)
    for statement in (RESTORED, "DELETE FROM restoration", "UPDATE restoration SET log_size = 9"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with db.system() as conn:
                await conn.execute(statement.encode())
