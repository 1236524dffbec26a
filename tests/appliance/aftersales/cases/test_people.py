"""What a person may do with an operation in his hands."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation
from appliance.aftersales.cases.people import NotDone, NotHandedOver, People
from appliance.aftersales.cases.settlement import Settlements
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.ids import OperationId, uuid7
from security.audit.record import Actor, ActorType, Outcome
from tests.appliance.aftersales.cases.world import SHOP, World, audited, count, return_of, states

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]

LI = Actor(type=ActorType.STAFF, id="staff-li")


@pytest.fixture
def people(db: Database, world: World, clock: FixedClock, settlements: Settlements) -> People:
    return People(db=db, audit=world, settlements=settlements, clock=clock)


@pytest.fixture
async def doubtful(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> Operation:
    """Sent once to an order system that does not do repeats once, and never found."""
    operation = await quote_and_accept(return_of(3))
    world.system.is_idempotent = False
    world.system.faults = ["lost_request"]
    while await states(db) != ["handed_over"]:
        await new_executor().run_due()
        clock.move(timedelta(seconds=61))
    return operation


async def test_done_by_hand_is_told_as_a_receipt(
    db: Database, world: World, people: People, doubtful: Operation
) -> None:
    await people.done(SHOP, doubtful.operation_id, LI, case_id="AS77")

    assert await states(db) == ["succeeded"]
    receipt = world.notices[-1][1].receipt
    assert receipt is not None
    assert (receipt.case_id, receipt.refund_fen) == ("AS77", 119700)
    assert (await audited(db, doubtful))[-1].actor == LI


async def test_not_done_frees_the_units(db: Database, people: People, doubtful: Operation) -> None:
    await people.not_done(SHOP, doubtful.operation_id, LI, reason=NotDone.NEVER_ARRIVED)

    assert await states(db) == ["refused"]
    assert await count(db, "case_unit") == 0
    assert (await audited(db, doubtful))[-1].outcome is Outcome.DENIED


async def test_a_retry_still_does_not_send_again_what_may_be_written(
    db: Database, world: World, people: People, new_executor: NewExecutor, doubtful: Operation
) -> None:
    await people.retry(SHOP, doubtful.operation_id, LI)
    await new_executor().run_due()

    assert await states(db) == ["unknown"]
    assert len(world.system.requests) == 1


async def test_a_retry_sends_under_the_same_key_what_somebody_knows_is_not_written(
    db: Database, world: World, people: People, new_executor: NewExecutor, doubtful: Operation
) -> None:
    await people.retry(SHOP, doubtful.operation_id, LI, is_surely_unwritten=True)
    await new_executor().run_due()

    assert await states(db) == ["succeeded"]
    assert world.system.writes == {doubtful.operation_id: 1}


async def test_nobody_ends_what_is_not_in_his_hands(people: People, quote_and_accept: Accept) -> None:
    operation = await quote_and_accept()

    with pytest.raises(NotHandedOver):
        await people.done(SHOP, operation.operation_id, LI, case_id="AS77")
    with pytest.raises(NotHandedOver):
        await people.retry(SHOP, OperationId(uuid7()), LI)
