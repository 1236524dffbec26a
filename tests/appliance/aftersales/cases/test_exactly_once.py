"""Whatever breaks, and wherever the worker dies: one write for an agreed operation, or a person."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.aftersales.cases import store
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Claimed, Operation, OperationState
from appliance.aftersales.cases.rules import TRANSITIONS, UNSETTLED, sources_of
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.ids import uuid7
from tests.appliance.aftersales.cases.world import NOW, SHOP, ScriptedSystem, World, audited, order, return_of, states

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]

LEASE = timedelta(seconds=61)


async def restart_until_settled(new_executor: NewExecutor, clock: FixedClock, db: Database) -> None:
    """Each round is a new process that finds what the last one left."""
    for _ in range(60):
        await new_executor().run_due()
        if not {"accepted", "sent", "unknown"} & set(await states(db)):
            return
        clock.move(LEASE)
    pytest.fail("never settled")


@pytest.mark.control("M-32")
@pytest.mark.parametrize("point", ["wait_sealed", "reveal", "append", "deliver"])
async def test_a_crash_at_any_step_of_ours_leaves_one_write_and_one_notice(
    point: str,
    db: Database,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
) -> None:
    world.vault = {"⟨电话1⟩": "13800138000"}
    operation = await quote_and_accept(return_of(1, details={"phone": "⟨电话1⟩"}))
    world.crashes = [point]
    await restart_until_settled(new_executor, clock, db)

    assert world.crashes == []
    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}
    assert world.told() == ["succeeded"]


@pytest.mark.parametrize(
    ("fault", "is_idempotent", "state", "writes"),
    [
        ("crash_before", True, "succeeded", 1),
        ("crash_after", True, "succeeded", 1),
        ("crash_after", False, "succeeded", 1),
        ("crash_before", False, "handed_over", 0),
    ],
)
async def test_a_crash_during_the_call_never_writes_twice(
    fault: str,
    is_idempotent: bool,
    state: str,
    writes: int,
    db: Database,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
) -> None:
    await quote_and_accept()
    world.system.is_idempotent = is_idempotent
    world.system.faults = [fault]
    await restart_until_settled(new_executor, clock, db)

    assert await states(db) == [state]
    assert sum(world.system.writes.values()) == writes


async def test_of_two_workers_in_a_call_for_one_operation_the_leaseholder_ends_it(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    world.system.is_open.clear()
    first = asyncio.create_task(new_executor().run_due())
    await world.system.is_called.wait()
    world.system.is_called.clear()
    clock.move(LEASE)
    second = asyncio.create_task(new_executor().run_due())
    await world.system.is_called.wait()
    world.system.is_open.set()
    await asyncio.gather(first, second)
    await restart_until_settled(new_executor, clock, db)

    assert world.system.writes == {operation.operation_id: 1}
    assert world.told() == ["succeeded"]


async def test_three_workers_share_operations_without_doing_one_twice(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operations = [await quote_and_accept(read=order(quantity=24)) for _ in range(24)]
    done = await asyncio.gather(*(new_executor().run_due() for _ in range(3)))

    assert sum(done) == 24
    assert world.system.writes == {operation.operation_id: 1 for operation in operations}
    assert world.told() == ["succeeded"] * 24


HONEST = ["none", "unavailable", "lost_request", "lost_answer", "refused", "crash_before", "crash_after", "broken"]
POINTS = ["wait_sealed", "append", "deliver"]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    faults=st.lists(st.sampled_from(HONEST), max_size=5),
    find_faults=st.lists(st.sampled_from(["none", "unavailable"]), max_size=5),
    crashes=st.lists(st.sampled_from(POINTS), max_size=3),
    is_idempotent=st.booleans(),
)
async def test_any_mix_of_faults_and_crashes_gives_one_write_or_a_person(
    faults: list[str],
    find_faults: list[str],
    crashes: list[str],
    is_idempotent: bool,
    db: Database,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
) -> None:
    async with db.system() as conn:
        for statement in CLEAN:
            await conn.execute(statement)
    world.notices = []
    world.system = ScriptedSystem()
    clock.at = NOW
    operation = await quote_and_accept()
    world.system.faults, world.system.find_faults = list(faults), list(find_faults)
    world.system.is_idempotent = is_idempotent
    world.crashes = list(crashes)

    await restart_until_settled(new_executor, clock, db)

    [state] = await states(db)
    writes = world.system.writes[operation.operation_id]
    assert set(world.system.writes) <= {operation.operation_id}
    assert writes <= 1
    if state == "succeeded":
        assert writes == 1
    if state == "refused":
        assert writes == 0
    ends = [kind for kind in world.told() if kind != "delayed"]
    assert len(ends) == 1
    assert len(await audited(db, operation)) == 2


CLEAN = (
    "DELETE FROM case_unit",
    "DELETE FROM work_order_change",
    "DELETE FROM work_order",
    "DELETE FROM operation",
    "DELETE FROM after_sales_case",
    "DELETE FROM quote",
)


@pytest.mark.parametrize("source", list(OperationState))
async def test_the_database_follows_the_table_of_transitions(
    source: OperationState, db: Database, quote_and_accept: Accept
) -> None:
    """From each state, each of the others is reached exactly where the table says so."""
    await quote_and_accept()
    claimed = await claim(db)
    reached = {target for target in OperationState if await moves(db, claimed, source, target)}

    assert reached == TRANSITIONS[source] - BY_PEOPLE.get(source, set())


BY_PEOPLE = {OperationState.HANDED_OVER: {OperationState.ACCEPTED, OperationState.UNKNOWN}}
"""A retry, which needs no lease."""


async def claim(db: Database) -> Claimed:
    async with db.system() as conn:
        [claimed] = await store.claim(conn, owner=uuid7(), now=NOW, until=NOW + LEASE, limit=1)
    return claimed


async def moves(db: Database, claimed: Claimed, source: OperationState, target: OperationState) -> bool:
    """Tries one move with the store's own statements and takes it back."""
    async with db.transaction(SHOP) as conn:
        receipt = "{}" if source is OperationState.SUCCEEDED else None
        await conn.execute("UPDATE operation SET state = %s, receipt = %s", (source, receipt))
        match target:
            case OperationState.SENT:
                moved = await store.mark_sent(conn, claimed, NOW)
            case OperationState.ACCEPTED | OperationState.UNKNOWN:
                stands = await store.put_off(conn, claimed, target, NOW)
                moved = stands is target and source is not target
            case _:
                moved = await store.settle(conn, claimed, sources_of(target), settle_values(target))
        await conn.execute(
            "UPDATE operation SET state = 'accepted', receipt = NULL, lease_token = %s", (claimed.token,)
        )
        await conn.execute("UPDATE after_sales_case SET state = 'pending'")
    return moved


def settle_values(target: OperationState) -> store.Row:
    return {
        "state": target,
        "receipt": store.jsonb({}) if target is OperationState.SUCCEEDED else None,
        "refusal": None,
        "outcome": uuid7(),
        "case_state": None,
        "order_system_case_id": None,
        "frees": False,
        "now": NOW,
    }


def test_what_is_settled_for_good_has_no_way_on() -> None:
    final = {state for state, targets in TRANSITIONS.items() if not targets}

    assert final == {OperationState.SUCCEEDED, OperationState.REFUSED}
    assert set(OperationState) - final - {OperationState.HANDED_OVER} == UNSETTLED
