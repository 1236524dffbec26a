"""The difference to today's price: what is quoted, for how many units, and what is refused (P1-P3, G2, G6)."""

import msgspec
import pytest

from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, OrderCase, OrderStatus, Spec
from appliance.dialogue import effects as fx
from appliance.ids import LineId
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, Shop, Talk, at, line

START = (say.start("price_protection"), say.order(DELIVERED))


def cheaper(shop: Shop, shoes_fen: int = 35900, shirts_fen: int = 9900) -> None:
    shop.specs = [
        Spec(sku="SKU-轻跑运动鞋", product="鞋", spec="42码", price_fen=shoes_fen),
        Spec(sku="SKU-运动短袖", product="短袖", spec="L", price_fen=shirts_fen),
    ]


def case(kind: CaseKind, line_id: str, quantity: int, refund_fen: int = 0) -> OrderCase:
    lines = (CaseLine(line_id=LineId(line_id), quantity=quantity),)
    return OrderCase(case_id="F9", kind=kind, status=CaseStatus.FINISHED, lines=lines, refund_fen=refund_fen)


def test_the_difference_is_quoted_and_paid(talk: Talk, shop: Shop) -> None:
    cheaper(shop)
    turn = talk.hear(*START, say.line("L1"), say.because("price_drop"))
    assert turn.said == ["quote.price_protection", "confirm"]
    assert "「轻跑运动鞋」1件，每件差40元，合计退40元" in turn.text
    talk.hear(say.YES)
    done = talk.receipt()
    assert (done.said, done.outcomes) == (["receipt.price_protection"], [("case_created", "P2")])


def test_of_several_lines_each_is_decided(talk: Talk, shop: Shop) -> None:
    cheaper(shop)
    turn = talk.hear(*START, say.line("L1"), say.line("L2"))
    assert turn.said == ["partly_refused", "quote.price_protection", "confirm"]
    assert "「运动短袖」（现价没有更低）" in turn.text


def test_two_lines_are_quoted_together(talk: Talk, shop: Shop) -> None:
    cheaper(shop, shirts_fen=9000)
    talk.hear(*START, say.line("L1"), say.line("L2"))
    assert talk.state.table is not None
    assert talk.state.table.quote.total_fen == 4000 + 3 * 900


def test_units_that_were_refunded_bring_nothing(talk: Talk, shop: Shop) -> None:
    cheaper(shop, shirts_fen=9000)
    shop.change(DELIVERED, cases=(case(CaseKind.RETURN_REFUND, "L2", 1, 9900),))
    talk.hear(*START, say.line("L2"))
    assert talk.state.table is not None
    assert [(part.quantity, part.refund_fen) for part in talk.state.table.quote.lines] == [(2, 1800)]


def test_units_that_are_repaired_keep_their_protection(talk: Talk, shop: Shop) -> None:
    cheaper(shop)
    repair = msgspec.structs.replace(case(CaseKind.EXCHANGE, "L1", 1), status=CaseStatus.OPEN)
    shop.change(DELIVERED, cases=(repair,))
    assert talk.hear(*START, say.line("L1")).said[-1] in ("confirm", "refused.already_in_case")


def test_a_price_is_protected_once(talk: Talk, shop: Shop) -> None:
    cheaper(shop)
    shop.change(DELIVERED, cases=(case(CaseKind.PRICE_PROTECTION, "L1", 1, 4000),))
    turn = talk.hear(*START, say.line("L1"))
    assert (turn.said, turn.outcomes) == (["refused.already_in_case"], [("refused", "G2")])


@pytest.mark.parametrize(
    ("change", "price_fen", "reply", "rule"),
    [
        ({"lines": (line("L1", "轻跑运动鞋", 39900, tags=("clearance",)),)}, 35900, "refused.not_protected", "P1"),
        ({"paid_at": at(1)}, 35900, "refused.protection_window", "P3"),
        ({}, 39900, "refused.no_lower_price", "P3"),
        ({"status": OrderStatus.CANCELLED}, 35900, "refused.no_lower_price", "P3"),
        ({"status": OrderStatus.UNPAID, "paid_at": None}, 35900, "refused.no_lower_price", "P3"),
    ],
)
def test_what_is_refused_says_why(
    talk: Talk, shop: Shop, change: dict[str, object], price_fen: int, reply: str, rule: str
) -> None:
    cheaper(shop, price_fen)
    shop.change(DELIVERED, **change)
    turn = talk.hear(*START, say.line("L1"))
    assert (turn.said, turn.outcomes) == ([reply], [("refused", rule)])


def test_many_refunds_hand_over(talk: Talk, shop: Shop) -> None:
    cheaper(shop)
    shop.customer = msgspec.structs.replace(shop.customer, refunds_90d=5)
    turn = talk.hear(*START, say.line("L1"))
    assert (turn.handed_off, turn.outcomes) == ("policy", [("handed_off", "G6")])
    assert turn.of(fx.LayQuote) == []


def test_of_several_lines_it_asks_which(talk: Talk, shop: Shop) -> None:
    cheaper(shop)
    assert talk.hear(*START).said == ["ask.line"]


def test_only_orders_that_were_paid_are_offered(talk: Talk, shop: Shop) -> None:
    shop.change(PAID, status=OrderStatus.UNPAID, paid_at=None)
    turn = talk.hear(say.start("price_protection"))
    assert turn.said == ["ask.order"]
    assert f"slot:order={PAID}" not in turn.payloads
