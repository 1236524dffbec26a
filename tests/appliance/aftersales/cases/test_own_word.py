"""The order system's own word: it ends what people have in hand, and moves on what was not heard of."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from appliance.aftersales.cases.differences import DifferenceKind
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import NoticeKind, Operation
from appliance.aftersales.cases.own_word import OwnWord
from appliance.aftersales.cases.people import People
from appliance.aftersales.cases.reconciliation import Look, Reconciliation
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, Order, OrderCase, OrderStatus
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.ids import LineId
from security.audit.record import Actor, ActorType
from tests.appliance.aftersales.cases.world import SHOP, World, count, order, return_of, states

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]

AGAIN = Look(again=True)
LI = Actor(type=ActorType.STAFF, id="staff-li")


@pytest.fixture
def own_word(db: Database, settlements: Settlements, clock: FixedClock) -> OwnWord:
    return OwnWord(db, settlements, clock)


@pytest.fixture
def people(db: Database, world: World, clock: FixedClock, settlements: Settlements) -> People:
    return People(db=db, audit=world, settlements=settlements, clock=clock)


def shown(operation: Operation, **more: Any) -> Order:
    case = OrderCase(
        **{
            "case_id": "AS1",
            "kind": operation.request.kind,
            "status": CaseStatus.OPEN,
            "lines": (CaseLine(line_id=LineId("L1"), quantity=1),),
            "refund_fen": operation.request.refund_fen,
            "operation_id": str(operation.operation_id),
            **more,
        }
    )
    return order(cases=(case,))


async def test_where_goods_go_back_to_is_known_by_the_receipt_of_their_case(
    db: Database, service: CaseService, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    """Whether or not the order shows the case."""
    world.system.return_address = "杭州市余杭区仓前街道1号仓"
    operation = await quote_and_accept()
    await new_executor().run_due()
    async with db.transaction(SHOP) as conn:
        for each in (order(), shown(operation)):
            own = await service.own_cases(conn, shop=SHOP, order=each)
            assert list(own.return_addresses.values()) == ["杭州市余杭区仓前街道1号仓"]


async def test_what_is_in_hand_ends_with_a_receipt_once_its_order_shows_it(
    db: Database, world: World, own_word: OwnWord, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await by_hand(world, quote_and_accept, new_executor)
    assert await own_word.heard(SHOP, order()) == 0
    assert await own_word.heard(SHOP, shown(operation, status=CaseStatus.WITHDRAWN)) == 0
    finished = shown(operation, status=CaseStatus.FINISHED)
    assert [await own_word.heard(SHOP, finished), await own_word.heard(SHOP, finished)] == [1, 0]
    assert await states(db) == ["succeeded"]
    assert world.told() == ["by_hand", "succeeded"]
    receipt = world.notices[-1][1].receipt
    assert receipt is not None
    assert (receipt.case_id, receipt.status, receipt.refund_fen) == ("AS1", CaseStatus.FINISHED, 39900)
    assert await _work(db) == ["closed"]


@pytest.mark.parametrize(("total", "ended"), [(0, 1), (39900, 0)])
async def test_that_an_order_is_cancelled_ends_its_cancellation_where_no_money_hangs_on_it(
    world: World,
    own_word: OwnWord,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
    total: int,
    ended: int,
) -> None:
    quote = return_of(1, CaseKind.CANCEL_ORDER, total_fen=total)
    await by_hand(world, quote_and_accept, new_executor, quote)
    assert await own_word.heard(SHOP, order(status=OrderStatus.CANCELLED)) == ended


async def test_a_case_whose_events_were_lost_follows_its_order(
    db: Database,
    world: World,
    reconciliation: Reconciliation,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
    clock: FixedClock,
) -> None:
    operation = await quote_and_accept()
    await new_executor().run_due()
    clock.move(timedelta(minutes=2))
    world.system.shown = shown(operation, status=CaseStatus.FINISHED, stage="refunded")

    first, second = await reconciliation.reconcile(SHOP, AGAIN), await reconciliation.reconcile(SHOP, AGAIN)

    assert (first.settled, first.differences, second.settled) == (1, (), 0)
    assert world.notices[-1][1].kind is NoticeKind.PROGRESS
    assert await _case_states(db) == [("finished", "refunded")]


async def test_a_case_that_is_over_here_and_not_there_is_a_difference(
    db: Database,
    world: World,
    service: CaseService,
    reconciliation: Reconciliation,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
    clock: FixedClock,
) -> None:
    operation = await quote_and_accept()
    world.system.case_status = CaseStatus.FINISHED
    await new_executor().run_due()
    clock.move(timedelta(minutes=2))
    world.system.shown = shown(operation)

    report = await reconciliation.reconcile(SHOP)

    assert [each.kind for each in report.differences] == [DifferenceKind.OTHER_STATUS]
    assert await count(db, "work_order") == 1


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ({"case_id": "HAND-1"}, []),
        ({"case_id": "HAND-1", "refund_fen": 1}, [DifferenceKind.OTHER_AMOUNT]),
        ({"case_id": "HAND-2"}, [DifferenceKind.MISSING]),
    ],
)
async def test_what_a_person_gave_his_word_for_is_looked_for_among_the_orders_cases(
    world: World,
    people: People,
    reconciliation: Reconciliation,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
    clock: FixedClock,
    there: dict[str, Any],
    found: list[DifferenceKind],
) -> None:
    operation = await by_hand(world, quote_and_accept, new_executor)
    await people.done(SHOP, operation.operation_id, LI, case_id="HAND-1")
    clock.move(timedelta(minutes=2))
    world.system.shown = shown(operation, operation_id=None, **there)
    assert [each.kind for each in (await reconciliation.reconcile(SHOP)).differences] == found


async def by_hand(world: World, accept: Accept, new_executor: NewExecutor, quote: Any = None) -> Operation:
    """The order system does no such write."""
    operation = await accept(quote)
    world.by_hand = {operation.request.kind}
    await new_executor().run_due()
    return operation


async def _work(db: Database) -> list[str]:
    async with db.transaction(SHOP) as conn:
        found = await (await conn.execute("SELECT state FROM work_order ORDER BY work_order_id")).fetchall()
    return [state for (state,) in found]


async def _case_states(db: Database) -> list[Any]:
    async with db.transaction(SHOP) as conn:
        return await (await conn.execute("SELECT state, stage FROM after_sales_case")).fetchall()
