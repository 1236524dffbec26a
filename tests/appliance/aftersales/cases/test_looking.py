"""What a shop's systems read of cases and decisions: where they stand and why, and nothing of a customer."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.looking import CaseFilter, CaseLooks
from appliance.aftersales.cases.model import CaseState, Operation, OperationState, Progress
from appliance.aftersales.cases.receipt import receipt_document
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import CaseKind, CaseStatus
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.errors import NotFound
from appliance.ids import DecisionId, ShopId, uuid7
from tests.appliance.aftersales.cases.world import NOW, ORDER_ID, SHOP, World, return_of

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]


async def test_a_case_says_where_it_stands_and_which_receipt_it_rests_on(
    db: Database, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept(return_of(2))
    looks = CaseLooks(db)
    before = await looks.case(SHOP, operation.case_id)
    assert (before.state, before.operation_state, before.receipt) == (CaseState.PENDING, OperationState.ACCEPTED, None)

    await new_executor().run_due()

    seen = await looks.case(SHOP, operation.case_id)
    document = await receipt_document(db, SHOP, operation.operation_id)
    assert (seen.state, seen.operation_state) == (CaseState.OPEN, OperationState.SUCCEEDED)
    assert (seen.order_id, seen.kind, seen.refund_fen) == (ORDER_ID, CaseKind.RETURN_REFUND, return_of(2).total_fen)
    assert seen.receipt is not None
    assert (seen.receipt.case_id, seen.receipt.sha256) == ("AS1", document.receipt_sha256)
    assert seen.quote_hash == document.quote_hash
    assert b"customer" not in msgspec.json.encode(seen)


async def test_what_is_due_by_an_open_work_order_is_a_deadline(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    world.by_hand.add(CaseKind.RETURN_REFUND)
    operation = await quote_and_accept(return_of(1))
    await new_executor().run_due()

    seen = await CaseLooks(db).case(SHOP, operation.case_id)

    async with db.transaction(SHOP) as conn:
        due = await (await conn.execute("SELECT due_at FROM work_order WHERE case_id = %s", [seen.case_id])).fetchone()
    assert due is not None
    assert (seen.operation_state, seen.deadlines.work_due_at) == (OperationState.HANDED_OVER, due[0])


async def test_the_laws_deadline_of_a_refund_runs_from_the_first_word_that_the_goods_are_back(
    db: Database, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept(return_of(1))
    await new_executor().run_due()
    looks = CaseLooks(db)
    assert (await looks.case(SHOP, operation.case_id)).deadlines.refund_due_at is None
    for days, stage in ((3, "inspecting"), (5, "refunding")):
        at = NOW + timedelta(days=days)
        word = Progress(event_id=stage, at=at, order_id=ORDER_ID, case_id="AS1", status=CaseStatus.OPEN, stage=stage)
        async with db.transaction(SHOP) as conn:
            await service.apply_progress(conn, shop=SHOP, progress=word)
        due = (await looks.case(SHOP, operation.case_id)).deadlines.refund_due_at
        assert due == NOW + timedelta(days=10)


async def test_pages_are_the_newest_first_and_stand_still(
    db: Database, clock: FixedClock, quote_and_accept: Accept
) -> None:
    made = []
    for _ in range(2):
        made.append((await quote_and_accept(return_of(1))).case_id)
        clock.at += timedelta(minutes=1)
    looks = CaseLooks(db)

    first = await looks.page(SHOP, CaseFilter(), None, 1)
    late = (await quote_and_accept(return_of(1))).case_id
    second = await looks.page(SHOP, CaseFilter(), first.cursor, 1)

    assert [case.case_id for case in first.cases + second.cases] == made[::-1]
    assert second.cursor is None
    newest = await looks.page(SHOP, CaseFilter(), None, 1)
    assert newest.cases[0].case_id == late


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        (CaseFilter(order_id=ORDER_ID, kind=CaseKind.RETURN_REFUND, states=(CaseState.PENDING,)), True),
        (CaseFilter(since=NOW, until=NOW + timedelta(seconds=1)), True),
        (CaseFilter(order_id="another"), False),
        (CaseFilter(kind=CaseKind.REPAIR), False),
        (CaseFilter(states=(CaseState.OPEN, CaseState.REFUSED)), False),
        (CaseFilter(until=NOW), False),
        (CaseFilter(since=NOW + timedelta(seconds=1)), False),
    ],
)
async def test_every_filter_must_hold(
    db: Database, quote_and_accept: Accept, wanted: CaseFilter, is_found: bool
) -> None:
    await quote_and_accept(return_of(1))
    assert bool((await CaseLooks(db).page(SHOP, wanted, None, 50)).cases) == is_found


async def test_a_decision_is_explained(db: Database, quote_and_accept: Accept) -> None:
    operation = await quote_and_accept(return_of(1))
    assert operation.decision_id is not None

    why = await CaseLooks(db).decision(SHOP, DecisionId(operation.decision_id))

    assert (why.rule, why.verdict, why.policy, why.facts) == ("R5", "approve", "cn-retail/1/abc", {"days": 3})
    assert [(row.about, row.row, row.law, row.read) for row in why.rows] == [
        ("order", "r5", "消费者权益保护法", {"days": 3})
    ]


async def test_another_shop_finds_neither(db: Database, quote_and_accept: Accept) -> None:
    operation = await quote_and_accept(return_of(1))
    assert operation.decision_id is not None
    looks, other = CaseLooks(db), ShopId("shop-2")
    with pytest.raises(NotFound):
        await looks.case(other, operation.case_id)
    with pytest.raises(NotFound):
        await looks.decision(other, DecisionId(operation.decision_id))
    with pytest.raises(NotFound):
        await looks.decision(SHOP, DecisionId(uuid7()))
    assert (await looks.page(other, CaseFilter(), None, 50)).cases == ()
