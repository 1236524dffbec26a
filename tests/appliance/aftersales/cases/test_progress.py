"""What the order system tells about a case later."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import CaseState, NoticeKind, Operation, Progress
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import CaseKind, CaseStatus
from appliance.db import Database
from tests.appliance.aftersales.cases.world import NOW, ORDER_ID, SHOP, World, count, order, return_of, states

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]


def progress(
    event_id: str, status: CaseStatus, *, minutes: int = 1, case_id: str = "AS1", stage: str = "refunding"
) -> Progress:
    return Progress(
        event_id=event_id,
        at=NOW + timedelta(minutes=minutes),
        order_id=ORDER_ID,
        case_id=case_id,
        status=status,
        stage=stage,
    )


async def apply(db: Database, service: CaseService, word: Progress) -> bool:
    async with db.transaction(SHOP) as conn:
        return await service.apply_progress(conn, shop=SHOP, progress=word)


async def test_progress_is_told_once(
    db: Database, world: World, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept()
    await new_executor().run_due()

    assert await apply(db, service, progress("e1", CaseStatus.FINISHED))
    assert not await apply(db, service, progress("e1", CaseStatus.FINISHED))

    assert world.told() == ["succeeded", "progress"]
    notice = world.notices[-1][1]
    assert (notice.kind, notice.status, notice.stage) == (NoticeKind.PROGRESS, CaseStatus.FINISHED, "refunding")


async def test_an_older_word_changes_nothing(
    db: Database, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept()
    await new_executor().run_due()

    assert await apply(db, service, progress("e2", CaseStatus.FINISHED, minutes=2))
    assert not await apply(db, service, progress("e1", CaseStatus.OPEN, minutes=1))


async def test_the_stage_that_a_case_begins_with_is_no_news_and_the_next_one_is(
    db: Database, world: World, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept()
    await new_executor().run_due()

    assert not await apply(db, service, progress("e1", CaseStatus.OPEN, stage="awaiting_parcel"))
    assert not await apply(db, service, progress("e2", CaseStatus.OPEN, stage="awaiting_parcel", minutes=2))
    assert await apply(db, service, progress("e3", CaseStatus.OPEN, stage="inspecting", minutes=3))
    assert not await apply(db, service, progress("e4", CaseStatus.OPEN, stage="inspecting", minutes=4))
    assert world.told() == ["succeeded", "progress"]


async def test_that_a_case_is_closed_is_told_unless_its_end_was(
    db: Database, world: World, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    """One for which no parcel ever came, and one of an order system that knows no stages, end like that."""
    await quote_and_accept()
    await new_executor().run_due()
    assert await apply(db, service, progress("e1", CaseStatus.FINISHED, stage="awaiting_parcel"))
    await quote_and_accept()
    await new_executor().run_due()
    assert await apply(db, service, progress("e2", CaseStatus.OPEN, case_id="AS2", stage="refunded", minutes=2))
    assert not await apply(db, service, progress("e3", CaseStatus.FINISHED, case_id="AS2", stage="refunded", minutes=3))
    async with db.transaction(SHOP) as conn:
        cases = await service.cases_of_order(conn, shop=SHOP, order_id=ORDER_ID)
    assert [case.state for case in cases] == ["finished", "finished"]


async def test_the_first_word_of_a_case_is_news_when_the_case_has_gone_on_before_it_was_heard(
    db: Database, world: World, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept()
    await new_executor().run_due()

    assert await apply(db, service, progress("e1", CaseStatus.OPEN, stage="inspecting"))
    assert not await apply(db, service, progress("e2", CaseStatus.OPEN, stage="inspecting", minutes=2))
    assert [notice.stage for _, notice in world.notices] == [None, "inspecting"]


async def test_what_lies_behind_a_case_is_kept_and_not_told(
    db: Database, world: World, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept()
    await new_executor().run_due()

    assert await apply(db, service, progress("e1", CaseStatus.OPEN, stage="refunding"))
    assert not await apply(db, service, progress("e2", CaseStatus.OPEN, stage="inspecting", minutes=2))
    async with db.transaction(SHOP) as conn:
        [case] = await service.cases_of_order(conn, shop=SHOP, order_id=ORDER_ID)
    assert case.stage == "inspecting"
    assert await apply(db, service, progress("e3", CaseStatus.REJECTED, stage="inspecting", minutes=3))


async def test_word_that_comes_before_the_receipt_is_kept_and_not_told(
    db: Database, world: World, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    early = msgspec.structs.replace(progress("e1", CaseStatus.FINISHED), operation_id=operation.operation_id)
    assert not await apply(db, service, early)
    await new_executor().run_due()

    async with db.transaction(SHOP) as conn:
        [case] = await service.cases_of_order(conn, shop=SHOP, order_id=ORDER_ID)
    assert (case.state, case.stage) == (CaseState.FINISHED, "refunding")
    assert world.told() == ["succeeded"]


async def test_a_withdrawn_case_frees_its_units(
    db: Database, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept(return_of(3))
    await new_executor().run_due()
    await apply(db, service, progress("e1", CaseStatus.WITHDRAWN))

    assert await count(db, "case_unit") == 0
    async with db.transaction(SHOP) as conn:
        own = await service.own_cases(conn, shop=SHOP, order=order())
    assert own.cases == ()
    await quote_and_accept(return_of(3))


async def test_a_finished_repair_frees_its_units_and_a_finished_return_does_not(
    db: Database, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept(return_of(1, CaseKind.REPAIR, total_fen=0))
    await quote_and_accept(return_of(1))
    await new_executor().run_due()
    async with db.transaction(SHOP) as conn:
        cases = await service.cases_of_order(conn, shop=SHOP, order_id=ORDER_ID)
    for number, case in enumerate(cases):
        assert case.order_system_case_id is not None
        word = progress(f"e{number}", CaseStatus.FINISHED, case_id=case.order_system_case_id)
        assert await apply(db, service, word)

    assert await count(db, "case_unit") == 1


async def test_a_case_of_somebody_else_is_not_taken_in(db: Database, service: CaseService) -> None:
    assert not await apply(db, service, progress("e1", CaseStatus.FINISHED, case_id="X9"))


async def test_word_of_an_unknown_operation_has_it_looked_for_at_once(
    db: Database, world: World, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    world.system.faults = ["lost_answer"]
    await new_executor().run_due()
    assert await new_executor().run_due() == 0

    word = progress("e1", CaseStatus.OPEN)
    async with db.transaction(SHOP) as conn:
        told = await service.apply_progress(
            conn, shop=SHOP, progress=msgspec.structs.replace(word, operation_id=operation.operation_id)
        )

    assert not told
    assert await new_executor().run_due() == 1
    assert await states(db) == ["succeeded"]
    assert world.told() == ["succeeded"]
