"""The spec of an exchange or a change of spec: understood, asked for with what there is, corrected, handed over."""

import pytest

from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, Change, Line, OrderCase, OrderStatus, Spec
from appliance.dialogue import effects as fx
from appliance.ids import LineId
from models.commands import Reason
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, PICTURE, Shop, Talk, at

SHOE, CUP = "SKU-轻跑运动鞋", "SKU-保温杯"


def spec(sku: str, product: str, name: str, stock: int | None = 5, price_fen: int = 39900) -> Spec:
    return Spec(sku=sku, product=product, spec=name, price_fen=price_fen, stock=stock)


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.specs = [
        spec(SHOE, "shoe", "黑 42码"),
        spec("S43", "shoe", "黑 43码"),
        spec("S44", "shoe", "黑 44码", stock=0),
        spec("SW43", "shoe", "白 43码"),
        spec("SG42", "shoe", "金 42码", price_fen=49900),
        spec(CUP, "cup", "米白", price_fen=8900),
        spec("CB", "cup", "墨黑", price_fen=8900),
        spec("CR", "cup", "酒红", price_fen=8900, stock=0),
        spec("CX", "cup", "镀金", price_fen=9900),
    ]
    return shop


def exchange(talk: Talk, reason: Reason | str = "size", *more: str) -> None:
    specs = [say.put("spec", words) for words in more]
    talk.hear(say.start("exchange"), say.order(DELIVERED), say.line("L1"), say.because(reason), *specs)


def change(talk: Talk, *more: str) -> None:
    talk.hear(say.start("change_spec"), say.order(PAID), *(say.put("spec", words) for words in more))


def test_a_spec_in_the_customers_words_is_quoted_by_its_name(talk: Talk) -> None:
    exchange(talk, "size", "大一码")
    assert talk.turns[-1].said == ["quote.exchange", "confirm"]
    assert "换成「黑 43码」" in talk.turns[-1].text
    assert "自己承担" in talk.turns[-1].text
    assert talk.state.table is not None
    assert talk.state.table.quote.target_sku == "S43"


def test_a_spec_that_was_not_said_is_asked_for_with_what_there_is(talk: Talk) -> None:
    exchange(talk)
    turn = talk.turns[-1]
    assert (turn.said, talk.awaiting) == (["ask.spec"], "spec")
    assert turn.payloads == ["slot:spec=S43", "slot:spec=S44", "slot:spec=SW43", "slot:spec=SG42"]
    assert "黑 44码（暂时缺货）" in turn.text
    assert [card.lines for words in turn.words for card in words.cards][1] == ("暂时缺货",)


def test_a_pressed_spec_is_its_sku(talk: Talk) -> None:
    exchange(talk)
    talk.hear(say.put("spec", "SW43"))
    assert talk.state.table is not None
    assert talk.state.table.quote.details["spec"] == "白 43码"


def test_a_fault_asks_for_a_picture_once_the_spec_is_known(talk: Talk) -> None:
    exchange(talk, "quality", "同款")
    assert talk.turns[-1].said == ["ask.evidence"]
    turn = talk.hear(images=(PICTURE,))
    assert turn.said == ["quote.exchange", "confirm"]
    assert "我们承担" in turn.text


def test_where_goods_are_at_fault_the_same_again_is_asked_about(talk: Talk) -> None:
    exchange(talk, "damaged")
    assert talk.turns[-1].said == ["ask_same_spec"]
    assert talk.hear(say.YES).said == ["ask.evidence"]
    talk.hear(images=(PICTURE,))
    assert talk.state.table is not None
    assert talk.state.table.quote.target_sku == SHOE


def test_a_no_to_the_same_again_asks_for_another(talk: Talk) -> None:
    exchange(talk, "damaged")
    assert talk.hear(say.NO).said == ["ask_again.spec"]
    assert talk.hear(say.put("spec", "43")).said == ["ask.evidence"]


def test_the_same_again_is_not_asked_about_where_there_is_nothing_else(talk: Talk, shop: Shop) -> None:
    shop.specs = shop.specs[:1]
    exchange(talk, "quality")
    assert talk.turns[-1].said == ["ask.evidence"]


def test_a_yes_to_the_question_for_a_spec_names_none(talk: Talk) -> None:
    exchange(talk)
    assert talk.hear(say.YES).said == ["not_understood_here", "ask_again.spec"]


def test_a_spec_that_does_not_exist_is_asked_for_again_and_the_third_time_a_person_takes_over(talk: Talk) -> None:
    exchange(talk, "size", "紫色")
    assert talk.turns[-1].said == ["spec_unknown"]
    assert "黑 43码" in talk.turns[-1].text
    assert talk.hear(say.put("spec", "45码")).said == ["spec_unknown"]
    assert talk.hear(say.put("spec", "绿色")).handed_off == "three_misses"


def test_words_that_fit_several_are_asked_about(talk: Talk) -> None:
    exchange(talk, "size", "43")
    talk.hear(say.correct("spec", "白色"))
    assert talk.turns[-1].said[0].startswith("quote.")
    other = Talk(talk.shop)
    talk.shop.specs.append(spec("SW45", "shoe", "白 45码"))
    exchange(other, "size", "白色")
    assert other.turns[-1].said == ["spec_unclear"]
    assert other.turns[-1].payloads == ["slot:spec=SW43", "slot:spec=SW45"]


def test_a_correction_at_the_confirmation_makes_a_new_quote(talk: Talk) -> None:
    exchange(talk, "size", "43")
    before = talk.turns[-1].of(fx.LayQuote)[0].quote_hash
    turn = talk.hear(say.correct("spec", "白色43"))
    assert turn.said == ["quote.exchange", "confirm"]
    assert turn.of(fx.LayQuote)[0].quote_hash != before
    assert "白 43码" in turn.text
    talk.hear(say.YES)
    assert [accept.quote.target_sku for accept in talk.shop.accepted] == ["SW43"]


def test_another_line_forgets_the_spec(talk: Talk) -> None:
    exchange(talk, "size", "43")
    talk.hear(say.correct("line", "L2"))
    assert talk.hear(say.put("quantity", 1)).said[-1] in ("ask.spec", "ask_again.spec")


def test_stock_that_is_gone_at_the_yes_voids_the_quote(talk: Talk, shop: Shop) -> None:
    exchange(talk, "size", "43")
    shop.specs[1] = spec("S43", "shoe", "黑 43码", stock=0)
    turn = talk.hear(say.YES)
    assert turn.said == ["quote_changed", "refused.out_of_stock", "offer.return_refund"]
    assert shop.accepted == []


def test_unknown_stock_counts_as_in_stock(talk: Talk, shop: Shop) -> None:
    shop.specs[1] = spec("S43", "shoe", "黑 43码", stock=None)
    exchange(talk, "size", "43")
    assert talk.awaiting == "confirm"


def test_lines_of_several_products_are_worked_on_one_after_another(talk: Talk, shop: Shop) -> None:
    shop.specs += [spec("SKU-运动短袖", "shirt", "白 L", price_fen=9900), spec("TXL", "shirt", "白 XL", price_fen=9900)]
    talk.hear(say.start("exchange"), say.order(DELIVERED), say.line("L1"), say.line("L2"), say.because("size"))
    assert talk.turns[-1].said == ["one_by_one", "ask.spec"]
    talk.hear(say.put("spec", "43"))
    talk.hear(say.YES)
    after = talk.receipt()
    assert after.said[:2] == ["receipt.exchange", "next_request"]
    assert talk.awaiting in ("quantity", "spec")
    talk.hear(say.put("quantity", 1))
    talk.hear(say.put("spec", "XL"))
    assert talk.state.table is not None
    assert [part.line_id for part in talk.state.table.quote.lines] == ["L2"]


def test_lines_of_one_product_go_to_one_spec(talk: Talk, shop: Shop) -> None:
    [shoes, shirts] = shop.orders[DELIVERED].lines
    second = Line(line_id=LineId("L3"), sku="S43", title="鞋", category="shoes", quantity=1, unit_price_fen=39900)
    shop.change(DELIVERED, lines=(shoes, shirts, second))
    commands = [say.line("L1"), say.line("L3"), say.because("size"), say.put("spec", "白 43码")]
    talk.hear(say.start("exchange"), say.order(DELIVERED), *commands)
    assert talk.state.table is not None
    assert [part.line_id for part in talk.state.table.quote.lines] == ["L1", "L3"]


def test_a_product_that_nothing_is_known_of_is_a_persons_unless_the_same_is_wanted(talk: Talk, shop: Shop) -> None:
    shop.specs = [spec("X", "other", "红")]
    exchange(talk, "size", "43")
    assert talk.turns[-1].handed_off == "policy"
    again = Talk(shop)
    exchange(again, "quality", "同款")
    assert again.turns[-1].said == ["ask.evidence"]


# Before it is sent.


def test_a_change_of_spec_is_quoted_and_done_once(talk: Talk, shop: Shop) -> None:
    change(talk, "黑色")
    turn = talk.turns[-1]
    assert turn.said == ["quote.change_spec", "confirm"]
    assert "墨黑" in turn.text
    talk.hear(say.YES)
    assert talk.hear(say.YES).of(fx.Accept) == []
    assert talk.receipt().outcomes == [("case_created", "A1")]
    assert [accept.quote.target_sku for accept in shop.accepted] == ["CB"]


@pytest.mark.parametrize(("words", "refusal"), [("酒红", "out_of_stock"), ("镀金", "price_differs")])
def test_a2_refuses(talk: Talk, words: str, refusal: str) -> None:
    change(talk, words)
    assert talk.turns[-1].said == [f"refused.{refusal}"]
    assert talk.turns[-1].outcomes == [("refused", "A2")]


def test_a_second_change_is_refused_before_anything_is_asked(talk: Talk, shop: Shop) -> None:
    shop.change(PAID, changes=(Change(kind=CaseKind.CHANGE_SPEC, at=at(20)),))
    change(talk)
    assert talk.turns[-1].said == ["refused.changed_once"]


def test_what_was_sent_is_refused_before_anything_is_asked(talk: Talk, shop: Shop) -> None:
    shop.change(PAID, status=OrderStatus.SHIPPED, shipped_at=at(20))
    change(talk)
    assert talk.turns[-1].said == ["refused.already_shipped"]
    assert "修改规格" in talk.turns[-1].text


@pytest.mark.parametrize("exchanged", [0, 1])
def test_what_has_arrived_is_refused_as_sent_before_anything_is_asked(talk: Talk, shop: Shop, exchanged: int) -> None:
    """Whichever line it was meant for, and however many of its units stand in a case."""
    shirts = CaseLine(line_id=LineId("L2"), quantity=1)
    case = OrderCase(case_id="CS1", kind=CaseKind.EXCHANGE, status=CaseStatus.FINISHED, lines=(shirts,))
    shop.change(DELIVERED, cases=(case,) * exchanged)
    talk.hear(say.start("change_spec"), say.order(DELIVERED))
    assert talk.turns[-1].said == ["refused.already_shipped"]


def test_the_spec_that_it_has_is_no_change(talk: Talk) -> None:
    change(talk, "米白")
    assert talk.turns[-1].said == ["spec_as_now"]
    assert talk.hear(say.put("spec", "墨黑")).said == ["quote.change_spec", "confirm"]
