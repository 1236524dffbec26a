"""What a yes leaves behind, and when it leaves nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from appliance.aftersales.cases.model import Operation, QuoteNotStanding, UnitsTaken
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, OrderCase
from appliance.aftersales.policy.model import Ruling
from appliance.db import Database
from appliance.errors import InvalidInput
from appliance.ids import ConversationId, LineId, OrderId, ShopId, uuid7
from security.audit.record import Kind
from tests.appliance.aftersales.cases.world import (
    NOW,
    ORDER_ID,
    SHOP,
    accept,
    accept_within,
    audited,
    count,
    decision,
    order,
    record,
    return_of,
    states,
)

Accept = Callable[..., Awaitable[Operation]]


def conversation() -> ConversationId:
    return ConversationId(uuid7())


@pytest.mark.control("K4", "M-18")
async def test_a_yes_leaves_case_operation_units_and_an_intent(db: Database, quote_and_accept: Accept) -> None:
    operation = await quote_and_accept(return_of(2))

    assert await states(db) == ["accepted"]
    assert await count(db, "case_unit") == 2
    assert operation.request.refund_fen == 79800
    assert [(event.kind, event.req) for event in await audited(db, operation)] == [
        (Kind.INTENT, str(operation.operation_id))
    ]


async def test_a_second_yes_to_the_same_quote_makes_nothing(db: Database, service: CaseService) -> None:
    quote, here = return_of(1), conversation()
    await record(db, service, quote, here, order())
    await accept(db, service, quote, here, order())

    with pytest.raises(QuoteNotStanding):
        await accept(db, service, quote, here, order())
    assert await states(db) == ["accepted"]


async def test_a_yes_to_a_quote_of_another_conversation_makes_nothing(db: Database, service: CaseService) -> None:
    quote = return_of(1)
    await record(db, service, quote, conversation(), order())

    with pytest.raises(QuoteNotStanding):
        await accept(db, service, quote, conversation(), order())


async def test_a_yes_to_a_replaced_quote_makes_nothing(db: Database, service: CaseService) -> None:
    here = conversation()
    await record(db, service, return_of(1), here, order())
    await record(db, service, return_of(2), here, order())

    with pytest.raises(QuoteNotStanding):
        await accept(db, service, return_of(1), here, order())


async def test_a_yes_after_the_quote_has_expired_makes_nothing(db: Database, service: CaseService) -> None:
    quote, here = return_of(1), conversation()
    await record(db, service, quote, here, order(), valid_until=NOW)

    with pytest.raises(QuoteNotStanding):
        await accept(db, service, quote, here, order())


async def test_a_yes_to_a_voided_quote_makes_nothing(db: Database, service: CaseService) -> None:
    quote, here = return_of(1), conversation()
    await record(db, service, quote, here, order())
    async with db.transaction(SHOP) as conn:
        voided = await service.void_quotes(conn, shop=SHOP, conversation_id=here)

    assert voided == 1
    with pytest.raises(QuoteNotStanding):
        await accept(db, service, quote, here, order())


async def test_a_recalled_policy_ends_its_quotes(db: Database, service: CaseService) -> None:
    quote, here = return_of(1), conversation()
    await record(db, service, quote, here, order())
    async with db.transaction(SHOP) as conn:
        assert await service.void_quotes_of_policy(conn, shop=SHOP, policy="cn-retail/2/def") == 0
        assert await service.void_quotes_of_policy(conn, shop=SHOP, policy="cn-retail/1/abc") == 1

    with pytest.raises(QuoteNotStanding):
        await accept(db, service, quote, here, order())


async def test_a_quote_falls_when_another_case_of_the_order_is_made(
    db: Database, service: CaseService, quote_and_accept: Accept
) -> None:
    """Freight and coupon shares of the one depend on the other."""
    quote, here = return_of(1), conversation()
    await record(db, service, quote, here, order())
    await quote_and_accept(return_of(1))

    with pytest.raises(QuoteNotStanding):
        await accept(db, service, quote, here, order())


async def test_units_of_an_own_case_are_not_taken_twice(quote_and_accept: Accept) -> None:
    await quote_and_accept(return_of(2))
    await quote_and_accept(return_of(1))

    with pytest.raises(UnitsTaken):
        await quote_and_accept(return_of(1))


async def test_units_that_the_order_system_shows_in_a_case_are_not_taken(quote_and_accept: Accept) -> None:
    shown = OrderCase(
        case_id="X1",
        kind=CaseKind.EXCHANGE,
        status=CaseStatus.FINISHED,
        lines=(CaseLine(line_id=LineId("L1"), quantity=2),),
    )

    with pytest.raises(UnitsTaken):
        await quote_and_accept(return_of(2), read=order(cases=(shown,)))
    await quote_and_accept(return_of(1), read=order(cases=(shown,)))


async def test_price_protection_holds_units_against_price_protection_only(quote_and_accept: Accept) -> None:
    await quote_and_accept(return_of(3, CaseKind.PRICE_PROTECTION))
    await quote_and_accept(return_of(3))

    with pytest.raises(UnitsTaken):
        await quote_and_accept(return_of(1, CaseKind.PRICE_PROTECTION))


async def test_an_order_is_invoiced_once(quote_and_accept: Accept) -> None:
    await quote_and_accept(return_of(3, CaseKind.INVOICE, total_fen=0))

    with pytest.raises(UnitsTaken):
        await quote_and_accept(return_of(3, CaseKind.INVOICE, total_fen=0))


async def test_a_yes_needs_the_order_that_was_quoted(db: Database, service: CaseService) -> None:
    with pytest.raises(InvalidInput):
        await accept(db, service, return_of(1), conversation(), order(order_id=OrderId("another")))


async def test_a_caller_may_catch_the_refusal_and_go_on_in_his_transaction(
    db: Database, service: CaseService, quote_and_accept: Accept
) -> None:
    first = await quote_and_accept(return_of(3))
    quote, here = return_of(1), conversation()
    await record(db, service, quote, here, order())
    async with db.transaction(SHOP) as conn:
        with pytest.raises(UnitsTaken):
            await accept_within(conn, service, quote, here, order())

    assert await states(db) == ["accepted"]
    assert await count(db, "case_unit") == 3
    assert len(await audited(db, first)) == 1


@pytest.mark.control("K11")
async def test_of_a_hundred_yeses_to_one_unit_one_is_accepted(db: Database, service: CaseService) -> None:
    quote, only = return_of(1), order(quantity=1)
    rooms = [conversation() for _ in range(100)]
    for room in rooms:
        await record(db, service, quote, room, only)

    answers = await asyncio.gather(*(accept(db, service, quote, room, only) for room in rooms), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, QuoteNotStanding | UnitsTaken)]
    assert len(refused) == 99
    assert await states(db) == ["accepted"]
    assert await count(db, "case_unit") == 1


async def test_own_cases_are_told_to_policy_until_the_order_system_shows_them(
    db: Database, service: CaseService, quote_and_accept: Accept
) -> None:
    operation = await quote_and_accept(return_of(2))
    shown = OrderCase(
        case_id="AS1",
        kind=CaseKind.RETURN_REFUND,
        status=CaseStatus.OPEN,
        lines=(CaseLine(line_id=LineId("L1"), quantity=2),),
        operation_id=str(operation.operation_id),
    )

    async with db.transaction(SHOP) as conn:
        before = await service.own_cases(conn, shop=SHOP, order=order())
        after = await service.own_cases(conn, shop=SHOP, order=order(cases=(shown,)))

    assert [(case.kind, case.status, case.refund_fen) for case in before.cases] == [
        (CaseKind.RETURN_REFUND, CaseStatus.OPEN, 79800)
    ]
    assert before.cases[0].lines == (CaseLine(line_id=LineId("L1"), quantity=2),)
    assert after.cases == ()
    assert before.version == after.version == 1


@pytest.mark.control("M-16")
async def test_another_shop_sees_no_case(db: Database, service: CaseService, quote_and_accept: Accept) -> None:
    await quote_and_accept()

    async with db.transaction(ShopId("shop-2")) as conn:
        assert await service.cases_of_order(conn, shop=SHOP, order_id=ORDER_ID) == []


@pytest.mark.control("P-14")
async def test_a_decision_without_a_quote_is_kept(db: Database, service: CaseService) -> None:
    async with db.transaction(SHOP) as conn:
        decision_id = await service.record_ruling(
            conn,
            shop=SHOP,
            conversation_id=conversation(),
            ruling=Ruling(decision=decision(return_of(1))),
            basis=0,
            business_at=NOW,
            valid_until=NOW + timedelta(minutes=15),
        )
        found = await (await conn.execute("SELECT decision_id, rule, trace::text FROM decision")).fetchone()

    assert found == (
        decision_id,
        "R5",
        '{"order":{"table":"return_refund","row":"r5","law":"消费者权益保护法","read":{"days":3}}}',
    )
