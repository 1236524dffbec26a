"""What time brings to approved returns, with real rows: told once, work for people once, whoever looks how often."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import NoticeKind, Operation, Progress
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import CaseKind, CaseStatus
from appliance.aftersales.parcels.deadlines import Days
from appliance.aftersales.parcels.jobs import ReturnWatch
from appliance.aftersales.work import store as work_store
from appliance.aftersales.work.model import APPLIANCE, Asked, Deed
from appliance.clock import FixedClock
from appliance.db import Database
from tests.appliance.aftersales.cases.world import NOW, ORDER_ID, SHOP, World, return_of
from tests.appliance.aftersales.work.terms import work_orders

Accept = Callable[..., Awaitable[Operation]]


@pytest.fixture
def watch(db: Database, world: World, clock: FixedClock) -> ReturnWatch:
    return ReturnWatch(db=db, delivery=world, work=work_orders(world, clock), clock=clock, days=Days())


@pytest.fixture
async def returned(quote_and_accept: Accept, new_executor: Callable[[], Executor], world: World) -> Operation:
    """A return, approved and written just now."""
    operation = await quote_and_accept()
    await new_executor().run_due()
    world.notices.clear()
    return operation


def later(clock: FixedClock, days: int) -> None:
    """So many days after the approval."""
    clock.at = NOW + timedelta(days=days)


async def orders_for_people(db: Database) -> list[tuple[str, str, str, int]]:
    async with db.transaction(SHOP) as conn:
        found = await conn.execute("SELECT kind, team, priority, escalation FROM work_order ORDER BY work_order_id")
        return [(row[0], row[1], row[2], row[3]) for row in await found.fetchall()]


async def states(db: Database) -> list[tuple[str, str, str | None]]:
    async with db.transaction(SHOP) as conn:
        found = await conn.execute("SELECT kind, state, outcome FROM work_order ORDER BY work_order_id")
        return [(row[0], row[1], row[2]) for row in await found.fetchall()]


async def received(db: Database, service: CaseService, at: datetime) -> None:
    await progressed(db, service, days=(at - NOW).days, status=CaseStatus.OPEN, stage="inspecting")


async def progressed(db: Database, service: CaseService, *, days: int, status: CaseStatus, stage: str) -> None:
    """The order system's word, so many days after the approval."""
    at = NOW + timedelta(days=days)
    word = Progress(event_id=stage, at=at, order_id=ORDER_ID, case_id="AS1", status=status, stage=stage)
    async with db.transaction(SHOP) as conn:
        await service.apply_progress(conn, shop=SHOP, progress=word)


@pytest.mark.usefixtures("returned")
async def test_the_customer_is_reminded_twice_and_then_people_are_called(
    db: Database, watch: ReturnWatch, world: World, clock: FixedClock
) -> None:
    done = []
    for days in (2, 3, 3, 5, 6, 6, 7, 7, 20):
        later(clock, days)
        done.append(await watch.look())
    assert done == [0, 1, 0, 0, 1, 0, 1, 0, 0]
    assert world.told() == [NoticeKind.REMINDED, NoticeKind.REMINDED]
    assert await orders_for_people(db) == [("return_overdue", "after_sales", "normal", 0)]


@pytest.mark.usefixtures("returned")
async def test_reminders_that_were_all_missed_are_not_said_late(
    db: Database, watch: ReturnWatch, world: World, clock: FixedClock
) -> None:
    later(clock, 6)
    assert await watch.look() == 2
    assert world.told() == [NoticeKind.REMINDED]
    later(clock, 7)
    await watch.look()
    assert len(await orders_for_people(db)) == 1


@pytest.mark.usefixtures("returned")
async def test_two_workers_remind_once(watch: ReturnWatch, world: World, clock: FixedClock) -> None:
    later(clock, 3)
    assert sum(await asyncio.gather(*(watch.look() for _ in range(4)))) == 1
    assert world.told() == [NoticeKind.REMINDED]


async def test_what_cannot_be_told_is_not_taken_for_told(
    watch: ReturnWatch, world: World, clock: FixedClock, db: Database, returned: Operation
) -> None:
    async with db.transaction(SHOP) as conn:
        found = await (await conn.execute("SELECT conversation_id FROM after_sales_case")).fetchone()
    assert found is not None
    world.gone.add(found[0])
    later(clock, 3)
    assert await watch.look() == 0
    world.gone.clear()
    assert await watch.look() == 1
    assert world.notices[0][1].operation_id == returned.operation_id


@pytest.fixture
async def sent(
    returned: Operation, world: World, quote_and_accept: Accept, new_executor: Callable[[], Executor]
) -> Operation:
    """The return, and the number of its parcel."""
    details = {"return_case": "AS1", "carrier": "顺丰", "return_tracking_no": "SF1234567890123"}
    await quote_and_accept(return_of(1, CaseKind.RETURN_PARCEL, total_fen=0, lines=(), details=details))
    await new_executor().run_due()
    world.notices.clear()
    return returned


@pytest.mark.usefixtures("sent")
async def test_a_noted_parcel_ends_the_reminders(watch: ReturnWatch, world: World, clock: FixedClock) -> None:
    later(clock, 9)
    assert await watch.look() == 0
    assert world.told() == []


@pytest.mark.usefixtures("sent")
async def test_people_look_for_a_noted_parcel_that_does_not_come(
    db: Database, watch: ReturnWatch, world: World, clock: FixedClock
) -> None:
    later(clock, 10)
    assert [await watch.look(), await watch.look()] == [1, 0]
    assert await orders_for_people(db) == [("return_overdue", "after_sales", "normal", 0)]
    assert world.told() == []


@pytest.mark.usefixtures("sent")
async def test_goods_that_come_late_start_the_laws_clock_all_the_same(
    db: Database, service: CaseService, watch: ReturnWatch, clock: FixedClock
) -> None:
    await received(db, service, NOW + timedelta(days=58))
    later(clock, 65)
    assert await watch.look() == 2
    assert [kind for kind, *_ in await orders_for_people(db)] == ["refund_due"]


@pytest.mark.usefixtures("sent")
async def test_work_for_a_missing_parcel_ends_when_the_goods_come(
    db: Database, service: CaseService, watch: ReturnWatch, clock: FixedClock
) -> None:
    later(clock, 10)
    await watch.look()
    await received(db, service, NOW + timedelta(days=11))
    assert await states(db) == [("return_overdue", "closed", "settled")]


@pytest.mark.usefixtures("returned")
async def test_work_for_a_refund_ends_when_the_money_is_back_and_not_before(
    db: Database, service: CaseService, watch: ReturnWatch, clock: FixedClock
) -> None:
    await received(db, service, NOW + timedelta(days=1))
    later(clock, 6)
    await watch.look()
    await progressed(db, service, days=6, status=CaseStatus.OPEN, stage="refunding")
    assert [state for _, state, _ in await states(db)] == ["new"]
    await progressed(db, service, days=7, status=CaseStatus.FINISHED, stage="refunded")
    assert await states(db) == [("refund_due", "closed", "settled")]


@pytest.mark.usefixtures("returned")
async def test_finance_is_warned_two_days_before_the_law_and_the_warning_is_escalated_on_breach(
    db: Database, service: CaseService, watch: ReturnWatch, clock: FixedClock
) -> None:
    await received(db, service, NOW + timedelta(days=1))
    later(clock, 6)
    assert await watch.look() == 1
    assert await orders_for_people(db) == [("refund_due", "finance", "high", 0)]
    later(clock, 8)
    assert await watch.look() == 1
    ((kind, _, _, escalation),) = await orders_for_people(db)
    assert (kind, escalation) == ("refund_due", 1)


@pytest.mark.usefixtures("returned")
async def test_a_warning_that_was_closed_without_a_refund_becomes_an_urgent_one(
    db: Database, service: CaseService, watch: ReturnWatch, world: World, clock: FixedClock
) -> None:
    await received(db, service, NOW + timedelta(days=1))
    later(clock, 6)
    await watch.look()
    async with db.transaction(SHOP) as conn:
        found = await (await conn.execute("SELECT work_order_id FROM work_order")).fetchone()
        assert found is not None
        order = await work_store.lock(conn, SHOP, found[0])
        assert order is not None
        work = work_orders(world, clock)
        begun = await work.do(conn, order, Asked(deed=Deed.CANCEL), APPLIANCE)
        assert begun.state == "cancelled"
    later(clock, 8)
    await watch.look()
    assert [(kind, priority) for kind, _, priority, _ in await orders_for_people(db)] == [
        ("refund_due", "high"),
        ("refund_due", "urgent"),
    ]


@pytest.mark.usefixtures("returned")
async def test_money_that_is_back_needs_no_warning(
    db: Database, service: CaseService, watch: ReturnWatch, clock: FixedClock
) -> None:
    await received(db, service, NOW + timedelta(days=1))
    await progressed(db, service, days=2, status=CaseStatus.FINISHED, stage="refunded")
    later(clock, 9)
    assert await watch.look() == 0
