"""A yes belongs to a quote: it counts alone, for the very quote that was shown, for a limited time, once."""

from datetime import timedelta

import pytest

from appliance.aftersales.orders.model import OrderStatus
from appliance.dialogue import effects as fx
from appliance.dialogue.options import HASH_LENGTH
from appliance.dialogue.state import Table
from models.commands import Command
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, PICTURE, Shop, Talk


def table_of(talk: Talk) -> Table:
    assert talk.state.table is not None
    return talk.state.table


def hash_of(talk: Talk) -> str:
    return table_of(talk).quote.hash


def test_an_approval_is_quoted_and_waits_for_a_yes(talk: Talk) -> None:
    turn = talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("size"))
    assert turn.said == ["quote.return_refund", "confirm"]
    assert talk.awaiting == "confirm"
    assert turn.of(fx.Accept) == []
    assert turn.of(fx.LayQuote)[0].quote_hash == hash_of(talk)


@pytest.mark.control("P-14")
def test_the_quote_names_the_amount_and_who_pays_the_return(quoted: Talk) -> None:
    text = quoted.turns[-1].text
    assert "轻跑运动鞋" in text
    assert "387.53" in text  # 399.00 less its share of a coupon of 20.00
    assert "自己承担" in text


def test_a_plain_yes_accepts_what_was_quoted(quoted: Talk) -> None:
    quote = table_of(quoted).quote
    turn = quoted.hear(say.YES)
    assert [accept.quote for accept in turn.of(fx.Accept)] == [quote]
    assert quoted.awaiting == "receipt"
    assert turn.said == [], "nothing is claimed before there is a receipt"


def test_a_second_yes_accepts_nothing(quoted: Talk, shop: Shop) -> None:
    quoted.hear(say.YES)
    turn = quoted.hear(say.YES)
    assert turn.of(fx.Accept) == []
    assert len(shop.accepted) == 1
    assert quoted.awaiting == "receipt"
    assert quoted.state.misses == 0


def test_a_yes_with_a_question_is_answered_and_asked_again(quoted: Talk) -> None:
    turn = quoted.hear(say.YES, say.ask("运费谁出"))
    assert turn.said == ["quote_answer.return_freight", "confirm_again"]
    assert turn.of(fx.Accept) == []
    assert quoted.awaiting == "confirm"


def test_a_question_alone_is_answered_from_the_quote(quoted: Talk) -> None:
    turn = quoted.hear(say.ask("运费谁出"))
    assert "运费由您承担" in turn.text
    assert quoted.awaiting == "confirm"


def test_a_question_that_is_not_known_is_said_to_be_so_and_the_confirmation_asked_again(quoted: Talk) -> None:
    turn = quoted.hear(say.YES, say.ask("你们老板贵姓"))
    assert turn.said == ["knowledge_unknown", "confirm_again"]
    assert quoted.hear(say.YES).of(fx.Accept)


def test_a_yes_with_another_request_is_noted_and_asked_again(quoted: Talk, shop: Shop) -> None:
    turn = quoted.hear(say.YES, say.start("cancel_order"), say.order(PAID))
    assert turn.said == ["noted", "confirm_again"]
    assert turn.of(fx.Accept) == []
    quoted.hear(say.YES)
    after = quoted.receipt()
    assert after.said == ["receipt.return_refund", "next_request", "quote.cancel_order", "confirm"]
    assert quoted.state.table is not None
    assert quoted.state.table.quote.order_id == PAID


def test_a_yes_with_a_further_line_is_a_further_request_and_no_correction(quoted: Talk) -> None:
    turn = quoted.hear(say.YES, say.start("return_refund"), say.line("L2"))
    assert turn.said == ["noted", "confirm_again"]
    assert [part.line_id for part in table_of(quoted).quote.lines] == ["L1"]


def test_a_yes_with_a_changed_value_is_decided_anew(quoted: Talk) -> None:
    before = hash_of(quoted)
    turn = quoted.hear(say.YES, say.correct("line", "L2"), say.put("quantity", 1))
    assert turn.of(fx.Accept) == []
    assert turn.said == ["quote.return_refund", "confirm"]
    assert hash_of(quoted) != before


@pytest.mark.parametrize("beside", [say.CHITCHAT, say.RESUME, say.NOTHING, say.REPEAT])
def test_a_yes_with_anything_beside_it_is_asked_again(quoted: Talk, beside: Command) -> None:
    turn = quoted.hear(say.YES, beside)
    assert turn.of(fx.Accept) == []
    assert quoted.awaiting == "confirm"


def test_a_yes_with_a_picture_is_asked_again(quoted: Talk) -> None:
    turn = quoted.hear(say.YES, images=(PICTURE,))
    assert turn.of(fx.Accept) == []
    assert quoted.hear(say.YES).of(fx.Accept)


def test_a_picture_that_nobody_needed_does_not_stand_in_the_way_of_a_yes(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("size"), images=(PICTURE,))
    assert talk.hear(say.YES).of(fx.Accept)


@pytest.mark.control("K11")
def test_a_yes_without_a_quote_accepts_nothing(talk: Talk) -> None:
    turn = talk.hear(say.YES)
    assert turn.said == ["nothing_pending"]
    assert turn.of(fx.Accept) == []


def test_the_button_of_the_quote_confirms_it(quoted: Talk) -> None:
    pressed = hash_of(quoted)[:HASH_LENGTH]
    assert f"affirm:{pressed}" in quoted.turns[-1].payloads
    assert quoted.hear(say.YES, quote_hash=pressed).of(fx.Accept)


def test_the_button_of_an_older_quote_does_not_confirm_the_newer(quoted: Talk) -> None:
    old = hash_of(quoted)[:HASH_LENGTH]
    quoted.hear(say.correct("line", "L2"), say.put("quantity", 1))
    turn = quoted.hear(say.YES, quote_hash=old)
    assert turn.of(fx.Accept) == []
    assert turn.said == ["quote_expired", "quote.return_refund", "confirm"]


def test_a_yes_at_the_last_moment_counts(quoted: Talk) -> None:
    quoted.wait(timedelta(seconds=599))
    assert quoted.hear(say.YES).of(fx.Accept)


def test_a_quote_past_its_time_is_offered_anew(quoted: Talk) -> None:
    quoted.wait(timedelta(seconds=600))
    turn = quoted.hear(say.YES)
    assert turn.of(fx.Accept) == []
    assert turn.said == ["quote_expired", "quote.return_refund", "confirm"]
    assert table_of(quoted).expires_at == quoted.now + timedelta(seconds=600)
    assert quoted.hear(say.YES).of(fx.Accept)


def test_a_quote_past_its_time_is_decided_by_the_day_it_is_then(quoted: Talk) -> None:
    quoted.wait(timedelta(days=9))
    turn = quoted.hear(say.YES)
    assert turn.said[:2] == ["quote_expired", "refused.return_window"]
    assert turn.outcomes == [("refused", "R11")]


def test_a_changed_order_voids_the_quote(quoted: Talk, shop: Shop) -> None:
    shop.change(DELIVERED, coupon_fen=4000)
    turn = quoted.hear(say.YES)
    assert turn.said == ["quote_changed", "quote.return_refund", "confirm"]
    assert shop.accepted == []
    assert quoted.hear(say.YES).of(fx.Accept)


def test_an_order_that_is_closed_meanwhile_is_refused_and_not_accepted(quoted: Talk, shop: Shop) -> None:
    shop.change(DELIVERED, status=OrderStatus.CANCELLED)
    turn = quoted.hear(say.YES)
    assert turn.said[:2] == ["quote_changed", "refused.already_cancelled"]
    assert shop.accepted == []


def test_units_taken_elsewhere_meanwhile_void_the_quote(quoted: Talk, shop: Shop) -> None:
    other = Talk(shop)
    other.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("changed_mind"))
    other.hear(say.YES)
    turn = quoted.hear(say.YES)
    assert turn.said == ["quote_changed", "refused.already_in_case"]
    assert len(shop.accepted) == 1


def test_a_no_declines_and_nothing_was_done(quoted: Talk, shop: Shop) -> None:
    turn = quoted.hear(say.NO)
    assert turn.said == ["declined"]
    assert turn.outcomes == [("cancelled", "R10")]
    assert quoted.state.table is None
    assert shop.accepted == []
    assert quoted.hear(say.YES).said == ["nothing_pending"]


def test_a_no_with_a_changed_value_is_a_correction(quoted: Talk) -> None:
    turn = quoted.hear(say.NO, say.correct("line", "L2"), say.put("quantity", 1))
    assert turn.said == ["quote.return_refund", "confirm"]
    assert quoted.awaiting == "confirm"


def test_the_receipt_is_said_from_the_receipt(quoted: Talk) -> None:
    quoted.hear(say.YES)
    turn = quoted.receipt()
    assert turn.said == ["receipt.return_refund"]
    assert "F00001" in turn.text
    assert turn.outcomes == [("case_created", "R10")]
    assert quoted.awaiting is None
