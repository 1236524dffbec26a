"""Guides by SMS over real rows: one for a case, under one id, logged before and after, given to people at last."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from appliance.aftersales.cases.execution import Execution, Limits
from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import NoticeKind, Operation, Progress
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.messages.jobs import GuideSender
from appliance.aftersales.messages.model import Failure, Manners, Taken, Text
from appliance.aftersales.messages.service import Guides
from appliance.aftersales.orders.model import CaseKind, CaseStatus
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.errors import ConfigurationError, NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, ShopId
from tests.appliance.aftersales.cases.test_reconciling import RESTORED, SETTLED, as_owner
from tests.appliance.aftersales.cases.world import NOW, ORDER_ID, SHOP, Crash, World, return_of
from tests.appliance.aftersales.work.terms import work_orders

Accept = Callable[..., Awaitable[Operation]]
PHONE = "13800138000"


class Around:
    """A gateway, numbers and wishes, scripted; what was handed over is kept."""

    def __init__(self) -> None:
        self.sent: list[Text] = []
        self.answers: list[Taken] = []
        self.phone: str | Exception = PHONE
        self.unwanted: set[str] | Exception = set()
        self.then: Callable[[], None] = lambda: None
        """Once the gateway has it."""

    async def send(self, text: Text) -> Taken:
        self.sent.append(text)
        self.then()
        return self.answers.pop(0) if self.answers else Taken(reference="SM1")

    async def of(self, shop: ShopId, customer_id: CustomerId) -> str:
        assert (shop, customer_id) == (SHOP, "U1001")
        if isinstance(self.phone, Exception):
            raise self.phone
        return self.phone

    def wants_none(self, shop: ShopId, customer_id: CustomerId) -> bool:
        if isinstance(self.unwanted, Exception):
            raise self.unwanted
        return f"{shop}/{customer_id}" in self.unwanted


@pytest.fixture
def around() -> Around:
    return Around()


@pytest.fixture
def sender(db: Database, world: World, clock: FixedClock, around: Around) -> GuideSender:
    return GuideSender(
        db=db,
        gateway=around,
        phones=around,
        opt_outs=around,
        audit=world,
        delivery=world,
        work=work_orders(world, clock),
        clock=clock,
        manners=Manners(),
    )


@pytest.fixture
def carry_out(db: Database, world: World, clock: FixedClock) -> Callable[[], Awaitable[int]]:
    world.system.return_address = "浙江省杭州市余杭区仓前街道文一西路1号退货仓"
    limits = Limits()
    execution = Execution(
        db=db,
        systems=world,
        audit=world,
        delivery=world,
        disclosure=world,
        clock=clock,
        limits=limits,
        work=work_orders(world, clock),
        guides=Guides(clock),
    )
    return Executor(db=db, execution=execution, clock=clock, limits=limits).run_due


@pytest.fixture
async def returned(quote_and_accept: Accept, carry_out: Callable[[], Awaitable[int]], world: World) -> Operation:
    operation = await quote_and_accept()
    await carry_out()
    world.notices.clear()
    return operation


async def rows(db: Database, statement: str) -> list[tuple[Any, ...]]:
    async with db.transaction(SHOP) as conn:
        return await (await conn.execute(statement)).fetchall()


async def states(db: Database) -> list[tuple[Any, ...]]:
    return await rows(db, "SELECT state, attempts, failure, gateway_reference FROM guide_message")


async def said_to_the_log(db: Database) -> list[dict[str, Any]]:
    async with db.system() as conn:
        found = await conn.execute(
            "SELECT event FROM audit_pending WHERE event ->> 'action' = 'message.send' ORDER BY position"
        )
        return [event for (event,) in await found.fetchall()]


async def test_an_approved_return_has_its_guide_sent_once_and_the_customer_is_told(
    db: Database, returned: Operation, sender: GuideSender, around: Around, world: World
) -> None:
    assert [await sender.send_due(), await sender.send_due()] == [1, 0]
    (text,) = around.sent
    assert (text.phone, text.template) == (PHONE, CaseKind.RETURN_REFUND)
    assert text.params["return_address"].endswith("退货仓")
    assert text.params["case_no"] == text.params["parcel_note"] == "AS1"
    assert world.told() == [NoticeKind.GUIDED]
    assert await states(db) == [("sent", 1, None, "SM1")]


@pytest.mark.usefixtures("returned")
async def test_the_log_has_the_intent_before_and_the_outcome_after_and_never_the_number(
    db: Database, sender: GuideSender
) -> None:
    await sender.send_due()
    said = await said_to_the_log(db)
    assert [(event["kind"], event["outcome"]) for event in said] == [("intent", "pending"), ("outcome", "success")]
    assert PHONE not in str(said)
    kept = await rows(db, "SELECT to_jsonb(g)::text FROM guide_message g")
    assert PHONE not in str(kept)


@pytest.mark.usefixtures("returned")
async def test_after_a_restore_no_guide_is_sent_until_two_have_ended_it(
    sender: GuideSender, around: Around, owner_url: str
) -> None:
    as_owner(owner_url, RESTORED)
    assert (await sender.send_due(), around.sent) == (0, [])
    as_owner(owner_url, SETTLED)
    assert (await sender.send_due(), len(around.sent)) == (1, 1)


@pytest.mark.usefixtures("returned")
async def test_without_a_sealed_intent_no_number_is_looked_up(
    db: Database, sender: GuideSender, around: Around, world: World
) -> None:
    world.unsealable = True
    await sender.send_due()
    assert around.sent == []
    assert await states(db) == [("pending", 1, "unsealed", None)]


@pytest.mark.usefixtures("returned")
async def test_what_was_not_answered_is_sent_again_under_the_same_id(
    db: Database, sender: GuideSender, around: Around, clock: FixedClock, world: World
) -> None:
    around.answers = [Taken(failure=Failure.NO_ANSWER), Taken(failure=Failure.NOT_REACHED)]
    await sender.send_due()
    assert (world.told(), await states(db)) == ([], [("pending", 1, "no_answer", None)])
    for minutes in (1, 6):
        clock.at = NOW + timedelta(minutes=minutes)
        await sender.send_due()
    assert len({text.message_id for text in around.sent}) == 1
    assert (len(around.sent), world.told()) == (3, [NoticeKind.GUIDED])


@pytest.mark.usefixtures("returned")
async def test_what_is_given_up_is_given_to_people_and_nothing_is_said_of_a_message(
    db: Database, sender: GuideSender, around: Around, world: World
) -> None:
    around.answers = [Taken(failure=Failure.REFUSED, word="TEMPLATE_UNKNOWN")]
    await sender.send_due()
    assert await rows(db, "SELECT kind, team FROM work_order") == [("guide_unsent", "after_sales")]
    assert (world.told(), await states(db)) == ([], [("dead", 1, "refused", None)])


@pytest.mark.usefixtures("returned")
@pytest.mark.parametrize("phone", ["138****8000", "010-62345678", NotFound("no such customer")])
async def test_without_a_mobile_it_is_given_up_at_once(
    db: Database, sender: GuideSender, around: Around, phone: str | Exception
) -> None:
    around.phone = phone
    await sender.send_due()
    assert (around.sent, await states(db)) == ([], [("dead", 1, "no_number", None)])


@pytest.mark.usefixtures("returned")
async def test_an_order_system_that_is_away_puts_it_off(db: Database, sender: GuideSender, around: Around) -> None:
    around.phone = OrderSystemUnavailable("away")
    await sender.send_due()
    assert await states(db) == [("pending", 1, "not_reached", None)]


@pytest.mark.usefixtures("returned")
async def test_who_wants_no_messages_gets_none(db: Database, sender: GuideSender, around: Around) -> None:
    around.unwanted = {f"{SHOP}/U1001"}
    await sender.send_due()
    assert (around.sent, await states(db), await said_to_the_log(db)) == ([], [("skipped", 1, None, None)], [])


async def keep_trying(sender: GuideSender, clock: FixedClock, times: int) -> None:
    """Every four hours of the day."""
    for place in range(times):
        clock.at = NOW + timedelta(days=place // 3, hours=place % 3 * 4)
        await sender.send_due()


@pytest.mark.usefixtures("returned")
async def test_while_wishes_cannot_be_read_nothing_is_sent_and_at_last_people_have_it(
    db: Database, sender: GuideSender, around: Around, clock: FixedClock, world: World
) -> None:
    around.unwanted = ConfigurationError("the file cannot be read")
    await sender.send_due()
    assert await states(db) == [("pending", 1, "wishes_unreadable", None)]
    await keep_trying(sender, clock, 9)
    assert (around.sent, world.told()) == ([], [])
    assert await states(db) == [("dead", 6, "wishes_unreadable", None)]
    assert await rows(db, "SELECT kind, summary ->> 'failure' FROM work_order") == [
        ("guide_unsent", "wishes_unreadable")
    ]
    said = await said_to_the_log(db)
    assert {(event["kind"], event["outcome"]) for event in said} == {("event", "failure")}


@pytest.mark.usefixtures("returned")
async def test_once_wishes_can_be_read_again_it_is_sent(
    db: Database, sender: GuideSender, around: Around, clock: FixedClock
) -> None:
    around.unwanted = ConfigurationError("the file cannot be read")
    await sender.send_due()
    around.unwanted = set()
    clock.at = NOW + timedelta(minutes=2)
    await sender.send_due()
    assert await states(db) == [("sent", 2, None, "SM1")]


@pytest.mark.usefixtures("returned")
async def test_what_breaks_off_every_time_is_given_to_people(
    db: Database, sender: GuideSender, around: Around, clock: FixedClock
) -> None:
    around.phone = ValueError("an adapter with a bug")
    await keep_trying(sender, clock, 9)
    assert await states(db) == [("dead", 7, "broken_off", None)]
    assert await rows(db, "SELECT kind FROM work_order") == [("guide_unsent",)]


@pytest.mark.usefixtures("returned")
async def test_a_case_that_was_taken_back_meanwhile_has_none_sent(
    db: Database, sender: GuideSender, around: Around, service: CaseService
) -> None:
    word = Progress(
        event_id="e1", at=NOW, order_id=ORDER_ID, case_id="AS1", status=CaseStatus.WITHDRAWN, stage="withdrawn"
    )
    async with db.transaction(SHOP) as conn:
        await service.apply_progress(conn, shop=SHOP, progress=word)
    await sender.send_due()
    assert (around.sent, await states(db)) == ([], [("skipped", 1, None, None)])


@pytest.mark.usefixtures("returned")
async def test_at_night_it_waits_for_the_morning(
    db: Database, sender: GuideSender, around: Around, clock: FixedClock
) -> None:
    clock.at = NOW.replace(hour=15)
    assert await sender.send_due() == 0
    clock.at = NOW.replace(hour=0) + timedelta(days=1)
    assert (await sender.send_due(), len(around.sent)) == (1, 1)


@pytest.mark.usefixtures("returned")
async def test_a_worker_that_dies_while_sending_leaves_it_to_the_next(
    db: Database, sender: GuideSender, around: Around, clock: FixedClock, world: World
) -> None:
    """Between the gateway's yes and its record: the gateway knows the repeat by its id."""
    around.then = lambda: world.crashes.append("append")
    with pytest.raises(Crash):
        await sender.send_due()
    assert await states(db) == [("pending", 1, None, None)]
    around.then = lambda: None
    assert await sender.send_due() == 0
    clock.at = NOW + timedelta(minutes=3)
    await sender.send_due()
    assert len({text.message_id for text in around.sent}) == 1
    assert await states(db) == [("sent", 2, None, "SM1")]


async def test_what_sends_no_goods_back_has_no_guide(
    db: Database, quote_and_accept: Accept, carry_out: Callable[[], Awaitable[int]]
) -> None:
    await quote_and_accept(return_of(1, CaseKind.REFUND_ONLY))
    await carry_out()
    assert await states(db) == []


async def test_a_receipt_without_an_address_has_no_guide(
    db: Database, quote_and_accept: Accept, carry_out: Callable[[], Awaitable[int]], world: World
) -> None:
    world.system.return_address = None
    await quote_and_accept()
    await carry_out()
    assert await states(db) == []
