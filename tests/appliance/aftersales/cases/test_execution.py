"""What becomes of an agreed operation, whatever the order system answers."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from appliance.aftersales.cases.executor import Executor
from appliance.aftersales.cases.model import NoticeKind, Operation
from appliance.aftersales.cases.records import receipt_sha256
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import CaseKind, CaseStatus
from appliance.clock import FixedClock
from appliance.db import Database
from appliance.ids import ConversationId, uuid7
from security.audit.record import Kind, Outcome
from tests.appliance.aftersales.cases.world import ORDER_ID, SHOP, World, audited, count, return_of, states

Accept = Callable[..., Awaitable[Operation]]
NewExecutor = Callable[[], Executor]


async def until_settled(executor: Executor, clock: FixedClock, db: Database, rounds: int = 200) -> None:
    for _ in range(rounds):
        await executor.run_due()
        if not {"accepted", "sent", "unknown"} & set(await states(db)):
            return
        clock.move(timedelta(seconds=5))
    pytest.fail("never settled")


@pytest.mark.control("M-18")
async def test_success_is_written_once_recorded_and_told_with_its_receipt(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    here = ConversationId(uuid7())
    operation = await quote_and_accept(conversation_id=here)

    assert await new_executor().run_due() == 1

    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}
    [(told, notice)] = world.notices
    assert (told, notice.kind) == (here, NoticeKind.SUCCEEDED)
    assert notice.receipt is not None
    assert (notice.receipt.case_id, notice.receipt.refund_fen, notice.receipt.raw) == ("AS1", 39900, {})
    intent, outcome = await audited(db, operation)
    assert (intent.kind, intent.outcome) == (Kind.INTENT, Outcome.PENDING)
    assert (outcome.kind, outcome.outcome, outcome.req) == (Kind.OUTCOME, Outcome.SUCCESS, intent.req)


@pytest.mark.control("K4", "M-21", "A5")
async def test_nothing_is_sent_before_the_intent_is_sealed(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept()
    world.unsealable = True
    await new_executor().run_due()

    assert world.system.requests == []
    assert await states(db) == ["accepted"]


async def test_a_refusal_frees_the_units_and_is_told(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept(return_of(3))
    world.system.faults = ["refused"]
    await new_executor().run_due()

    assert await states(db) == ["refused"]
    assert [(notice.kind, notice.reason) for _, notice in world.notices] == [(NoticeKind.REFUSED, "stock_frozen")]
    assert (await audited(db, operation))[-1].outcome is Outcome.DENIED
    await quote_and_accept(return_of(3))


async def test_a_lost_answer_is_looked_for_and_not_sent_again(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    world.system.faults = ["lost_answer"]
    executor = new_executor()
    await executor.run_due()
    assert await states(db) == ["unknown"]
    await until_settled(executor, clock, db)

    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}
    assert len(world.system.requests) == 1
    assert world.told() == ["succeeded"]


async def test_a_lost_request_is_sent_again_under_the_same_key_where_repeats_are_safe(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    world.system.faults = ["lost_request", "lost_request"]
    await until_settled(new_executor(), clock, db)

    assert await states(db) == ["succeeded"]
    assert {request.operation_id for request in world.system.requests} == {operation.operation_id}
    assert world.system.writes == {operation.operation_id: 1}


@pytest.mark.parametrize(("faults", "state"), [(["unavailable"], "succeeded"), (["lost_answer"], "handed_over")])
async def test_where_no_write_can_be_looked_for_only_what_is_surely_unwritten_is_sent_again(
    db: Database,
    world: World,
    clock: FixedClock,
    quote_and_accept: Accept,
    new_executor: NewExecutor,
    faults: list[str],
    state: str,
) -> None:
    operation = await quote_and_accept()
    world.system.cannot_find, world.system.faults = True, list(faults)
    await until_settled(new_executor(), clock, db)

    assert await states(db) == [state]
    assert world.system.writes == {operation.operation_id: 1}


async def test_a_lost_request_is_never_sent_again_where_repeats_are_not_safe(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    """It is looked for until a person takes it; its units stay held."""
    operation = await quote_and_accept(return_of(3))
    world.system.is_idempotent = False
    world.system.faults = ["lost_request"]
    await until_settled(new_executor(), clock, db)

    assert await states(db) == ["handed_over"]
    assert len(world.system.requests) == 1
    assert await count(db, "case_unit") == 3
    assert await count(db, "work_order") == 1
    assert world.told() == ["delayed", "doubtful"]
    assert (await audited(db, operation))[-1].outcome is Outcome.UNKNOWN


async def test_a_request_that_surely_was_not_sent_is_tried_again(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    world.system.is_idempotent = False
    world.system.faults = ["unavailable", "unavailable"]
    await until_settled(new_executor(), clock, db)

    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}


async def test_a_request_for_a_dead_order_system_is_kept_as_a_work_order(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept(return_of(3))
    world.system.faults = ["unavailable"] * 1000
    world.system.find_faults = ["unavailable"] * 1000
    await until_settled(new_executor(), clock, db)

    assert await states(db) == ["handed_over"]
    assert world.told() == ["delayed", "kept"]
    assert world.notices[-1][1].work_order_id is not None
    assert await count(db, "case_unit") == 3


async def test_a_refused_repeat_is_believed_only_if_the_first_sending_left_nothing(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    system = world.system
    system.faults = ["lost_request", "written_and_refused"]
    await until_settled(new_executor(), clock, db)

    assert await states(db) == ["succeeded"]
    assert system.writes == {operation.operation_id: 1}


async def test_a_bug_in_an_adapter_ends_with_a_person_and_one_write(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    world.system.faults = ["broken"]
    await until_settled(new_executor(), clock, db)

    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}


async def test_an_old_operation_is_looked_for_before_it_is_sent(
    db: Database, world: World, clock: FixedClock, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    """A database restored from yesterday does not know what it sent since."""
    operation = await quote_and_accept()
    world.system.is_idempotent = False
    await world.system.execute(operation.request)
    clock.move(timedelta(hours=3))
    await new_executor().run_due()

    assert await states(db) == ["succeeded"]
    assert world.system.writes == {operation.operation_id: 1}


@pytest.mark.control("P-03", "P-13", "M-35")
async def test_personal_words_are_sent_clear_and_kept_as_references(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    clear = "上海市浦东新区世纪大道1号"
    world.vault = {"⟨地址1⟩": clear}
    await quote_and_accept(return_of(3, CaseKind.CHANGE_ADDRESS, total_fen=0, details={"address": "⟨地址1⟩"}))
    await new_executor().run_due()

    assert world.system.requests[0].address == clear
    async with db.transaction(SHOP) as conn:
        kept = await (await conn.execute("SELECT request::text || receipt::text FROM operation")).fetchone()
    assert kept is not None
    assert clear not in kept[0]
    assert kept[0].count("⟨地址1⟩") == 2


@pytest.mark.control("P-21")
async def test_what_can_no_longer_be_disclosed_goes_to_a_person(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept(return_of(3, CaseKind.CHANGE_ADDRESS, total_fen=0, details={"address": "⟨地址1⟩"}))
    await new_executor().run_due()

    assert await states(db) == ["handed_over"]
    assert world.system.requests == []
    assert world.told() == ["kept"]


@pytest.mark.control("P-21")
async def test_what_a_person_does_by_hand_is_neither_sent_nor_made_clear(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    """The vault has no such address: had it been asked, the operation had ended as one that cannot be sent."""
    world.by_hand = {CaseKind.CHANGE_ADDRESS}
    await quote_and_accept(return_of(3, CaseKind.CHANGE_ADDRESS, total_fen=0, details={"address": "⟨地址1⟩"}))
    await new_executor().run_due()

    assert await states(db) == ["handed_over"]
    assert (world.system.requests, world.told()) == ([], ["by_hand"])


async def test_an_adapter_that_says_late_that_it_cannot_leaves_it_to_a_person(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept(return_of(3))
    world.system.faults = ["cannot"]
    await new_executor().run_due()

    assert (await states(db), world.told()) == (["handed_over"], ["by_hand"])
    assert (await count(db, "case_unit"), await count(db, "work_order")) == (3, 1)


async def test_an_answer_that_postgresql_cannot_keep_is_kept_without_what_it_cannot(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    world.system.raw = {"note": "a\x00b\ud800", "phone": ["13800138000"]}
    await quote_and_accept()
    await new_executor().run_due()

    async with db.transaction(SHOP) as conn:
        kept = await (await conn.execute("SELECT receipt->'raw' FROM operation")).fetchone()
    assert kept == ({"note": "ab", "phone": ["⟨手机⟩"]},)


async def test_another_amount_than_agreed_is_told_as_it_is_and_looked_into(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    world.system.refund_fen = 100
    await quote_and_accept()
    await new_executor().run_due()

    notice = world.notices[0][1]
    assert notice.receipt is not None
    assert notice.receipt.refund_fen == 100
    assert await count(db, "work_order") == 1


async def test_a_receipt_is_kept_although_its_conversation_is_gone(
    db: Database, world: World, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    here = ConversationId(uuid7())
    await quote_and_accept(conversation_id=here)
    world.gone = {here}
    await new_executor().run_due()

    assert await states(db) == ["succeeded"]
    assert await count(db, "work_order") == 1


async def test_an_urge_holds_its_order_only_while_under_way(
    db: Database, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    await quote_and_accept(return_of(3, CaseKind.URGE_SHIPMENT, total_fen=0))
    await new_executor().run_due()

    assert await count(db, "case_unit") == 0
    await quote_and_accept(return_of(3, CaseKind.URGE_SHIPMENT, total_fen=0))


@pytest.mark.control("P-29")
async def test_the_outcome_commits_to_the_receipt_as_it_is_kept(
    db: Database, service: CaseService, quote_and_accept: Accept, new_executor: NewExecutor
) -> None:
    operation = await quote_and_accept()
    await new_executor().run_due()

    async with db.transaction(SHOP) as conn:
        [case] = await service.cases_of_order(conn, shop=SHOP, order_id=ORDER_ID)
    assert case.receipt is not None
    assert (await audited(db, operation))[-1].detail["receipt_sha256"] == receipt_sha256(case.receipt)
    assert case.state.value == CaseStatus.OPEN.value
