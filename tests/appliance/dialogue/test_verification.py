"""Gate G1: nothing about an order is said or done before the customer is known, and only about his own."""

import pytest

from appliance.dialogue import effects as fx
from models.commands import Command
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import CUSTOMER, DELIVERED, FOREIGN, NOBODYS, PAID, PHONE_TAIL, Shop, Talk


def claim(talk: Talk, order_id: str, *commands: Command) -> None:
    """A number that nobody knows yet is heard as somebody's order."""
    talk.hear(say.order(order_id), *commands, foreign_orders=(order_id,), numbers=(order_id,))


def tail(talk: Talk, digits: str = PHONE_TAIL) -> None:
    talk.hear(say.NOTHING, numbers=(digits,))


def asked_for_proof(talk: Talk) -> Talk:
    turn = talk.hear(say.start("return_refund"))
    assert (turn.said, talk.awaiting) == (["verify.ask"], "verify")
    return talk


@pytest.mark.control("P-15", "K11")
def test_a_stranger_is_asked_for_proof_and_nothing_is_read(stranger: Talk) -> None:
    turn = stranger.hear(say.start("order_status"))
    assert turn.said == ["verify.ask"]
    assert turn.of(fx.ReadOrders) + turn.of(fx.ReadOrder) == []


def test_order_and_tail_together_are_proof(stranger: Talk) -> None:
    asked_for_proof(stranger)
    turn = stranger.hear(say.order(DELIVERED), foreign_orders=(DELIVERED,), numbers=(DELIVERED, PHONE_TAIL))
    assert turn.said == ["verify.done", "ask.reason"]
    assert stranger.state.identity.customer_id == CUSTOMER


def test_the_order_that_proved_it_is_the_one_that_is_meant(stranger: Talk) -> None:
    asked_for_proof(stranger)
    claim(stranger, DELIVERED)
    tail(stranger)
    assert stranger.state.top is not None
    assert stranger.state.top.slots["order"] == DELIVERED


def test_the_tail_may_follow_the_order(stranger: Talk) -> None:
    asked_for_proof(stranger)
    claim(stranger, DELIVERED)
    assert stranger.turns[-1].said == ["verify.tail"]
    tail(stranger)
    assert stranger.turns[-1].said[0] == "verify.done"


def test_the_order_may_follow_the_tail(stranger: Talk) -> None:
    """A tail alone is an offer that proves nothing, and is remembered."""
    asked_for_proof(stranger)
    tail(stranger)
    assert stranger.turns[-1].said == ["verify.failed"]
    claim(stranger, DELIVERED)
    assert stranger.turns[-1].said[0] == "verify.done"


def test_a_tail_that_failed_is_not_tried_again(stranger: Talk) -> None:
    asked_for_proof(stranger)
    claim(stranger, DELIVERED)
    tail(stranger, "1111")
    claim(stranger, DELIVERED)
    assert (stranger.turns[-1].said, stranger.state.identity.failures) == (["verify.tail"], 1)


def test_an_order_named_with_the_first_words_is_remembered(stranger: Talk) -> None:
    stranger.hear(say.start("return_refund"), say.order(DELIVERED), foreign_orders=(DELIVERED,), numbers=(DELIVERED,))
    assert stranger.awaiting == "verify"
    tail(stranger)
    assert stranger.state.identity.customer_id == CUSTOMER


def test_a_whole_phone_number_is_proof_as_its_placeholder(stranger: Talk) -> None:
    asked_for_proof(stranger)
    turn = stranger.hear(say.order(DELIVERED), say.put("phone", "⟨手机1⟩"), foreign_orders=(DELIVERED,))
    assert turn.of(fx.VerifyProof) == [fx.VerifyProof(order_id=DELIVERED, phone_tail="⟨手机1⟩")]


def test_words_without_numbers_are_no_failure(stranger: Talk) -> None:
    asked_for_proof(stranger)
    stranger.hear(say.CHITCHAT)
    assert stranger.state.identity.failures == 0
    assert stranger.awaiting == "verify"


@pytest.mark.control("K11")
def test_three_failures_hand_over(stranger: Talk) -> None:
    asked_for_proof(stranger)
    claim(stranger, DELIVERED)
    tail(stranger, "1111")
    assert stranger.turns[-1].said == ["verify.failed"]
    tail(stranger, "2222")
    tail(stranger, "3333")
    last = stranger.turns[-1]
    assert (last.said, last.handed_off) == (["handoff.identity_failed"], "identity_failed")
    assert last.outcomes == [("handed_off", "G1")]
    assert [decision.rule for decision in last.of(fx.RecordDecision)] == ["G1"]
    assert stranger.state.identity.customer_id is None


@pytest.mark.control("P-15", "K11")
def test_the_words_never_tell_whether_an_order_exists(shop: Shop) -> None:
    """His own with a wrong tail, somebody else's, and one that nobody has: word by word the same."""
    heard = []
    for order_id in (DELIVERED, FOREIGN, NOBODYS):
        talk = asked_for_proof(Talk(shop, customer_id=None))
        for digits in ("1111", "2222", "3333"):
            talk.hear(say.order(order_id), foreign_orders=(order_id,), numbers=(order_id, digits))
        heard.append(([turn.text for turn in talk.turns], talk.turns[-1].handed_off))
    assert heard[0] == heard[1] == heard[2]
    assert heard[0][1] == "identity_failed"


@pytest.mark.control("K11")
def test_somebody_elses_order_is_not_proved_by_ones_own_tail(stranger: Talk) -> None:
    asked_for_proof(stranger)
    claim(stranger, FOREIGN)
    tail(stranger)
    assert stranger.turns[-1].said == ["verify.failed"]


def test_a_verified_customer_who_names_anothers_order_is_told_it_is_not_there(talk: Talk) -> None:
    turn = talk.hear(say.start("order_status"), say.order(FOREIGN), foreign_orders=(FOREIGN,), numbers=(FOREIGN,))
    assert turn.said == ["order_not_found", "ask.order"]
    assert FOREIGN not in [effect.order_id for effect in turn.of(fx.ReadOrder)]
    assert talk.state.identity.failures == 1


def test_three_foreign_orders_hand_over_with_the_same_words(shop: Shop) -> None:
    heard = []
    for order_id in (FOREIGN, NOBODYS):
        talk = Talk(shop)
        for _ in range(3):
            talk.hear(say.start("order_status"), say.order(order_id), foreign_orders=(order_id,), numbers=(order_id,))
        heard.append([turn.text for turn in talk.turns])
        assert talk.turns[-1].handed_off == "identity_failed"
        assert talk.turns[-1].outcomes == [("handed_off", "G1")]
    assert heard[0] == heard[1]


def test_a_foreign_number_leaves_the_order_that_is_worked_on(quoted: Talk) -> None:
    turn = quoted.hear(say.correct("order", FOREIGN), foreign_orders=(FOREIGN,), numbers=(FOREIGN,))
    assert turn.said == ["order_not_found", "confirm_again"]
    assert quoted.hear(say.YES).of(fx.Accept)[0].quote.order_id == DELIVERED


def test_after_a_foreign_number_nothing_is_guessed(talk: Talk, shop: Shop) -> None:
    shop.keep_only(PAID)
    turn = talk.hear(say.start("cancel_order"), foreign_orders=(FOREIGN,), numbers=(FOREIGN,))
    assert turn.said == ["order_not_found", "ask.order"]


def test_an_order_that_a_model_made_up_is_read_and_not_found(talk: Talk) -> None:
    turn = talk.hear(say.start("order_status"), say.order(FOREIGN))
    assert turn.said == ["order_not_found", "ask.order"]
    assert talk.awaiting == "order"


def test_proof_is_not_asked_for_twice(stranger: Talk) -> None:
    asked_for_proof(stranger)
    claim(stranger, DELIVERED)
    tail(stranger)
    stranger.hear(say.CANCEL)
    assert stranger.hear(say.start("cancel_order"), say.order(PAID)).said == ["quote.cancel_order", "confirm"]
