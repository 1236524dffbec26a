"""Both sides compared after the fact."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation
from appliance.aftersales.cases.reconciliation import DifferenceKind, Reconciliation, Report
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, OrderCase
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.ids import LineId, OperationId, uuid7
from tests.appliance.aftersales.cases.world import SHOP, World, count, order, return_of, states
from tests.appliance.aftersales.work.terms import work_orders

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]


@pytest.fixture
def reconciliation(db: Database, world: World, clock: FixedClock) -> Reconciliation:
    settlements = Settlements(
        db=db, audit=world, delivery=world, disclosure=world, clock=clock, work=work_orders(world, clock)
    )
    return Reconciliation(
        db=db, systems=world, audit=world, settlements=settlements, clock=clock, work=work_orders(world, clock)
    )


@pytest.fixture
def settle(new_executor: NewExecutor, clock: FixedClock) -> Callable[[], Awaitable[None]]:
    async def do() -> None:
        await new_executor().run_due()
        clock.move(timedelta(minutes=2))

    return do


Settle = Callable[[], Awaitable[None]]


async def differences(reconciliation: Reconciliation) -> list[DifferenceKind]:
    return [difference.kind for difference in (await reconciliation.reconcile(SHOP)).differences]


async def test_equal_sides_are_compared_once(
    quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    await quote_and_accept()
    await settle()

    assert await reconciliation.reconcile_all() == [
        Report(shop_id=SHOP, compared=1, settled=0, differences=(), is_complete=True)
    ]
    assert await reconciliation.reconcile_all() == []


async def test_a_receipt_that_the_order_system_does_not_know_is_a_work_order(
    db: Database, world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    await quote_and_accept()
    await settle()
    world.system.receipts.clear()

    assert await differences(reconciliation) == [DifferenceKind.MISSING]
    assert await count(db, "work_order") == 1


async def test_another_amount_and_another_case_are_found(
    world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    first, second = await quote_and_accept(), await quote_and_accept()
    await settle()
    receipts = world.system.receipts
    receipts[first.operation_id] = msgspec.structs.replace(receipts[first.operation_id], refund_fen=1)
    receipts[second.operation_id] = msgspec.structs.replace(receipts[second.operation_id], case_id="other")

    assert set(await differences(reconciliation)) == {DifferenceKind.OTHER_AMOUNT, DifferenceKind.OTHER_CASE}


async def test_a_refusal_that_was_written_all_the_same_is_found(
    world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    await quote_and_accept()
    world.system.faults = ["written_and_refused"]
    await settle()

    assert await differences(reconciliation) == [DifferenceKind.WRITTEN_THOUGH_REFUSED]


async def test_what_a_person_was_to_find_out_is_settled_once_it_is_found(
    db: Database,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
    reconciliation: Reconciliation,
) -> None:
    await quote_and_accept()
    world.system.is_idempotent = False
    world.system.faults = ["lost_answer"]
    world.system.find_faults = ["unavailable"] * 1000
    while await states(db) != ["handed_over"]:
        await new_executor().run_due()
        clock.move(timedelta(seconds=61))
    world.system.find_faults = []

    report = await reconciliation.reconcile(SHOP)

    assert report.settled == 1
    assert await states(db) == ["succeeded"]
    assert world.told() == ["delayed", "doubtful", "succeeded"]
    async with db.transaction(SHOP) as conn:
        statuses = await (await conn.execute("SELECT state FROM work_order")).fetchall()
    assert statuses == [("closed",)]


async def test_two_cases_under_one_key_and_cases_under_unknown_keys_are_found(
    world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    operation = await quote_and_accept()
    await settle()
    stranger = OperationId(uuid7())
    keys = [operation.operation_id, operation.operation_id, stranger, "made-by-the-till"]
    world.system.shown = order(cases=tuple(case_under(str(key), number) for number, key in enumerate(keys)))

    assert await differences(reconciliation) == [DifferenceKind.WRITTEN_TWICE, DifferenceKind.UNKNOWN_TO_US]


async def test_a_dead_order_system_leaves_the_rest_for_the_next_time(
    world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    await quote_and_accept()
    await settle()
    world.system.find_faults = ["unavailable"]

    assert not (await reconciliation.reconcile(SHOP)).is_complete
    assert (await reconciliation.reconcile(SHOP)).compared == 1


async def test_a_refund_in_progress_is_left_alone(quote_and_accept: Accept, reconciliation: Reconciliation) -> None:
    await quote_and_accept(return_of(1))

    assert (await reconciliation.reconcile(SHOP)).compared == 0


def case_under(key: str, number: int) -> OrderCase:
    return OrderCase(
        case_id=f"C{number}",
        kind=CaseKind.RETURN_REFUND,
        status=CaseStatus.OPEN,
        lines=(CaseLine(line_id=LineId("L1"), quantity=1),),
        operation_id=key,
    )
