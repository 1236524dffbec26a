"""When a conversation goes astray: corrections, cancelling, digressions, clarification, misses, silence, repeating."""

from uuid import UUID

import pytest

from appliance.dialogue import effects as fx
from appliance.dialogue import incoming
from models.commands import Command, SetSlot
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, PICTURE, SHIPPED, Shop, Talk

# Corrections.


def test_a_corrected_reason_is_decided_anew(quoted: Talk) -> None:
    turn = quoted.hear(say.correct("reason", "quality"))
    assert turn.said == ["ask.evidence"]
    assert quoted.awaiting == "evidence"
    assert quoted.state.table is None


def test_a_corrected_line_forgets_quantity_and_pictures(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L2"), say.put("quantity", 2))
    talk.hear(say.because("quality"), images=(PICTURE,))
    assert talk.awaiting == "confirm"
    turn = talk.hear(say.correct("line", "L1"))
    assert turn.said == ["ask.evidence"]
    assert "quantity" not in (talk.state.top.slots if talk.state.top else {})


def test_a_corrected_order_forgets_its_line(quoted: Talk) -> None:
    quoted.hear(say.correct("order", PAID))
    top = quoted.state.top
    assert top is None or top.slots.get("line") in (None, ["L1"])
    assert quoted.turns[-1].said[0] == "refused.not_delivered"


def test_a_corrected_quantity_is_quoted_anew(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L2"), say.put("quantity", 3))
    talk.hear(say.because("size"))
    before = talk.turns[-1].text
    talk.hear(say.correct("quantity", 1))
    assert talk.awaiting == "confirm"
    assert talk.turns[-1].text != before
    assert talk.hear(say.YES).of(fx.Accept)[0].quote.lines[0].quantity == 1


def test_saying_the_same_line_again_forgets_nothing(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L2"), say.put("quantity", 2))
    talk.hear(say.line("L2"))
    assert talk.state.top is not None
    assert talk.state.top.slots["quantity"] == 2


def test_several_lines_in_one_message_are_all_meant(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.line("L2"), say.because("size"))
    quote = talk.state.table.quote if talk.state.table else None
    assert quote is not None
    assert [(part.line_id, part.quantity) for part in quote.lines] == [("L1", 1), ("L2", 3)]


def test_once_agreed_to_nothing_can_be_corrected(quoted: Talk, shop: Shop) -> None:
    quoted.hear(say.YES)
    quoted.hear(say.correct("line", "L2"))
    assert quoted.awaiting == "receipt"
    assert len(shop.accepted) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        say.put("quantity", 0),
        say.put("quantity", -3),
        say.put("quantity", "两"),
        say.put("reason", "because"),
        say.put("evidence", "我有照片"),
        say.put("line", ""),
    ],
)
def test_a_value_that_is_none_changes_nothing(quoted: Talk, nonsense: SetSlot) -> None:
    before = quoted.state.table
    turn = quoted.hear(nonsense)
    assert turn.said == ["not_understood_here", "confirm_again"]
    assert quoted.state.table == before


def test_a_line_of_another_order_is_not_asked_of_policy(talk: Talk) -> None:
    talk.hear(say.start("refund_only"), say.order(SHIPPED), say.line("L2"), say.because("changed_mind"))
    assert talk.turns[-1].of(fx.Decide)[0].asked.lines == ()


# Cancelling.


STEPS: dict[str, tuple[tuple[Command, ...], ...]] = {
    "order": ((say.start("return_refund"),),),
    "reason": ((say.start("return_refund"), say.order(DELIVERED)),),
    "line": ((say.start("return_refund"), say.order(DELIVERED), say.because("size")),),
    "quantity": ((say.start("return_refund"), say.order(DELIVERED), say.because("size"), say.line("L2")),),
    "evidence": ((say.start("return_refund"), say.order(DELIVERED), say.because("quality"), say.line("L1")),),
    "confirm": ((say.start("return_refund"), say.order(DELIVERED), say.because("size"), say.line("L1")),),
}


@pytest.mark.parametrize("awaited", STEPS)
def test_a_request_can_be_cancelled_while_anything_is_awaited(talk: Talk, shop: Shop, awaited: str) -> None:
    for commands in STEPS[awaited]:
        talk.hear(*commands)
    assert talk.awaiting == awaited
    turn = talk.hear(say.CANCEL)
    assert turn.said == ["cancelled"]
    assert [outcome for outcome, _ in turn.outcomes] == ["cancelled"]
    assert talk.awaiting is None
    assert (talk.state.stack, talk.state.table, shop.accepted) == ((), None, [])


def test_verification_can_be_cancelled(stranger: Talk) -> None:
    stranger.hear(say.start("return_refund"))
    assert stranger.awaiting == "verify"
    assert stranger.hear(say.CANCEL).said == ["cancelled"]


def test_at_an_offer_cancelling_leaves_the_refusal(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(PAID), say.because("changed_mind"))
    assert talk.awaiting == "offer"
    turn = talk.hear(say.CANCEL)
    assert turn.said == ["offer_declined"]
    assert turn.outcomes == [("refused", "R1")]


@pytest.mark.parametrize("late", [say.CANCEL, say.NO])
def test_what_was_agreed_to_cannot_be_cancelled_by_words(quoted: Talk, late: Command) -> None:
    quoted.hear(say.YES)
    turn = quoted.hear(late)
    assert turn.said == ["too_late_to_cancel"]
    assert quoted.awaiting == "receipt"
    assert quoted.receipt().outcomes == [("case_created", "R10")]


def test_cancelling_nothing_says_so(talk: Talk) -> None:
    assert talk.hear(say.CANCEL).said == ["nothing_to_cancel"]


def test_cancelling_a_digression_leaves_the_request_below(quoted: Talk) -> None:
    quoted.hear(say.start("order_status"))
    assert quoted.awaiting == "order"
    turn = quoted.hear(say.CANCEL)
    assert turn.said == ["cancelled", "back_to", "confirm_again"]
    assert quoted.hear(say.YES).of(fx.Accept)


# Digressions.


def test_a_short_digression_comes_back_by_itself(quoted: Talk) -> None:
    turn = quoted.hear(say.start("track_parcel"))
    assert turn.said == ["trace.moving", "back_to", "confirm_again"]
    assert quoted.awaiting == "confirm"
    assert quoted.hear(say.YES).of(fx.Accept)


def test_a_longer_digression_asks_whether_to_go_on(quoted: Talk) -> None:
    quoted.hear(say.start("order_status"))
    assert quoted.awaiting == "order"
    turn = quoted.hear(say.order(PAID))
    assert turn.said == ["status.paid", "resume"]
    assert quoted.awaiting == "resume"
    assert quoted.hear(say.YES).said == ["confirm_again"]


@pytest.mark.parametrize("answer", [say.NO, say.CANCEL])
def test_what_was_set_aside_can_be_given_up(quoted: Talk, answer: Command) -> None:
    quoted.hear(say.start("order_status"))
    quoted.hear(say.order(PAID))
    turn = quoted.hear(answer)
    assert turn.said == ["cancelled"]
    assert turn.outcomes == [("cancelled", "R10")]
    assert (quoted.state.stack, quoted.state.table) == ((), None)


def test_a_yes_to_going_on_is_no_yes_to_the_quote(quoted: Talk, shop: Shop) -> None:
    quoted.hear(say.start("order_status"))
    quoted.hear(say.order(PAID))
    quoted.hear(say.YES)
    assert quoted.awaiting == "confirm"
    assert shop.accepted == []


def test_a_digression_while_a_receipt_is_awaited_comes_back_to_waiting(quoted: Talk) -> None:
    quoted.hear(say.YES)
    quoted.hear(say.start("order_status"))
    turn = quoted.hear(say.order(PAID))
    assert turn.said == ["status.paid"]
    assert quoted.awaiting == "receipt"


def test_a_digression_at_an_offer_leaves_the_offer_standing(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(PAID), say.because("changed_mind"))
    turn = talk.hear(say.start("track_parcel"))
    assert turn.said == ["trace.moving", "back_to", "offer.cancel_order"]
    assert talk.hear(say.YES).said == ["quote.cancel_order", "confirm"]


# Clarification, misses.


def test_clarification_offers_three_at_most(talk: Talk) -> None:
    turn = talk.hear(say.clarify("return_refund", "refund_only", "cancel_order", "repair"))
    assert turn.said == ["clarify"]
    assert turn.payloads == ["flow:return_refund", "flow:refund_only", "flow:cancel_order"]
    assert talk.awaiting == "clarify"


def test_the_third_clarification_is_a_persons(talk: Talk) -> None:
    for _ in range(2):
        talk.hear(say.clarify("return_refund", "refund_only"))
    assert talk.hear(say.clarify("return_refund", "refund_only")).handed_off == "three_misses"


def test_a_choice_starts_counting_again(talk: Talk) -> None:
    for _ in range(4):
        talk.hear(say.clarify("return_refund", "refund_only"))
        talk.hear(say.start("return_refund"))
        talk.hear(say.CANCEL)
    assert not talk.state.is_handed_off


def test_nothing_understood_three_times_in_a_row_is_a_persons(talk: Talk) -> None:
    assert talk.hear(say.NOTHING).said == ["not_understood"]
    assert talk.hear(say.NOTHING).said == ["not_understood"]
    turn = talk.hear(say.NOTHING)
    assert (turn.said, turn.handed_off) == (["handoff.three_misses"], "three_misses")
    assert turn.outcomes == [("handed_off", None)]


def test_something_understood_between_starts_counting_again(talk: Talk) -> None:
    for _ in range(3):
        talk.hear(say.NOTHING)
        talk.hear(say.NOTHING)
        talk.hear(say.CHITCHAT)
    assert not talk.state.is_handed_off


def test_within_a_request_a_miss_asks_again(talk: Talk) -> None:
    talk.hear(say.start("return_refund"))
    assert talk.hear(say.NOTHING).said == ["not_understood_here", "ask_again.order"]
    assert talk.awaiting == "order"


# Silence, repeating.


def test_silence_is_asked_about_once_and_once_more_and_then_left_alone(quoted: Talk) -> None:
    ticks = [quoted.happen(incoming.Tick()) for _ in range(4)]
    assert [tick.said for tick in ticks] == [["silence_first"], ["silence_last"], [], []]
    assert quoted.awaiting == "confirm"


def test_words_end_the_silence(quoted: Talk) -> None:
    quoted.happen(incoming.Tick())
    quoted.hear(say.CHITCHAT)
    assert quoted.happen(incoming.Tick()).said == ["silence_first"]


def test_a_timer_where_nothing_is_awaited_says_nothing(talk: Talk) -> None:
    talk.hear(say.CHITCHAT)
    assert talk.happen(incoming.Tick()).said == []


def test_a_repeat_says_the_same_again_and_awaits_the_same(quoted: Talk) -> None:
    before = quoted.turns[-1]
    turn = quoted.hear(say.REPEAT)
    assert [effect.said for effect in turn.of(fx.Say)] == [effect.said for effect in before.of(fx.Say)]
    assert (quoted.awaiting, quoted.state.table) == ("confirm", before.state.table)
    assert quoted.hear(say.YES).of(fx.Accept)


def test_a_repeat_after_silence_says_the_question_again(quoted: Talk) -> None:
    quoted.happen(incoming.Tick())
    assert quoted.hear(say.REPEAT).said == ["quote.return_refund", "confirm"]


def test_a_repeat_of_a_repeat_says_the_same(quoted: Talk) -> None:
    first = quoted.hear(say.REPEAT).said
    assert quoted.hear(say.REPEAT).said == first


def test_a_repeated_receipt_rests_on_its_receipt(quoted: Talk) -> None:
    quoted.hear(say.YES)
    quoted.receipt()
    assert quoted.hear(say.REPEAT).said == ["receipt.return_refund"]


def test_buttons_of_a_repeated_question_work(quoted: Talk) -> None:
    payload = quoted.hear(say.REPEAT).payloads[0]
    assert payload is not None
    pressed = payload.removeprefix("affirm:")
    assert quoted.hear(say.YES, quote_hash=pressed).of(fx.Accept)


def test_pictures_are_kept_as_they_were_given(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("damaged"))
    talk.hear(images=(PICTURE, UUID(int=8)))
    accept = talk.hear(say.YES).of(fx.Accept)[0]
    assert [str(image) for image in accept.images] == [str(PICTURE), str(UUID(int=8))]
