"""A case that its customer takes back: heard where nothing is begun, shown, agreed to or refused with a reason."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from appliance.aftersales.cases import withdrawal as rules
from appliance.aftersales.cases.withdrawal import Standing
from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseReceipt, CaseStatus, OrderCase
from appliance.dialogue import incoming
from appliance.ids import LineId, OperationId
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, NOW, SHIPPED, Shop, Talk


def a_case(case_id: str = "SV1", line: str = "L1", **fields: Any) -> OrderCase:
    made = OrderCase(
        case_id=case_id,
        kind=CaseKind.RETURN_REFUND,
        status=CaseStatus.OPEN,
        stage="awaiting_parcel",
        lines=(CaseLine(line_id=LineId(line), quantity=1),),
        refund_fen=100,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    return replace(made, **fields)


@pytest.fixture
def opened(shop: Shop) -> Shop:
    shop.change(DELIVERED, cases=(a_case(),))
    return shop


def test_a_case_is_shown_and_a_plain_yes_takes_it_back(opened: Shop, talk: Talk) -> None:
    shown = talk.hear(say.CANCEL)
    assert shown.said == ["quote.withdraw_case", "confirm"]
    assert "退货退款" in shown.text
    talk.hear(say.YES)
    quote = opened.accepted[0].quote
    assert (quote.kind, quote.total_fen, quote.order_id) == (CaseKind.WITHDRAW_CASE, 0, DELIVERED)
    assert quote.details == {"withdrawn_case": "SV1", "withdrawn_kind": "return_refund"}
    assert [(line.line_id, line.quantity) for line in quote.lines] == [("L1", 1)]


def test_the_receipt_says_that_it_is_taken_back(opened: Shop, talk: Talk) -> None:
    talk.hear(say.CANCEL)
    assert "撤销好了" not in talk.hear(say.YES).text
    receipt = CaseReceipt(
        case_id="OP1",
        operation_id=OperationId(UUID(opened.own_cases[DELIVERED][0].operation_id)),
        kind=CaseKind.WITHDRAW_CASE,
        status=CaseStatus.FINISHED,
        refund_fen=0,
        created_at=NOW,
    )
    done = talk.happen(incoming.Done(operation_id=str(receipt.operation_id), receipt=receipt))
    assert (done.said, "退货退款申请撤销好了" in done.text) == (["receipt.withdraw_case"], True)


def test_a_no_leaves_the_case_as_it_is(opened: Shop, talk: Talk) -> None:
    talk.hear(say.CANCEL)
    assert talk.hear(say.NO).said == ["withdrawal_declined"]
    assert opened.accepted == []


def test_at_its_confirmation_not_wanting_it_any_more_may_mean_either_and_is_asked_again(
    opened: Shop, talk: Talk
) -> None:
    talk.hear(say.CANCEL)
    assert talk.hear(say.CANCEL).said == ["quote.withdraw_case", "confirm"]
    assert opened.accepted == []


def test_yes_with_the_wish_said_again_is_a_yes(opened: Shop, talk: Talk) -> None:
    talk.hear(say.CANCEL)
    talk.hear(say.YES, say.CANCEL)
    assert [each.quote.kind for each in opened.accepted] == [CaseKind.WITHDRAW_CASE]


def test_who_has_no_case_has_nothing_to_cancel(talk: Talk) -> None:
    assert talk.hear(say.CANCEL).said == ["nothing_to_cancel"]


def test_between_cases_of_two_orders_the_customer_chooses(shop: Shop, talk: Talk) -> None:
    shop.change(DELIVERED, cases=(a_case(),))
    shop.change(SHIPPED, cases=(a_case("SV2", kind=CaseKind.REFUND_ONLY, stage="refunding"),))
    assert talk.hear(say.CANCEL).said == ["ask.withdrawn_case"]
    talk.hear(say.order(SHIPPED))
    talk.hear(say.YES)
    assert shop.accepted[0].quote.details["withdrawn_case"] == "SV2"


def test_between_cases_of_one_order_the_customer_chooses_the_goods(shop: Shop, talk: Talk) -> None:
    shop.change(DELIVERED, cases=(a_case(), a_case("SV2", "L2", kind=CaseKind.EXCHANGE)))
    assert talk.hear(say.CANCEL).said == ["ask.withdrawn_case"]
    talk.hear(say.line("L2"))
    talk.hear(say.YES)
    assert shop.accepted[0].quote.details == {"withdrawn_case": "SV2", "withdrawn_kind": "exchange"}


def test_the_case_that_can_go_is_meant_before_one_that_cannot(shop: Shop, talk: Talk) -> None:
    done = a_case("SV0", "L2", status=CaseStatus.FINISHED, stage="refunded")
    shop.change(DELIVERED, cases=(a_case(), done))
    assert talk.hear(say.CANCEL).said == ["quote.withdraw_case", "confirm"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"stage": "inspecting"}, "received"),
        ({"stage": "refunding"}, "received"),
        ({"stage": "refunded", "status": CaseStatus.FINISHED}, "refunded"),
        ({"kind": CaseKind.EXCHANGE, "stage": "reshipped", "status": CaseStatus.FINISHED}, "reshipped"),
        ({"kind": CaseKind.CANCEL_ORDER, "stage": "refunding"}, "order_cancelled"),
        ({"stage": "withdrawn", "status": CaseStatus.WITHDRAWN}, "withdrawn"),
        ({"status": CaseStatus.REJECTED}, "ended"),
        ({"kind": CaseKind.REPAIR, "status": CaseStatus.FINISHED}, "ended"),
    ],
)
def test_what_has_come_too_far_is_refused_with_its_reason(
    shop: Shop, talk: Talk, fields: dict[str, Any], why: str
) -> None:
    shop.change(DELIVERED, cases=(a_case(**fields),))
    refused = talk.hear(say.CANCEL)
    assert refused.said == [f"withdrawal_late.{why}"]
    assert shop.accepted == []


def test_goods_on_their_way_back_are_a_persons(shop: Shop, talk: Talk) -> None:
    shop.change(DELIVERED, cases=(a_case(tracking_no="SF1234567890999", carrier="顺丰"),))
    assert talk.hear(say.CANCEL).said == ["withdrawal_late.sent", "handoff.policy"]
    assert shop.accepted == []


def test_a_case_that_moved_on_before_the_yes_is_not_taken_back(opened: Shop, talk: Talk) -> None:
    talk.hear(say.CANCEL)
    opened.change(DELIVERED, cases=(a_case(stage="inspecting"),))
    assert talk.hear(say.YES).said == ["quote_changed", "withdrawal_late.received"]
    assert opened.accepted == []


@pytest.mark.parametrize("kind", list(CaseKind))
def test_every_kind_that_leaves_a_case_is_judged(kind: CaseKind) -> None:
    is_case = kind in rules.FREE_AT or kind is CaseKind.CANCEL_ORDER
    fresh = rules.standing(a_case(kind=kind, stage=None)) if is_case else None
    expected = Standing.ORDER_CANCELLED if kind is CaseKind.CANCEL_ORDER else Standing.FREE
    assert fresh == (expected if is_case else None)
