"""On the phone an order is named by its number: taken where it fits, read back where it is near, asked for again."""

import pytest

from appliance.dialogue import effects as fx
from appliance.dialogue.incoming import SpokenNumber
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, FOREIGN, PAID, Shop, Talk, Turn

NONE = SpokenNumber(digits="9999")
NEAR = SpokenNumber(digits="3457", order_id=DELIVERED)
SURE = SpokenNumber(digits="3456", order_id=DELIVERED, is_sure=True)


@pytest.fixture
def call(shop: Shop) -> Talk:
    talk = Talk(shop, is_call=True)
    talk.hear(say.start("return_refund"))
    assert talk.awaiting == "order"
    return talk


def slot(talk: Talk, name: str = "order") -> object:
    assert talk.state.top is not None
    return talk.state.top.slots.get(name)


def other_number(talk: Talk, number: SpokenNumber) -> Turn:
    return talk.hear(say.NOTHING, number=number)


def test_a_sure_number_is_taken_and_said_by_its_end(call: Talk) -> None:
    turn = call.hear(say.order(DELIVERED), number=SURE)
    assert turn.said[0] == "order_taken"
    assert "尾号3456" in turn.text
    assert (slot(call), call.awaiting) == (DELIVERED, "reason")


def test_a_question_about_an_order_names_it_in_the_answer(shop: Shop) -> None:
    call = Talk(shop, is_call=True)
    turn = call.hear(say.start("order_status"), say.order(DELIVERED), number=SURE)
    assert turn.said == ["status.delivered"]


def test_a_near_number_is_read_back_and_waits_for_a_yes(call: Talk) -> None:
    turn = other_number(call, NEAR)
    assert (turn.said, call.awaiting, slot(call)) == (["order_heard"], "order", None)
    assert "尾号3456" in turn.text
    call.hear(say.YES)
    assert (slot(call), call.awaiting) == (DELIVERED, "reason")


def test_a_number_that_was_read_back_wrongly_is_asked_for_again(call: Talk) -> None:
    other_number(call, NEAR)
    assert call.hear(say.NO).said == ["order_unheard"]
    assert (slot(call), call.awaiting) == (None, "order")


def test_another_number_takes_the_place_of_the_one_read_back(call: Talk) -> None:
    other_number(call, NEAR)
    call.hear(say.NO, say.order(PAID), number=SpokenNumber(digits="0001", order_id=PAID, is_sure=True))
    assert slot(call) == PAID


def test_a_wrong_number_is_asked_for_again_then_by_keys_then_by_a_person(call: Talk) -> None:
    turns = [other_number(call, NONE) for _ in range(3)]
    assert [turn.said for turn in turns] == [["order_unheard"], ["order_by_keys"], ["handoff.three_misses"]]
    assert "按井号结束" in turns[1].text
    assert turns[2].handed_off == "three_misses"
    assert all(turn.of(fx.ReadOrder) == [] for turn in turns)


def test_a_wrong_number_with_the_request_is_not_replaced_by_the_only_order(shop: Shop) -> None:
    call = Talk(shop, is_call=True)
    call.hear(say.start("cancel_order"), number=NONE)
    assert (slot(call), call.awaiting) == (None, "order")


def test_a_near_number_with_the_request_is_read_back_first(shop: Shop) -> None:
    call = Talk(shop, is_call=True)
    turn = call.hear(say.start("return_refund"), say.because("size"), number=NEAR)
    assert turn.said == ["order_heard"]
    call.hear(say.YES)
    assert (slot(call), slot(call, "reason")) == (DELIVERED, "size")


@pytest.mark.control("K11")
def test_another_customers_number_is_a_failure_and_the_second_time_keys_are_offered(call: Talk) -> None:
    number = SpokenNumber(digits=FOREIGN)
    said = [call.hear(say.NOTHING, foreign_orders=(FOREIGN,), number=number).said for _ in range(3)]
    assert [each[0] for each in said] == ["order_not_found", "order_by_keys", "handoff.identity_failed"]
    assert call.state.identity.failures == 3


def test_a_correction_by_a_number_that_is_not_sure_is_asked_about(shop: Shop) -> None:
    call = Talk(shop, is_call=True)
    call.hear(say.start("return_refund"), say.order(PAID))
    turn = other_number(call, NEAR)
    assert (turn.said, slot(call)) == (["order_heard"], None)


def test_who_asks_where_nothing_is_recorded_is_told_so_and_asked_the_same_again(call: Talk) -> None:
    asked = call.turns[-1].said
    turn = call.hear(asks_about_recording=True)
    assert (turn.said, turn.of(fx.DeclineRecording), call.awaiting) == (["recording.off", *asked], [], "order")


def test_who_wants_no_recording_is_answered_and_asked_the_same_again(call: Talk) -> None:
    asked = call.turns[-1].said
    turn = call.hear(declines_recording=True)
    assert turn.of(fx.DeclineRecording) == [fx.DeclineRecording()]
    assert (turn.said, call.awaiting) == (["recording_declined", *asked], "order")
