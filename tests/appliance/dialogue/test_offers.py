"""What is offered after a refusal: spoken once as a choice, taken with what is known, or left."""

from datetime import timedelta

from appliance.dialogue import effects as fx
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, PICTURE, SHIPPED, Shop, Talk


def refused_before_receipt(talk: Talk) -> None:
    """R1: not delivered; cancelling is offered."""
    talk.hear(say.start("return_refund"), say.order(PAID), say.because("changed_mind"))
    assert talk.awaiting == "offer"


def refused_quantity(talk: Talk, shop: Shop) -> None:
    """G3: two of three shirts stand in a case."""
    other = Talk(shop)
    other.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L2"), say.put("quantity", 2))
    other.hear(say.because("size"))
    other.hear(say.YES)
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L2"), say.put("quantity", 3))
    talk.hear(say.because("size"))
    assert talk.awaiting == "offer"


def test_an_offer_is_spoken_with_its_refusal_and_as_buttons(talk: Talk) -> None:
    refused_before_receipt(talk)
    turn = talk.turns[-1]
    assert turn.said == ["refused.not_delivered", "offer.cancel_order"]
    assert turn.payloads == ["flow:cancel_order", "deny"]
    assert turn.outcomes == [], "the refusal stands only once the offer is left"


def test_a_flow_that_is_taken_starts_with_what_is_known(talk: Talk) -> None:
    refused_before_receipt(talk)
    turn = talk.hear(say.start("cancel_order"))
    assert turn.said == ["quote.cancel_order", "confirm"]
    assert turn.of(fx.Decide)[0].asked.order_id == PAID


def test_a_yes_to_the_only_offer_takes_it(talk: Talk) -> None:
    talk.hear(say.start("refund_only"), say.order(DELIVERED), say.because("size"), say.line("L1"))
    assert talk.turns[-1].said == ["refused.must_return", "offer.return_refund"]
    assert talk.hear(say.YES).said == ["quote.return_refund", "confirm"]


def test_a_declined_offer_leaves_the_refusal(talk: Talk) -> None:
    refused_before_receipt(talk)
    turn = talk.hear(say.NO)
    assert turn.said == ["offer_declined"]
    assert turn.outcomes == [("refused", "R1")]
    assert talk.awaiting is None


def test_small_talk_leaves_the_offer(talk: Talk) -> None:
    refused_before_receipt(talk)
    assert talk.hear(say.NOTHING).outcomes == [("refused", "R1")]


def test_a_question_is_answered_and_the_offer_made_again(talk: Talk) -> None:
    refused_before_receipt(talk)
    turn = talk.hear(say.ask("退款多久到账"))
    assert turn.said == ["knowledge.refund_arrival", "offer.cancel_order"]
    assert talk.awaiting == "offer"


def test_another_wish_at_an_offer_goes_its_own_way(talk: Talk) -> None:
    refused_before_receipt(talk)
    turn = talk.hear(say.start("refund_only"))
    assert turn.said[0].startswith("quote.")
    assert turn.of(fx.Decide)[0].asked.flow == "refund_only"


def test_what_is_left_is_offered_as_a_number(talk: Talk, shop: Shop) -> None:
    refused_quantity(talk, shop)
    turn = talk.turns[-1]
    assert turn.said == ["refused.quantity", "offer.quantity"]
    assert turn.payloads == ["slot:quantity=1", "deny"]


def test_a_yes_takes_what_is_left(talk: Talk, shop: Shop) -> None:
    refused_quantity(talk, shop)
    talk.hear(say.YES)
    assert talk.state.table is not None
    assert talk.state.table.quote.lines[0].quantity == 1


def test_saying_the_number_takes_it(talk: Talk, shop: Shop) -> None:
    refused_quantity(talk, shop)
    talk.hear(say.put("quantity", 1))
    assert talk.awaiting == "confirm"


def test_g3_offers_what_is_left_only_once(talk: Talk, shop: Shop) -> None:
    refused_quantity(talk, shop)
    turn = talk.hear(say.put("quantity", 2))
    assert turn.said == ["refused.quantity"]
    assert turn.outcomes == [("refused", "G3")]
    assert talk.awaiting is None


def test_a_refusal_of_what_was_taken_is_spoken(talk: Talk, shop: Shop) -> None:
    refused_before_receipt(talk)
    shop.change(PAID, status=shop.orders[SHIPPED].status, shipped_at=talk.now)
    turn = talk.hear(say.start("cancel_order"))
    assert turn.said == ["refused.already_shipped"]
    assert turn.outcomes == [("refused", "C3")]


def test_a_correction_at_an_offer_is_decided_and_spoken_anew(talk: Talk) -> None:
    refused_before_receipt(talk)
    turn = talk.hear(say.correct("order", SHIPPED))
    assert turn.said[0] == "refused.not_delivered"
    assert "运输途中" in turn.text


def test_what_waits_for_the_parcel_is_told_and_is_no_choice(talk: Talk) -> None:
    turn = talk.hear(say.start("cancel_order"), say.order(SHIPPED))
    assert turn.said == ["refused.already_shipped"]
    assert "收到以后可以申请退货" in turn.text
    assert talk.awaiting is None


def test_repair_is_offered_for_electronics_after_thirty_days(talk: Talk, shop: Shop) -> None:
    long_ago = talk.now - timedelta(days=60)
    shop.change(SHIPPED, status=shop.orders[DELIVERED].status, delivered_at=long_ago, shipped_at=long_ago)
    talk.hear(say.start("return_refund"), say.order(SHIPPED), say.because("quality"), images=(PICTURE,))
    assert talk.turns[-1].said == ["refused.return_window", "offer.repair"]
    assert talk.hear(say.YES).said == ["quote.repair", "confirm"]


def test_options_are_forgotten_once_nothing_is_on_offer(talk: Talk) -> None:
    refused_before_receipt(talk)
    talk.hear(say.start("cancel_order"))
    assert (talk.state.options, talk.state.offered_quantity) == ((), None)
