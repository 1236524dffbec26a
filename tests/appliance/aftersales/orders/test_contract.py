"""What every order system must do behind the port, whoever keeps the orders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from appliance.aftersales.orders.model import (
    Address,
    CaseKind,
    CaseLine,
    CaseReceipt,
    CaseRequest,
    CaseStatus,
    Change,
    Coupon,
    Customer,
    FreightPayer,
    Invoice,
    Level,
    Line,
    Order,
    OrderCase,
    OrderStatus,
    Spec,
    TraceEvent,
)
from appliance.aftersales.orders.port import CannotWrite, OrderSystemRefused, OutcomeUnknown
from appliance.aftersales.orders.trial import Trial
from appliance.aftersales.orders.trial_write import MARK, WriteTrial
from appliance.errors import NotFound, OrderSystemUnavailable
from appliance.ids import CustomerId, LineId, OperationId, OrderId, uuid7
from models.commands import Reason

Stage = Any
DAY = datetime(2026, 11, 10, 1, 0, tzinfo=UTC)
ALICE, BOB = CustomerId("U1"), CustomerId("U2")

ALICE_WHOLE = Customer(
    customer_id=ALICE,
    name="林小满",
    phone="13900000001",
    level=Level.GOLD,
    refunds_90d=2,
    balance_fen=1250,
    points=88,
    level_expires_at=DAY + timedelta(days=90),
    benefits=("生日券", "优先发货"),
    coupons=(
        Coupon(
            coupon_id="C1",
            title="满减券",
            amount_fen=2001,
            min_spend_fen=19900,
            expires_at=DAY + timedelta(days=30),
            status="usable",
        ),
    ),
)
CUP = Line(line_id=LineId("L1"), sku="CUP-W", title="马克杯 白", category="kitchen", quantity=3, unit_price_fen=3333)
LAMP = Line(
    line_id=LineId("L2"),
    sku="LAMP-1",
    title="台灯",
    category="electronics",
    quantity=1,
    unit_price_fen=12900,
    tags=("clearance", "no_seven_day_confirmed"),
)
SPECS = (
    Spec(sku="CUP-B", product="CUP", spec="蓝", price_fen=3333, stock=2),
    Spec(sku="CUP-W", product="CUP", spec="白", price_fen=2999, stock=5),
    Spec(sku="LAMP-1", product="LAMP", spec="标准", price_fen=12900, stock=0),
)


def an_order(status: OrderStatus = OrderStatus.DELIVERED, order_id: str = "O1", **more: Any) -> Order:
    reached = list(OrderStatus).index(status)
    times = {"paid_at": DAY, "shipped_at": DAY + timedelta(days=1), "delivered_at": DAY + timedelta(days=3)}
    passed = dict(list(times.items())[: min(reached, 3)]) if status is not OrderStatus.CANCELLED else {}
    base: dict[str, Any] = {
        "order_id": OrderId(order_id),
        "customer_id": ALICE,
        "status": status,
        "lines": (CUP, LAMP),
        "freight_fen": 800,
        "coupon_fen": 1000,
        "paid_by": "微信支付",
        "address": Address(name="林小满", phone="13900000001", text="旧地址"),
        **passed,
    }
    return Order(**{**base, **more})


def a_request(kind: CaseKind = CaseKind.RETURN_REFUND, **more: Any) -> CaseRequest:
    base: dict[str, Any] = {
        "operation_id": OperationId(uuid7()),
        "kind": kind,
        "order_id": OrderId("O1"),
        "customer_id": ALICE,
        "lines": (CaseLine(line_id=LineId("L1"), quantity=1),),
    }
    return CaseRequest(**{**base, **more})


@pytest.fixture
async def delivered(stage: Stage) -> Stage:
    """Where O1 was delivered."""
    await stage.load(ALICE_WHOLE, [an_order()], SPECS)
    return stage


async def test_a_customer_is_read_whole(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE)
    assert await stage.system.customer(ALICE) == ALICE_WHOLE


async def test_an_order_is_read_whole(stage: Stage) -> None:
    order = an_order(
        OrderStatus.COMPLETED,
        carrier="顺丰",
        tracking_no="SF100",
        freight_insurance=True,
        buyer_note="请放门口",
        seller_note="",
        changes=(Change(kind=CaseKind.CHANGE_SPEC, at=DAY, line_id=LineId("L1")),),
        invoice=Invoice(title="某某公司", number="FP1", issued_at=DAY, tax_id="91330106MA27XK3N4F"),
        trace=(TraceEvent(at=DAY, place="杭州", text="已揽收"),),
        cases=(
            OrderCase(
                case_id="CS1",
                kind=CaseKind.EXCHANGE,
                status=CaseStatus.WITHDRAWN,
                lines=(CaseLine(line_id=LineId("L1"), quantity=2),),
                stage="withdrawn",
                reason=Reason.SIZE,
                created_at=DAY,
                finished_at=DAY,
                expected_at=DAY,
                paid_to="微信零钱",
                carrier="中通",
                tracking_no="ZT1",
            ),
        ),
    )
    await stage.load(ALICE_WHOLE, [order])
    assert await stage.system.order(OrderId("O1")) == order


async def test_what_is_not_there_is_not_found(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE)
    with pytest.raises(NotFound):
        await stage.system.order(OrderId("O9"))
    with pytest.raises(NotFound):
        await stage.system.customer(BOB)
    assert await stage.system.orders_of(BOB) == ()
    assert await stage.system.specs("NOPE") == ()
    assert await stage.system.find_operation(OperationId(uuid7())) is None


@pytest.mark.parametrize(
    "words", ["", ".", "..", "a/b", "../admin/shops", "a\\b", "\x00", "\ud800", "长" * 200, "%2e%2e"]
)
async def test_a_customers_words_as_an_order_id_are_not_found(stage: Stage, words: str) -> None:
    await stage.load(ALICE_WHOLE, [an_order()])
    with pytest.raises(NotFound):
        await stage.system.order(OrderId(words))


async def test_orders_come_newest_first_and_only_ones_own(stage: Stage) -> None:
    old = an_order(order_id="A", paid_at=DAY)
    new = an_order(order_id="B", paid_at=DAY + timedelta(days=5))
    unpaid = an_order(OrderStatus.UNPAID, order_id="C", created_at=DAY + timedelta(days=2))
    others = an_order(order_id="D", customer_id=BOB)
    await stage.load(ALICE_WHOLE, [old, new, unpaid, others])
    assert await stage.system.orders_of(ALICE) == (new, unpaid, old)


async def test_many_orders_come_all(stage: Stage) -> None:
    many = [an_order(order_id=f"M{n:03}", paid_at=DAY + timedelta(minutes=n)) for n in range(120)]
    await stage.load(ALICE_WHOLE, many)
    assert await stage.system.orders_of(ALICE) == tuple(reversed(many))


async def test_specs_are_those_of_the_same_product(delivered: Stage) -> None:
    assert set(await delivered.system.specs("CUP-W")) == set(SPECS[:2])


async def test_a_write_leaves_a_receipt_and_a_case(delivered: Stage) -> None:
    request = a_request(
        reason=Reason.QUALITY, refund_fen=3001, freight_payer=FreightPayer.MERCHANT, evidence=("e-1",), note="裂了"
    )
    receipt = await delivered.system.execute(request)
    assert (receipt.operation_id, receipt.kind, receipt.status, receipt.refund_fen) == (
        request.operation_id,
        CaseKind.RETURN_REFUND,
        CaseStatus.OPEN,
        3001,
    )
    (case,) = (await delivered.system.order(OrderId("O1"))).cases
    assert (case.case_id, case.kind, case.lines, case.reason, case.refund_fen, case.operation_id) == (
        receipt.case_id,
        CaseKind.RETURN_REFUND,
        request.lines,
        Reason.QUALITY,
        3001,
        str(request.operation_id),
    )


@pytest.mark.parametrize(
    ("kind", "status", "more"),
    [
        (CaseKind.RETURN_REFUND, OrderStatus.DELIVERED, {"refund_fen": 3000}),
        (CaseKind.REFUND_ONLY, OrderStatus.SHIPPED, {"refund_fen": 3000}),
        (CaseKind.CANCEL_ORDER, OrderStatus.UNPAID, {"lines": ()}),
        (CaseKind.CANCEL_ORDER, OrderStatus.PAID, {"lines": (), "refund_fen": 22699}),
        (CaseKind.EXCHANGE, OrderStatus.COMPLETED, {"target_sku": "CUP-B"}),
        (CaseKind.RESEND, OrderStatus.DELIVERED, {"target_sku": "CUP-W"}),
        (CaseKind.REPAIR, OrderStatus.DELIVERED, {"lines": (CaseLine(line_id=LineId("L2"), quantity=1),)}),
        (CaseKind.PRICE_PROTECTION, OrderStatus.PAID, {"refund_fen": 334}),
        (CaseKind.GOODWILL, OrderStatus.PAID, {"refund_fen": 334}),
        (CaseKind.CHANGE_ADDRESS, OrderStatus.PAID, {"lines": (), "address": "新地址"}),
        (
            CaseKind.CHANGE_SPEC,
            OrderStatus.PAID,
            {"lines": (CaseLine(line_id=LineId("L1"), quantity=3),), "target_sku": "CUP-W"},
        ),
        (CaseKind.URGE_SHIPMENT, OrderStatus.PAID, {"lines": ()}),
        (CaseKind.INVOICE, OrderStatus.DELIVERED, {"lines": (), "invoice_title": "个人"}),
    ],
)
async def test_every_kind_of_case_is_one_write(
    stage: Stage, kind: CaseKind, status: OrderStatus, more: dict[str, Any]
) -> None:
    await stage.load(ALICE_WHOLE, [an_order(status)], SPECS)
    request = a_request(kind, **more)
    receipt = await stage.system.execute(request)
    assert (receipt.kind, receipt.refund_fen) == (kind, request.refund_fen)
    assert await stage.system.find_operation(request.operation_id) == receipt
    assert await stage.count_writes() == 1


async def test_the_number_of_a_parcel_stands_on_its_case_and_may_be_corrected(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.DELIVERED)], SPECS)
    returned = await stage.system.execute(a_request(CaseKind.RETURN_REFUND, refund_fen=3000))
    for number in ("SF1234567890123", "SF1234567890124"):
        noted = a_request(
            CaseKind.RETURN_PARCEL, lines=(), return_case_id=returned.case_id, carrier="顺丰", tracking_no=number
        )
        receipt = await stage.system.execute(noted)
        assert (receipt.kind, receipt.refund_fen) == (CaseKind.RETURN_PARCEL, 0)
        assert await stage.system.find_operation(noted.operation_id) == receipt
    (case,) = (await stage.system.order(OrderId("O1"))).cases
    assert (case.carrier, case.tracking_no, case.stage) == ("顺丰", "SF1234567890124", "awaiting_parcel")


async def test_a_parcel_of_no_case_is_refused(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.DELIVERED)], SPECS)
    noted = a_request(CaseKind.RETURN_PARCEL, lines=(), return_case_id="SV0", carrier="顺丰", tracking_no="SF1")
    with pytest.raises(OrderSystemRefused):
        await stage.system.execute(noted)
    assert await stage.count_writes() == 0


async def test_a_case_that_is_taken_back_frees_its_units_for_another(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.DELIVERED)], SPECS)
    returned = await stage.system.execute(a_request(CaseKind.RETURN_REFUND, refund_fen=3000))
    taken_back = a_request(CaseKind.WITHDRAW_CASE, lines=(), withdrawn_case_id=returned.case_id)
    receipt = await stage.system.execute(taken_back)
    assert (receipt.kind, receipt.status, receipt.refund_fen) == (CaseKind.WITHDRAW_CASE, CaseStatus.FINISHED, 0)
    assert await stage.system.find_operation(taken_back.operation_id) == receipt
    assert await stage.system.execute(taken_back) == receipt
    (case,) = (await stage.system.order(OrderId("O1"))).cases
    assert (case.status, case.stage) == (CaseStatus.WITHDRAWN, "withdrawn")
    again = await stage.system.execute(a_request(CaseKind.RETURN_REFUND, refund_fen=3000))
    assert again.status is CaseStatus.OPEN


async def test_what_is_not_there_or_is_taken_back_already_is_refused(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.DELIVERED)], SPECS)
    returned = await stage.system.execute(a_request(CaseKind.RETURN_REFUND, refund_fen=3000))
    await stage.system.execute(a_request(CaseKind.WITHDRAW_CASE, lines=(), withdrawn_case_id=returned.case_id))
    for case_id in (returned.case_id, "SV0"):
        with pytest.raises(OrderSystemRefused):
            await stage.system.execute(a_request(CaseKind.WITHDRAW_CASE, lines=(), withdrawn_case_id=case_id))
    assert await stage.count_writes() == 2


async def test_a_cancelled_order_is_cancelled(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.PAID)])
    await stage.system.execute(a_request(CaseKind.CANCEL_ORDER, lines=(), refund_fen=22699))
    order = await stage.system.order(OrderId("O1"))
    assert (order.status, order.cases[0].kind, order.cases[0].stage) == (
        OrderStatus.CANCELLED,
        CaseKind.CANCEL_ORDER,
        "refunding",
    )


async def test_a_new_address_stands_on_the_order_and_among_its_changes(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.PAID)])
    await stage.system.execute(a_request(CaseKind.CHANGE_ADDRESS, lines=(), address="新地址 8号"))
    order = await stage.system.order(OrderId("O1"))
    assert order.address is not None
    assert (order.address.text, order.changes[0].kind) == ("新地址 8号", CaseKind.CHANGE_ADDRESS)


async def test_a_new_spec_stands_on_its_line(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.PAID, lines=(replace(CUP, quantity=1), LAMP))], SPECS)
    await stage.system.execute(a_request(CaseKind.CHANGE_SPEC, target_sku="CUP-B"))
    order = await stage.system.order(OrderId("O1"))
    assert (order.lines[0].sku, order.changes[0].kind, order.changes[0].line_id) == (
        "CUP-B",
        CaseKind.CHANGE_SPEC,
        "L1",
    )


async def test_units_of_two_lines_change_their_spec_together(stage: Stage) -> None:
    other = replace(CUP, line_id=LineId("L3"), sku="CUP-B", quantity=1)
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.PAID, lines=(CUP, other))], SPECS)
    lines = (CaseLine(line_id=LineId("L1"), quantity=2), CaseLine(line_id=LineId("L3"), quantity=1))
    await stage.system.execute(a_request(CaseKind.CHANGE_SPEC, lines=lines, target_sku="CUP-W"))
    order = await stage.system.order(OrderId("O1"))
    assert [(line.line_id, line.sku, line.quantity) for line in order.lines] == [
        ("L1", "CUP-W", 1),
        ("L1-2", "CUP-W", 2),
        ("L3", "CUP-W", 1),
    ]


async def test_an_unpaid_order_may_be_cancelled_line_by_line(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.UNPAID)])
    await stage.system.execute(a_request(CaseKind.CANCEL_ORDER, lines=(CaseLine(line_id=LineId("L2"), quantity=1),)))
    assert (await stage.system.order(OrderId("O1"))).status is OrderStatus.UNPAID
    await stage.system.execute(a_request(CaseKind.CANCEL_ORDER, lines=(CaseLine(line_id=LineId("L1"), quantity=3),)))
    assert (await stage.system.order(OrderId("O1"))).status is OrderStatus.CANCELLED


async def test_a_paid_order_is_cancelled_as_a_whole_only(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.PAID)])
    with pytest.raises(OrderSystemRefused):
        await stage.system.execute(a_request(CaseKind.CANCEL_ORDER, refund_fen=3000))
    assert (await stage.system.order(OrderId("O1"))).status is OrderStatus.PAID


async def test_the_same_goods_are_sent_again_where_no_other_spec_is_named(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order()], SPECS[1:])
    await stage.system.execute(a_request(CaseKind.EXCHANGE))
    assert {spec.sku: spec.stock for spec in await stage.system.specs("CUP-W")} == {"CUP-W": 4}


async def test_goods_no_longer_listed_count_as_in_stock(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order()])
    receipt = await stage.system.execute(a_request(CaseKind.RESEND))
    assert receipt.kind is CaseKind.RESEND


async def test_an_invoice_stands_on_the_order_and_is_issued_once(delivered: Stage) -> None:
    await delivered.system.execute(
        a_request(CaseKind.INVOICE, lines=(), invoice_title="某某公司", tax_id="91330106MA27XK3N4F")
    )
    invoice = (await delivered.system.order(OrderId("O1"))).invoice
    assert (invoice.title, invoice.tax_id) == ("某某公司", "91330106MA27XK3N4F")
    with pytest.raises(OrderSystemRefused):
        await delivered.system.execute(a_request(CaseKind.INVOICE, lines=()))


async def test_an_exchange_takes_stock(delivered: Stage) -> None:
    await delivered.system.execute(
        a_request(CaseKind.EXCHANGE, lines=(CaseLine(line_id=LineId("L1"), quantity=2),), target_sku="CUP-B")
    )
    assert {spec.sku: spec.stock for spec in await delivered.system.specs("CUP-B")} == {"CUP-B": 0, "CUP-W": 5}
    with pytest.raises(OrderSystemRefused):
        await delivered.system.execute(a_request(CaseKind.EXCHANGE, target_sku="CUP-B"))


async def test_a_repeat_gives_the_same_receipt_and_writes_nothing(delivered: Stage) -> None:
    request = a_request(refund_fen=3000)
    receipt: CaseReceipt = await delivered.system.execute(request)
    assert await delivered.system.execute(request) == receipt
    assert await delivered.count_writes() == 1


async def test_an_operation_id_is_never_used_for_another_write(delivered: Stage) -> None:
    request = a_request(refund_fen=3000)
    await delivered.system.execute(request)
    with pytest.raises(OutcomeUnknown):
        await delivered.system.execute(replace(request, refund_fen=2999))
    assert await delivered.count_writes() == 1


async def test_a_lost_answer_is_an_unknown_outcome_that_can_be_asked_for(delivered: Stage) -> None:
    request = a_request(refund_fen=3000)
    await delivered.lose_answers(1)
    with pytest.raises(OutcomeUnknown):
        await delivered.system.execute(request)
    receipt = await delivered.system.find_operation(request.operation_id)
    assert receipt is not None
    assert receipt.refund_fen == 3000
    assert await delivered.system.execute(request) == receipt
    assert await delivered.count_writes() == 1


async def test_what_is_done_by_hand_is_never_written(delivered: Stage) -> None:
    system = delivered.unable(CaseKind.RETURN_REFUND)
    with pytest.raises(CannotWrite):
        await system.execute(a_request(refund_fen=3000))
    assert await delivered.count_writes() == 0
    assert (await system.execute(a_request(CaseKind.RESEND))).kind is CaseKind.RESEND
    await system.aclose()


async def test_the_check_finds_nothing_to_complain_of(delivered: Stage) -> None:
    tried = await Trial(delivered.system, frozenset()).run(ALICE)
    assert [each.detail for each in tried if not each.is_good] == []
    assert await delivered.count_writes() == 0


async def test_the_check_writes_once_on_a_marked_order_and_finds_it_again(stage: Stage) -> None:
    await stage.load(ALICE_WHOLE, [an_order(OrderStatus.PAID, seller_note=MARK)])
    trial = WriteTrial(stage.system, repeats_safely=True)
    tried = await trial.run("O1", CaseKind.URGE_SHIPMENT)
    assert [(each.operation, each.is_good) for each in tried] == [
        ("write", True),
        ("repeat", True),
        ("find_operation", True),
    ]
    assert await stage.count_writes() == 1


async def test_the_check_writes_nothing_on_an_order_without_the_mark(delivered: Stage) -> None:
    (tried,) = await WriteTrial(delivered.system, repeats_safely=True).run("O1", CaseKind.URGE_SHIPMENT)
    assert not tried.is_good
    assert await delivered.count_writes() == 0


async def test_units_in_a_case_are_not_given_twice(delivered: Stage) -> None:
    await delivered.system.execute(a_request(lines=(CaseLine(line_id=LineId("L1"), quantity=2),)))
    with pytest.raises(OrderSystemRefused):
        await delivered.system.execute(a_request(lines=(CaseLine(line_id=LineId("L1"), quantity=2),)))
    await delivered.system.execute(a_request())
    assert await delivered.count_writes() == 2


async def test_goodwill_stands_beside_everything_and_counts_as_paid_back(delivered: Stage) -> None:
    three = (CaseLine(line_id=LineId("L1"), quantity=3),)
    for _ in range(2):
        await delivered.system.execute(a_request(CaseKind.GOODWILL, lines=three, refund_fen=334))
    await delivered.system.execute(a_request(lines=three, refund_fen=8000))
    await delivered.system.execute(a_request(CaseKind.GOODWILL, lines=three, refund_fen=1))
    with pytest.raises(OrderSystemRefused):
        await delivered.system.execute(a_request(CaseKind.GOODWILL, refund_fen=22_699 - 8668))


async def test_price_protection_stands_beside_a_return_but_not_beside_itself(delivered: Stage) -> None:
    await delivered.system.execute(a_request(CaseKind.PRICE_PROTECTION, refund_fen=334))
    await delivered.system.execute(a_request(refund_fen=2666))
    with pytest.raises(OrderSystemRefused):
        await delivered.system.execute(
            a_request(CaseKind.PRICE_PROTECTION, lines=(CaseLine(line_id=LineId("L1"), quantity=3),))
        )


@pytest.mark.parametrize(
    "request_",
    [
        a_request(customer_id=BOB),
        a_request(order_id=OrderId("O9")),
        a_request(order_id=OrderId("../O1")),
        a_request(lines=(CaseLine(line_id=LineId("L9"), quantity=1),)),
        a_request(lines=(CaseLine(line_id=LineId("L1"), quantity=4),)),
        a_request(refund_fen=22700),
        a_request(CaseKind.CANCEL_ORDER, lines=()),
        a_request(CaseKind.CHANGE_ADDRESS, lines=(), address="新地址"),
        a_request(CaseKind.EXCHANGE, target_sku="NOPE"),
        a_request(CaseKind.RESEND, lines=(CaseLine(line_id=LineId("L2"), quantity=1),)),
    ],
    ids=[
        "other customer",
        "no order",
        "path",
        "no line",
        "too many",
        "too much money",
        "shipped",
        "late",
        "sku",
        "stock",
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_written(delivered: Stage, request_: CaseRequest) -> None:
    before = await delivered.system.order(OrderId("O1"))
    with pytest.raises(OrderSystemRefused):
        await delivered.system.execute(request_)
    assert await delivered.system.order(OrderId("O1")) == before
    assert await delivered.system.find_operation(request_.operation_id) is None
    assert await delivered.count_writes() == 0


async def test_where_nothing_can_be_sent_nothing_is_unknown(delivered: Stage) -> None:
    system = delivered.switched_off()
    with pytest.raises(OrderSystemUnavailable) as caught:
        await system.execute(a_request())
    assert not isinstance(caught.value, OutcomeUnknown)
    with pytest.raises(OrderSystemUnavailable):
        await system.order(OrderId("O1"))
    assert await delivered.count_writes() == 0
    await system.aclose()
