"""Both sides compared after the fact."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from appliance.aftersales.cases.differences import DifferenceKind
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation
from appliance.aftersales.cases.reconciliation import MOST_UNREAD, Look, Reconciliation, Report
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, OrderCase
from appliance.aftersales.policy.quote import seal
from appliance.aftersales.work.model import WorkOrderKind
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.ids import LineId, OperationId, OrderId, uuid7
from security.audit.record import Actor, ActorType
from tests.appliance.aftersales.cases.world import SHOP, World, count, order, return_of, states
from tests.appliance.aftersales.work.terms import work_orders

AGAIN = Look(again=True)

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]


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


async def test_an_open_case_is_followed_every_hour_where_no_event_comes(
    world: World, clock: FixedClock, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    """Its events are lost, or its order system pushes none: goods that came back start the law's clock all the same."""
    operation = await quote_and_accept()
    await settle()
    assert len(await reconciliation.reconcile_all()) == 1
    world.system.shown = order(cases=(msgspec.structs.replace(case_of(operation), stage="inspecting"),))
    assert await reconciliation.reconcile_all() == []
    clock.move(timedelta(hours=1))
    (report,) = await reconciliation.reconcile_all()
    assert (report.compared, report.settled, report.differences) == (1, 1, ())
    assert world.told() == ["succeeded", "progress"]
    assert await reconciliation.reconcile_all() == []
    clock.move(timedelta(days=3))
    world.system.shown = order(cases=(msgspec.structs.replace(case_of(operation), status=CaseStatus.FINISHED),))
    assert [each.settled for each in await reconciliation.reconcile_all()] == [1]
    clock.move(timedelta(hours=2))
    assert await reconciliation.reconcile_all() == []


async def test_where_no_write_can_be_looked_for_its_order_tells(
    db: Database, world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    operation = await quote_and_accept()
    await settle()
    world.system.cannot_find = True
    case = msgspec.structs.replace(case_of(operation), stage="inspecting")
    world.system.shown = order(cases=(case, case))
    report = await reconciliation.reconcile(SHOP)
    assert (report.compared, report.settled, report.is_complete) == (1, 1, True)
    assert [each.kind for each in report.differences] == [DifferenceKind.WRITTEN_TWICE]


async def test_what_people_have_in_hand_ends_by_its_order_where_no_write_can_be_looked_for(
    db: Database,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    settle: Settle,
    reconciliation: Reconciliation,
) -> None:
    operation = await quote_and_accept()
    world.system.cannot_find, world.by_hand = True, {CaseKind.RETURN_REFUND}
    await settle()
    assert await states(db) == ["handed_over"]
    assert (await reconciliation.reconcile(SHOP)).settled == 0
    world.system.shown = order(cases=(case_of(operation),))
    assert (await reconciliation.reconcile(SHOP)).settled == 1
    assert await states(db) == ["succeeded"]


async def test_an_order_that_cannot_be_read_keeps_no_other_waiting(
    world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    other = OrderId("O-unreadable")
    quote = seal(msgspec.structs.replace(return_of(1), order_id=other))
    await quote_and_accept(quote, read=msgspec.structs.replace(order(), order_id=other))
    operation = await quote_and_accept()
    await settle()
    world.system.unreadable = {other}
    world.system.shown = order(cases=(msgspec.structs.replace(case_of(operation), stage="inspecting"),))
    report = await reconciliation.reconcile(SHOP)
    assert (report.compared, report.settled, report.is_complete) == (1, 1, False)
    world.system.unreadable = set()
    report = await reconciliation.reconcile(SHOP)
    assert (report.compared, report.is_complete) == (1, True)


async def test_orders_that_nobody_can_read_keep_no_other_waiting_for_good(
    world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    """So many that each run breaks off at them: the next one begins with the others."""
    others = [OrderId(f"O-unreadable-{number}") for number in range(MOST_UNREAD)]
    for other in others:
        quote = seal(msgspec.structs.replace(return_of(1), order_id=other))
        await quote_and_accept(quote, read=msgspec.structs.replace(order(), order_id=other))
    await quote_and_accept()
    await settle()
    world.system.unreadable = set(others)
    assert [(await reconciliation.reconcile(SHOP)).compared for _ in range(2)] == [0, 1]


async def test_a_refund_in_progress_is_left_alone(quote_and_accept: Accept, reconciliation: Reconciliation) -> None:
    await quote_and_accept(return_of(1))

    assert (await reconciliation.reconcile(SHOP)).compared == 0


async def test_a_difference_that_is_found_again_has_one_work_order(
    db: Database, world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    await quote_and_accept()
    await settle()
    world.system.receipts.clear()

    first, second, third = [
        (await reconciliation.reconcile(SHOP, look)).differences[0] for look in (Look(), Look(), AGAIN)
    ]

    assert (first.is_new, second.is_new, third.is_new) == (True, False, False)
    assert {first.work_order_id} == {second.work_order_id, third.work_order_id} == set(await work_orders_of(db))


async def test_what_people_have_closed_while_it_stands_is_not_opened_anew(
    db: Database,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    settle: Settle,
    reconciliation: Reconciliation,
) -> None:
    operation = await quote_and_accept()
    await settle()
    world.system.receipts.clear()
    await reconciliation.reconcile(SHOP)
    async with db.transaction(SHOP) as conn:
        await work_orders(world, clock).settle(conn, SHOP, operation.case_id, [WorkOrderKind.DIFFERENCE])

    assert not (await reconciliation.reconcile(SHOP, AGAIN)).differences[0].is_new
    assert list((await work_orders_of(db)).values()) == ["closed"]


async def test_two_differences_of_one_case_are_two_work_orders(
    db: Database, world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    operation = await quote_and_accept()
    await settle()
    world.system.receipts.clear()
    world.system.shown = order(cases=tuple(case_under(str(operation.operation_id), number) for number in range(2)))

    assert await differences(reconciliation) == [DifferenceKind.MISSING, DifferenceKind.WRITTEN_TWICE]
    assert len(await work_orders_of(db)) == 2


async def test_another_amount_that_its_receipt_told_already_is_one_difference(
    db: Database, world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    await quote_and_accept()
    world.system.refund_fen = 1
    await settle()
    assert len(await work_orders_of(db)) == 1

    report = await reconciliation.reconcile(SHOP)

    assert [(each.kind, each.is_new) for each in report.differences] == [(DifferenceKind.OTHER_AMOUNT, False)]
    assert len(await work_orders_of(db)) == 1


async def test_a_difference_that_is_gone_is_noted_on_its_work_order_and_may_come_back(
    db: Database, world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    await quote_and_accept()
    await settle()
    held = dict(world.system.receipts)
    world.system.receipts.clear()
    found = (await reconciliation.reconcile(SHOP)).differences[0]
    world.system.receipts |= held

    report = await reconciliation.reconcile(SHOP)
    assert report.differences == ()
    assert [(each.kind, each.work_order_id) for each in report.gone] == [(DifferenceKind.MISSING, found.work_order_id)]
    assert (await reconciliation.reconcile(SHOP, AGAIN)).gone == ()
    assert await work_orders_of(db) == {found.work_order_id: "new"}

    world.system.receipts.clear()
    again = (await reconciliation.reconcile(SHOP, AGAIN)).differences[0]
    assert (again.is_new, again.work_order_id) == (False, found.work_order_id)
    assert await deeds(db) == ["open", "difference_gone", "difference_back"]


async def test_a_difference_that_comes_back_after_its_work_order_was_closed_gets_another(
    db: Database,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    settle: Settle,
    reconciliation: Reconciliation,
) -> None:
    operation = await quote_and_accept()
    await settle()
    held = dict(world.system.receipts)
    world.system.receipts.clear()
    await reconciliation.reconcile(SHOP)
    world.system.receipts |= held
    await reconciliation.reconcile(SHOP)
    async with db.transaction(SHOP) as conn:
        await work_orders(world, clock).settle(conn, SHOP, operation.case_id, [WorkOrderKind.DIFFERENCE])
    world.system.receipts.clear()

    assert (await reconciliation.reconcile(SHOP, AGAIN)).differences[0].is_new
    assert sorted((await work_orders_of(db)).values()) == ["closed", "new"]


async def test_what_could_not_be_looked_at_is_not_gone(
    world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    await quote_and_accept()
    await settle()
    stranger = str(uuid7())
    world.system.shown = order(cases=(case_under(stranger, 1),))
    assert await differences(reconciliation) == [DifferenceKind.UNKNOWN_TO_US]

    world.system.find_faults = ["unavailable"]
    report = await reconciliation.reconcile(SHOP, AGAIN)
    assert (report.is_complete, report.gone) == (False, ())

    world.system.shown = order()
    assert [each.operation_id for each in (await reconciliation.reconcile(SHOP, AGAIN)).gone] == [stranger]


async def test_on_demand_all_of_a_period_is_compared_in_pages(
    world: World, clock: FixedClock, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation
) -> None:
    for _ in range(3):
        await quote_and_accept()
        clock.move(timedelta(seconds=1))
    await settle()
    await reconciliation.reconcile(SHOP)
    clock.move(timedelta(days=5))
    week = Look(period=timedelta(days=7), again=True, limit=2)

    first = await reconciliation.reconcile(SHOP, week)
    rest = await reconciliation.reconcile(SHOP, msgspec.structs.replace(week, cursor=first.cursor))

    assert (first.compared, rest.compared, rest.cursor) == (2, 1, None)
    assert (await reconciliation.reconcile(SHOP, AGAIN)).compared == 0


@pytest.mark.control("M-18")
async def test_who_asked_for_it_stands_in_the_log_even_where_nothing_was_different(
    world: World, quote_and_accept: Accept, settle: Settle, reconciliation: Reconciliation, db: Database
) -> None:
    await quote_and_accept()
    await settle()
    person = Actor(type=ActorType.STAFF, id="supervisor-1")

    await reconciliation.reconcile(SHOP, msgspec.structs.replace(AGAIN, actor=person))

    statement = "SELECT event FROM audit_pending WHERE event ->> 'action' = 'operation.reconcile'"
    async with db.system() as conn:
        said = [row[0] for row in await (await conn.execute(statement)).fetchall()]
    assert [(each["actor"]["id"], each["outcome"]) for each in said] == [("supervisor-1", "success")]
    assert said[0]["detail"] == {"compared": "1", "settled": "0", "differences": "0", "gone": "0"}


async def work_orders_of(db: Database) -> dict[UUID, str]:
    async with db.transaction(SHOP) as conn:
        return dict(await (await conn.execute("SELECT work_order_id, state FROM work_order")).fetchall())


async def deeds(db: Database) -> list[str]:
    async with db.transaction(SHOP) as conn:
        found = await (await conn.execute("SELECT deed FROM work_order_change ORDER BY seq")).fetchall()
    return [deed for (deed,) in found]


def case_of(operation: Operation) -> OrderCase:
    """As the order system keeps it, for what was agreed."""
    shown = case_under(str(operation.operation_id), 1)
    return msgspec.structs.replace(shown, case_id="AS1", refund_fen=operation.request.refund_fen)


def case_under(key: str, number: int) -> OrderCase:
    return OrderCase(
        case_id=f"C{number}",
        kind=CaseKind.RETURN_REFUND,
        status=CaseStatus.OPEN,
        lines=(CaseLine(line_id=LineId("L1"), quantity=1),),
        operation_id=key,
    )
