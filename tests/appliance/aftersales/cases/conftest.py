"""The world of cases, fresh for each test."""

from collections.abc import Awaitable, Callable

import pytest

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import Operation
from appliance.aftersales.cases.reconciliation import Reconciliation
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.cases.settlement import Settlements
from appliance.aftersales.orders.model import Order
from appliance.aftersales.policy.model import Quote
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.ids import ConversationId, uuid7
from tests.appliance.aftersales.cases.world import NOW, World, accept, order, record, return_of
from tests.appliance.aftersales.work.terms import work_orders


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def world(clock: FixedClock) -> World:
    return World(clock)


@pytest.fixture
def service(world: World, clock: FixedClock) -> CaseService:
    return CaseService(audit=world, delivery=world, clock=clock, work=work_orders(world, clock))


@pytest.fixture
def settlements(db: Database, world: World, clock: FixedClock) -> Settlements:
    work = work_orders(world, clock)
    return Settlements(db=db, audit=world, delivery=world, disclosure=world, clock=clock, work=work)


@pytest.fixture
def reconciliation(
    db: Database, world: World, clock: FixedClock, settlements: Settlements, service: CaseService
) -> Reconciliation:
    return Reconciliation(
        db=db,
        systems=world,
        audit=world,
        settlements=settlements,
        cases=service,
        clock=clock,
        work=work_orders(world, clock),
    )


@pytest.fixture
def new_executor(db: Database, world: World, clock: FixedClock) -> Callable[[], Executor]:
    """A fresh executor, as after a restart of its process."""
    limits = Limits()

    def make() -> Executor:
        execution = Execution(
            db=db,
            systems=world,
            audit=world,
            delivery=world,
            disclosure=world,
            clock=clock,
            limits=limits,
            work=work_orders(world, clock),
        )
        return Executor(db=db, execution=execution, clock=clock, limits=limits)

    return make


@pytest.fixture
def quote_and_accept(db: Database, service: CaseService) -> Callable[..., Awaitable[Operation]]:
    """Decide, quote and say yes, as a conversation would."""

    async def do(
        quote: Quote | None = None, *, conversation_id: ConversationId | None = None, read: Order | None = None
    ) -> Operation:
        quote = quote or return_of(1)
        conversation_id = conversation_id or ConversationId(uuid7())
        await record(db, service, quote, conversation_id, read or order())
        return await accept(db, service, quote, conversation_id, read or order())

    return do
