"""Exchange, resend, repair and urge by the rows of their tables: what is approved, refused, offered, handed over."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, OrderCase, OrderStatus, Spec
from appliance.dialogue import effects as fx
from appliance.ids import LineId
from models.commands import Command, Flow, Reason
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, PICTURE, SHIPPED, Shop, Talk, at

SHOE = "SKU-轻跑运动鞋"


def begin(talk: Talk, flow: str, reason: str, *, picture: bool = True, line: str = "L1") -> Any:
    commands: list[Command] = [
        say.start(flow),
        say.order(DELIVERED),
        say.line(line),
        say.put("quantity", 1),
        say.because(reason),
    ]
    if flow == "exchange":
        commands.append(say.put("spec", "同款"))
    return talk.hear(*commands, images=(PICTURE,) if picture else ())


def received(shop: Shop, days: int, **more: Any) -> None:
    shop.change(DELIVERED, delivered_at=at(21) - timedelta(days=days), **more)


@pytest.mark.parametrize(
    ("flow", "reason", "days", "outcome"),
    [
        ("exchange", "quality", 15, "E4"),
        ("exchange", "size", 7, "E5"),
        ("resend", "missing_item", 7, "S1"),
        ("resend", "wrong_item", 0, "S1"),
    ],
)
def test_what_the_table_approves_is_quoted_and_done_once(
    talk: Talk, shop: Shop, flow: str, reason: str, days: int, outcome: str
) -> None:
    received(shop, days)
    turn = begin(talk, flow, reason)
    assert turn.said == [f"quote.{flow}", "confirm"]
    assert len(talk.hear(say.YES).of(fx.Accept)) == 1
    assert talk.hear(say.YES).of(fx.Accept) == []
    assert talk.receipt().outcomes == [("case_created", outcome)]
    assert [accept.quote.kind for accept in shop.accepted] == [flow]
    assert shop.accepted[0].quote.total_fen == 0


@pytest.mark.parametrize(
    ("flow", "reason", "days", "refusal", "rule"),
    [
        ("exchange", "quality", 16, "exchange_window", "E6"),
        ("exchange", "size", 8, "exchange_window", "E6"),
        ("resend", "missing_item", 8, "resend_window", "S2"),
        ("resend", "size", 1, "resend_window", "S2"),
        ("repair", "quality", 1, "no_warranty", "W2"),
    ],
)
def test_what_the_table_refuses_is_said_and_nothing_accepted(
    talk: Talk, shop: Shop, flow: str, reason: str, days: int, refusal: str, rule: str
) -> None:
    received(shop, days)
    turn = begin(talk, flow, reason)
    assert turn.said == [f"refused.{refusal}"]
    assert turn.outcomes == [("refused", rule)]
    assert shop.accepted == []


@pytest.mark.parametrize(("flow", "reason", "rule"), [("exchange", "damaged", "E4"), ("resend", "wrong_item", "S1")])
def test_a_picture_is_asked_for_and_without_one_a_person_decides(talk: Talk, flow: str, reason: str, rule: str) -> None:
    assert begin(talk, flow, reason, picture=False).said == ["ask.evidence"]
    turn = talk.hear(say.NO)
    assert turn.handed_off == "policy"
    assert turn.outcomes == [("handed_off", rule)]


@pytest.mark.parametrize("flow", ["exchange", "resend", "repair"])
def test_nothing_is_asked_of_what_has_not_arrived(talk: Talk, flow: str) -> None:
    refusal = {"exchange": "not_delivered", "resend": "resend_window", "repair": "no_warranty"}[flow]
    assert talk.hear(say.start(flow), say.order(SHIPPED)).said == [f"refused.{refusal}"]


@pytest.mark.parametrize("flow", ["exchange", "resend", "repair"])
def test_g2_units_in_a_case_are_refused_before_anything_is_asked(talk: Talk, shop: Shop, flow: str) -> None:
    shop.change(DELIVERED, lines=shop.orders[DELIVERED].lines[:1])
    other = Talk(shop)
    begin(other, "exchange", "size")
    other.hear(say.YES)
    turn = talk.hear(say.start(flow), say.order(DELIVERED))
    assert turn.said == ["refused.already_in_case"]
    assert turn.outcomes == [("refused", "G2")]


@pytest.mark.parametrize(
    ("stage", "expected_at", "told"),
    [
        ("inspecting", at(23), "当前进度：仓库正在验收退回的商品，预计11月23日前有下一步。"),
        ("inspecting", None, "当前进度：仓库正在验收退回的商品。"),
        ("on_the_moon", None, "售后申请在处理中或者处理完毕"),
    ],
)
def test_g2_tells_where_the_case_stands_that_has_the_goods(
    talk: Talk, shop: Shop, stage: str, expected_at: datetime | None, told: str
) -> None:
    kept = OrderCase(
        case_id="S1",
        kind=CaseKind.RETURN_REFUND,
        status=CaseStatus.OPEN,
        lines=(CaseLine(line_id=LineId("L1"), quantity=1),),
        stage=stage,
        expected_at=expected_at,
    )
    other = msgspec.structs.replace(
        kept, case_id="S2", stage="refunding", lines=(CaseLine(line_id=LineId("L2"), quantity=1),)
    )
    shop.change(DELIVERED, cases=(kept, other))
    turn = talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("size"))
    assert turn.said == ["refused.already_in_case"]
    assert told in turn.text
    assert "on_the_moon" not in turn.text


def test_g3_offers_what_is_left(talk: Talk, shop: Shop) -> None:
    other = Talk(shop)
    begin(other, "resend", "missing_item", line="L2")
    other.hear(say.YES)
    talk.hear(say.start("exchange"), say.order(DELIVERED), say.line("L2"), say.put("quantity", 3), say.because("size"))
    assert talk.hear(say.put("spec", "同款")).said == ["refused.quantity", "offer.quantity"]
    assert talk.hear(say.YES).said == ["quote.exchange", "confirm"]


@pytest.mark.parametrize("flow", ["exchange", "resend"])
def test_g4_a_counterfeit_is_a_persons(talk: Talk, flow: str) -> None:
    turn = talk.hear(say.start(flow), say.order(DELIVERED), say.line("L1"), say.because(Reason.COUNTERFEIT))
    assert turn.handed_off == "policy"
    assert turn.outcomes == [("handed_off", "G4")]


def test_e2_offers_a_return_which_starts_with_what_is_known(talk: Talk, shop: Shop) -> None:
    shop.specs = [Spec(sku=SHOE, product="P", spec="黑", price_fen=39900, stock=0)]
    assert begin(talk, "exchange", "size").said == ["refused.out_of_stock", "offer.return_refund"]
    turn = talk.hear(say.YES)
    assert turn.said == ["quote.return_refund", "confirm"]
    assert turn.of(fx.Decide)[0].asked.reason == "size"


def test_e3_another_price_is_a_persons_before_the_window_is_looked_at(talk: Talk, shop: Shop) -> None:
    received(shop, 40)
    shop.specs = [Spec(sku=SHOE, product="P", spec="黑", price_fen=35900, stock=3)]
    turn = begin(talk, "exchange", "size")
    assert turn.handed_off == "policy"
    assert turn.outcomes == [("handed_off", "E3")]


def test_s1_without_stock_offers_the_money_back_for_what_is_missing(talk: Talk, shop: Shop) -> None:
    shop.specs = [Spec(sku="SKU-运动短袖", product="P", spec="白", price_fen=9900, stock=0)]
    turn = begin(talk, "resend", "missing_item", line="L2")
    assert turn.said == ["refused.out_of_stock", "offer.refund_only"]
    turn = talk.hear(say.YES)
    assert turn.said == ["quote.refund_only", "confirm"]
    assert turn.of(fx.Decide)[0].asked.lines[0].quantity == 1


@pytest.mark.parametrize(("days", "outcome"), [(365, "confirm"), (366, None)])
def test_w1_a_year_of_warranty_on_electronics(talk: Talk, shop: Shop, days: int, outcome: str | None) -> None:
    long_ago = at(21) - timedelta(days=days)
    shop.change(SHIPPED, status=OrderStatus.COMPLETED, delivered_at=long_ago)
    talk.hear(say.start("repair"), say.order(SHIPPED))
    assert talk.awaiting == outcome


@pytest.mark.parametrize(("hours", "kinds"), [(47, []), (48, []), (49, ["urge_warehouse"])])
def test_u1_is_one_note_and_after_two_days_a_work_order_too(
    talk: Talk, shop: Shop, hours: int, kinds: list[str]
) -> None:
    shop.change(PAID, paid_at=talk.now - timedelta(hours=hours))
    assert talk.hear(say.start("urge_shipment")).said == ["quote.urge_shipment", "confirm"]
    turn = talk.hear(say.YES)
    assert len(turn.of(fx.Accept)) == 1
    assert [order.kind for order in turn.of(fx.WorkOrder)] == kinds
    assert talk.receipt().outcomes == [("case_created", "U1")]


def test_u1_without_a_yes_is_nothing(talk: Talk, shop: Shop) -> None:
    shop.change(PAID, paid_at=at(10))
    talk.hear(say.start("urge_shipment"))
    turn = talk.hear(say.NO)
    assert turn.of(fx.WorkOrder) == []
    assert shop.accepted == []


@pytest.mark.parametrize(("order", "told"), [(SHIPPED, "trace.moving"), (DELIVERED, "trace.delivered")])
def test_u2_tells_the_trace(talk: Talk, order: str, told: str) -> None:
    turn = talk.hear(say.start("urge_shipment"), say.order(order))
    assert turn.said == [told]
    assert turn.outcomes == [("answered", "U2")]


def test_each_flow_takes_no_slot_that_it_has_no_use_for(talk: Talk) -> None:
    slots = {flow.flow: set(flow.slots) for flow in talk.flows}
    assert "reason" not in slots[Flow.CHANGE_SPEC]
    assert slots[Flow.URGE_SHIPMENT] == {"order"}
