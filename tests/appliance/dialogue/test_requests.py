"""Whole requests: evidence, several lines, several requests, receipts that come when they come, and what can fail."""

import msgspec
import pytest

from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseStatus, OrderCase
from appliance.conversation.floor import fitted
from appliance.dialogue import effects as fx
from appliance.dialogue import incoming
from appliance.dialogue.engine import SPOKEN_STAGES
from appliance.dialogue.state import State
from appliance.ids import LineId
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, PICTURE, RENDERER, SHIPPED, Shop, Talk, line

# Evidence.


def broken_shoes(talk: Talk, **heard: object) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("quality"), **heard)


def test_a_fault_needs_a_picture(talk: Talk) -> None:
    broken_shoes(talk)
    assert talk.turns[-1].said == ["ask.evidence"]
    turn = talk.hear(images=(PICTURE,))
    assert turn.said == ["quote.return_refund", "confirm"]
    assert "由我们承担" in turn.text


def test_a_picture_sent_early_is_used(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), images=(PICTURE,))
    turn = talk.hear(say.line("L1"), say.because("quality"))
    assert turn.said == ["quote.return_refund", "confirm"]
    assert [str(image) for image in talk.hear(say.YES).of(fx.Accept)[0].images] == [str(PICTURE)]


def test_words_about_a_picture_are_none(talk: Talk) -> None:
    broken_shoes(talk)
    turn = talk.hear(say.put("evidence", "照片在这里"))
    assert turn.said == ["evidence_awaited", "ask_again.evidence"]


def test_a_promised_picture_is_waited_for(talk: Talk) -> None:
    broken_shoes(talk)
    for _ in range(4):
        assert talk.hear(say.NOTHING).said == ["evidence_awaited", "ask_again.evidence"]
    assert talk.hear(images=(PICTURE,)).said == ["quote.return_refund", "confirm"]


def test_a_picture_that_never_comes_is_none(talk: Talk) -> None:
    broken_shoes(talk)
    for _ in range(5):
        turn = talk.hear(say.NOTHING)
    assert (turn.handed_off, turn.outcomes) == ("policy", [("handed_off", "R4")])


def test_without_a_picture_a_person_looks_at_it(talk: Talk) -> None:
    broken_shoes(talk)
    turn = talk.hear(say.NO)
    assert (turn.said, turn.handed_off) == (["handoff.policy"], "policy")
    assert turn.outcomes == [("handed_off", "R4")]


def test_the_hand_off_carries_what_is_known(talk: Talk) -> None:
    broken_shoes(talk)
    summary = talk.hear(say.NO).of(fx.HandOff)[0].summary
    assert summary["flow"] == "return_refund"
    assert summary["slots"] == {"order": DELIVERED, "line": ["L1"], "reason": "quality"}
    assert (summary["rule"], summary["pictures"]) == ("R4", 0)


# Lines.


def test_of_two_lines_one_may_be_refused_and_the_other_quoted(talk: Talk, shop: Shop) -> None:
    lines = (line("L1", "轻跑运动鞋", 39900), line("L2", "定制水杯", 5900, tags=("custom_made",)))
    shop.change(DELIVERED, lines=lines)
    turn = talk.hear(
        say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.line("L2"), say.because("changed_mind")
    )
    assert turn.said == ["partly_refused", "quote.return_refund", "confirm"]
    assert "「定制水杯」（不支持七天无理由）" in turn.text
    assert talk.state.table is not None
    assert [part.line_id for part in talk.state.table.quote.lines] == ["L1"]


def test_the_only_line_is_not_asked_for(talk: Talk, shop: Shop) -> None:
    shop.keep_only(DELIVERED)
    shop.change(DELIVERED, lines=(line("L1", "轻跑运动鞋", 39900),))
    assert talk.hear(say.start("return_refund"), say.because("size")).said == ["quote.return_refund", "confirm"]


def test_goods_that_never_came_are_the_whole_parcel(talk: Talk) -> None:
    turn = talk.hear(say.start("return_refund"), say.order(SHIPPED), say.because("not_received"))
    assert [decide.asked.flow for decide in turn.of(fx.Decide)] == ["return_refund", "refund_only"]
    assert turn.said == ["refused.in_transit"]


def test_without_orders_it_says_so(talk: Talk, shop: Shop) -> None:
    shop.keep_only()
    assert talk.hear(say.start("order_status")).said == ["no_orders"]
    assert talk.awaiting == "order"


# Several requests.


def test_several_requests_in_one_message_are_done_one_after_another(talk: Talk) -> None:
    turn = talk.hear(
        say.start("return_refund"),
        say.order(DELIVERED),
        say.line("L1"),
        say.because("size"),
        say.start("cancel_order"),
        say.order(PAID),
        say.start("track_parcel"),
        say.order(SHIPPED),
    )
    assert turn.said[:2] == ["noted", "trace.moving"]
    assert talk.awaiting == "confirm"
    talk.hear(say.YES)
    assert talk.receipt().said == ["receipt.return_refund", "next_request", "quote.cancel_order", "confirm"]
    talk.hear(say.YES)
    assert talk.receipt().said == ["receipt.cancel_order"]


def test_a_query_and_a_request_are_both_done(talk: Talk) -> None:
    turn = talk.hear(say.start("order_status"), say.order(PAID), say.start("return_refund"), say.order(DELIVERED))
    assert turn.said == ["noted", "status.paid", "next_request", "ask.reason"]


def test_two_requests_without_details_are_both_kept(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.start("repair"))
    assert talk.state.top is not None
    assert talk.state.top.flow == "return_refund"
    assert [request.flow for request in talk.state.queue] == ["repair"]


def test_what_is_asked_for_twice_is_done_once(quoted: Talk) -> None:
    for _ in range(3):
        quoted.hear(say.YES, say.start("cancel_order"), say.order(PAID))
    assert len(quoted.state.queue) == 1


def test_another_word_for_the_same_wish_changes_the_request(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED))
    turn = talk.hear(say.start("refund_only"))
    assert talk.state.top is not None
    assert talk.state.top.flow == "refund_only"
    assert turn.said == ["ask.reason"]


# Receipts.


def test_a_receipt_is_told_while_another_question_is_open(quoted: Talk) -> None:
    quoted.hear(say.YES)
    quoted.hear(say.start("order_status"))
    assert quoted.awaiting == "order"
    turn = quoted.receipt()
    assert turn.said == ["receipt.return_refund"]
    assert turn.outcomes == [("case_created", "R10")]
    assert quoted.awaiting == "order"
    assert quoted.hear(say.order(PAID)).said == ["status.paid"]


def test_an_open_question_is_repeated_with_the_receipt(quoted: Talk) -> None:
    quoted.hear(say.YES)
    quoted.hear(say.start("order_status"))
    quoted.receipt()
    assert quoted.hear(say.REPEAT).said == ["receipt.return_refund", "ask.order"]


def test_a_choice_stays_open_when_a_receipt_comes(quoted: Talk) -> None:
    quoted.hear(say.YES)
    quoted.hear(say.clarify("refund_progress", "order_status"))
    quoted.receipt()
    assert (quoted.awaiting, quoted.state.options) == ("clarify", ("refund_progress", "order_status"))


def test_a_receipt_of_nothing_known_says_nothing(talk: Talk, quoted: Talk) -> None:
    quoted.hear(say.YES)
    done = quoted.done()
    quoted.happen(done)
    assert quoted.happen(done).said == []


def test_a_late_receipt_is_announced_and_then_comes(quoted: Talk) -> None:
    quoted.hear(say.YES)
    assert quoted.happen(incoming.Tick()).said == ["receipt_later"]
    assert quoted.awaiting is None
    assert quoted.receipt().said == ["receipt.return_refund"]


def test_a_delay_is_told_once(quoted: Talk, shop: Shop) -> None:
    quoted.hear(say.YES)
    delayed = incoming.Delayed(operation_id=quoted.done().operation_id)
    assert quoted.happen(delayed).said == ["receipt_later"]
    assert quoted.happen(delayed).said == []


def test_a_delay_does_not_close_an_open_question(quoted: Talk) -> None:
    quoted.hear(say.YES)
    quoted.hear(say.start("order_status"))
    quoted.happen(incoming.Delayed(operation_id=quoted.done().operation_id))
    assert quoted.awaiting == "order"


@pytest.mark.parametrize(("is_refused", "key"), [(True, "operation_refused"), (False, "operation_handed_over")])
def test_what_was_not_done_is_told_and_handed_over(quoted: Talk, is_refused: bool, key: str) -> None:
    quoted.hear(say.YES)
    turn = quoted.happen(incoming.NotDone(operation_id=quoted.done().operation_id, is_refused=is_refused))
    assert turn.said == [key, "handoff.system_down"]
    assert turn.outcomes == [("handed_off", "R10")]
    assert turn.of(fx.HandOff)[0].summary["slots"]["order"] == DELIVERED


def test_what_a_person_does_is_told_as_that_and_handed_over(quoted: Talk) -> None:
    quoted.hear(say.YES)
    operation_id = quoted.done().operation_id
    turn = quoted.happen(incoming.NotDone(operation_id=operation_id, is_refused=False, is_by_hand=True))
    assert turn.said == ["operation_by_hand", "handoff.unsupported"]
    assert "没有提交任何变更" in turn.text
    assert turn.of(fx.HandOff)[0].summary["slots"]["order"] == DELIVERED


@pytest.mark.parametrize("stage", sorted(SPOKEN_STAGES))
def test_progress_is_told_and_what_was_asked_stays_asked(quoted: Talk, stage: str) -> None:
    turn = quoted.happen(incoming.Progress(case_id="F1", stage=stage, kind=CaseKind.RETURN_REFUND))
    assert turn.said == [f"progress.{stage}"]
    assert "0.00" not in turn.text
    assert quoted.awaiting == "confirm"
    assert quoted.hear(say.YES).of(fx.Accept)


@pytest.mark.parametrize("stage", ["", "awaiting_parcel", "on_the_moon"])
def test_a_stage_without_words_is_no_news(quoted: Talk, stage: str) -> None:
    assert quoted.happen(incoming.Progress(case_id="F1", stage=stage)).said == []
    assert quoted.awaiting == "confirm"


@pytest.mark.parametrize("kind", [CaseKind.INVOICE, CaseKind.CHANGE_ADDRESS, None])
def test_that_something_is_closed_is_told_of_services_only(quoted: Talk, kind: CaseKind | None) -> None:
    assert quoted.happen(incoming.Progress(case_id="F1", stage="finished", kind=kind)).said == []


# What can fail.


@pytest.mark.parametrize("away", [fx.ReadOrder, fx.Decide])
def test_an_order_system_that_goes_away_leaves_a_work_order(talk: Talk, shop: Shop, away: type[fx.Effect]) -> None:
    shop.away.add(away)
    turn = talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L1"), say.because("size"))
    assert turn.said == ["order_system_down", "handoff.system_down"]
    assert turn.of(fx.HandOff)[0].with_work_order
    assert turn.handed_off == "system_down"
    assert [outcome for outcome, _ in turn.outcomes] == ["handed_off"]


def test_an_order_system_that_goes_away_at_the_yes_has_accepted_nothing(quoted: Talk, shop: Shop) -> None:
    shop.away.add(fx.Accept)
    turn = quoted.hear(say.YES)
    assert turn.said == ["order_system_down", "handoff.system_down"]
    assert (shop.accepted, quoted.state.table) == ([], None)


def test_an_order_that_vanishes_is_a_persons(talk: Talk, shop: Shop) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED))
    del shop.orders[DELIVERED]
    assert talk.hear(say.because("size")).handed_off == "system_down"


def test_a_proof_that_cannot_be_looked_up_is_no_failure(stranger: Talk, shop: Shop) -> None:
    shop.away.add(fx.VerifyProof)
    stranger.hear(say.start("order_status"))
    turn = stranger.hear(say.order(DELIVERED), foreign_orders=(DELIVERED,), numbers=(DELIVERED, "8000"))
    assert turn.handed_off == "system_down"
    assert stranger.state.identity.failures == 0


# Hand-off.


@pytest.mark.control("P-14")
def test_whoever_wants_a_person_gets_one(talk: Talk) -> None:
    turn = talk.hear(say.person())
    assert (turn.said, turn.handed_off) == (["handoff.customer_asked"], "customer_asked")


@pytest.mark.control("G-02")
@pytest.mark.parametrize("reason", ["risk_words", "emotion"])
def test_a_threat_is_a_complaint_with_a_work_order(quoted: Talk, reason: str) -> None:
    turn = quoted.hear(say.YES, say.person(reason))
    assert [decision.rule for decision in turn.of(fx.RecordDecision)] == ["M1"]
    assert turn.of(fx.HandOff)[0].with_work_order
    assert turn.of(fx.Accept) == []


@pytest.mark.control("P-14")
def test_handed_off_it_says_nothing_more(quoted: Talk) -> None:
    quoted.hear(say.person())
    before: State = quoted.state
    for turn in (quoted.hear(say.YES), quoted.hear(say.start("cancel_order")), quoted.happen(incoming.Tick())):
        assert (turn.effects, turn.state.awaiting) == ((), None)
    assert quoted.state.stack == before.stack


def test_handed_off_a_receipt_is_told_and_nothing_else(quoted: Talk) -> None:
    quoted.hear(say.YES)
    quoted.hear(say.person())
    turn = quoted.receipt()
    assert turn.said == ["receipt.return_refund"]
    assert (quoted.awaiting, quoted.state.is_handed_off) == (None, True)


def test_handed_off_it_is_not_handed_off_again(quoted: Talk) -> None:
    quoted.hear(say.YES)
    quoted.hear(say.person())
    turn = quoted.happen(incoming.NotDone(operation_id=quoted.done().operation_id, is_refused=True))
    assert (turn.said, turn.handed_off) == (["operation_refused"], None)


def test_what_people_have_done_is_told_however_long_it_took(quoted: Talk) -> None:
    """He was with a person already when the write went into people's hands, and is back with the bot by now."""
    quoted.hear(say.YES)
    quoted.hear(say.person())
    operation_id = quoted.done().operation_id
    assert quoted.happen(incoming.NotDone(operation_id=operation_id, is_refused=False)).said == [
        "operation_handed_over"
    ]
    quoted.state = fitted(quoted.state, "bot")
    assert quoted.hear(say.start("cancel_order"), say.order(PAID)).said == ["quote.cancel_order", "confirm"]
    told = quoted.receipt()
    assert told.said == ["receipt.return_refund"]
    assert "需要您自己承担" in told.text, "as it was agreed to"
    assert quoted.awaiting == "confirm"


@pytest.mark.parametrize("happening", [{"is_refused": True}, {"is_refused": False, "is_by_hand": True}])
def test_handed_back_nothing_waits_for_what_the_order_system_has_not_done(
    quoted: Talk, happening: dict[str, bool]
) -> None:
    quoted.hear(say.YES)
    quoted.happen(incoming.NotDone(operation_id=quoted.done().operation_id, **happening))
    quoted.state = fitted(quoted.state, "bot")
    assert quoted.hear(say.start("cancel_order"), say.order(PAID)).said == ["quote.cancel_order", "confirm"]
    quoted.hear(say.YES)
    assert quoted.receipt().said == ["receipt.cancel_order"]


def test_what_the_appliance_does_not_do_is_a_persons(talk: Talk) -> None:
    turn = talk.hear(say.start("complaint"))
    assert turn.handed_off is not None


# What was not said is asked for.


@pytest.mark.parametrize("order_first", [True, False])
def test_which_goods_is_asked_in_whatever_turns_order_and_reason_come(talk: Talk, order_first: bool) -> None:
    talk.hear(say.start("return_refund"))
    first, second = (say.order(DELIVERED), say.because("changed_mind"))
    if not order_first:
        first, second = second, first
    talk.hear(first)
    turn = talk.hear(second)
    assert (turn.said[-1], turn.state.awaiting) == ("ask.line", "line")
    assert turn.of(fx.Decide) == []


def test_a_refund_is_told_of_the_goods_in_its_case(talk: Talk, shop: Shop) -> None:
    case = OrderCase(
        case_id="S1",
        kind=CaseKind.RETURN_REFUND,
        status=CaseStatus.OPEN,
        stage="refunding",
        lines=(CaseLine(line_id=LineId("L1"), quantity=1),),
        refund_fen=39000,
    )
    shop.change(DELIVERED, cases=(case,))
    turn = talk.hear(say.start("refund_progress"), say.order(DELIVERED))
    assert "轻跑运动鞋" in turn.text
    assert "运动短袖" not in turn.text


def test_a_refund_that_the_order_does_not_show_yet_is_none_the_less_his(quoted: Talk, shop: Shop) -> None:
    """Its write may be in people's hands, or the order system may show no cases at all."""
    quoted.hear(say.YES)
    turn = quoted.hear(say.start("refund_progress"), say.order(DELIVERED))
    assert turn.said == ["refunds.pending"]
    assert "轻跑运动鞋" in turn.text
    written = msgspec.structs.replace(shop.own_cases[DELIVERED][0], stage=None)
    shop.own_cases[DELIVERED] = [written]
    assert quoted.hear(say.start("refund_progress"), say.order(DELIVERED)).said == ["refunds.open"]


def test_of_several_refunds_each_is_told(quoted: Talk, shop: Shop) -> None:
    case = OrderCase(
        case_id="S1",
        kind=CaseKind.REFUND_ONLY,
        status=CaseStatus.FINISHED,
        lines=(CaseLine(line_id=LineId("L2"), quantity=1),),
        refund_fen=9000,
    )
    quoted.hear(say.YES)
    shop.change(DELIVERED, cases=(case,))
    turn = quoted.hear(say.start("refund_progress"), say.order(DELIVERED))
    assert turn.said == ["refunds.several"]
    assert "运动短袖」的90元退回了，「轻跑运动鞋」的387.53元还没有办好" in turn.text


@pytest.mark.parametrize(
    ("kind", "stage", "key"),
    [
        (CaseKind.EXCHANGE, "inspecting", "refunds.goods_inspecting"),
        (CaseKind.REPAIR, "reshipped", "refunds.goods_reshipped"),
        (CaseKind.RESEND, None, "refunds.goods_open"),
    ],
)
def test_how_an_exchange_a_repair_or_a_resend_stands_is_told(
    talk: Talk, shop: Shop, kind: CaseKind, stage: str | None, key: str
) -> None:
    """Of the customer's orders the one that has a case is meant."""
    lines = (CaseLine(line_id=LineId("L1"), quantity=1),)
    shop.change(
        DELIVERED, cases=(OrderCase(case_id="S1", kind=kind, status=CaseStatus.OPEN, lines=lines, stage=stage),)
    )
    turn = talk.hear(say.start("refund_progress"))
    assert turn.said == [key]
    assert RENDERER.word("case_kind", kind) in turn.text


# How it is said.


@pytest.mark.parametrize("tone", sorted(incoming.SMALL_TALK))
def test_small_talk_is_answered_in_kind_and_is_no_miss(talk: Talk, tone: incoming.Tone) -> None:
    for _ in range(4):
        assert talk.hear(say.NOTHING, tone=tone).said == [f"small_talk.{tone}"]


def test_what_was_told_is_acknowledged_and_that_is_no_miss(quoted: Talk) -> None:
    quoted.hear(say.YES)
    for said in (say.NOTHING, say.start("track_parcel"), say.NOTHING, say.NOTHING):
        assert quoted.hear(said, tone=incoming.Tone.ACKNOWLEDGES).said == ["small_talk.acknowledges"]
    assert quoted.receipt().said == ["receipt.return_refund"]
    assert quoted.hear(say.NOTHING, tone=incoming.Tone.ACKNOWLEDGES).said == ["small_talk.acknowledges"]


def test_who_asks_to_wait_is_waited_for_and_a_quote_stays(quoted: Talk) -> None:
    """However often, and whatever a model takes it for: it is neither a yes nor a miss."""
    for said in (say.NOTHING, say.YES, say.NOTHING, say.NOTHING):
        turn = quoted.hear(said, tone=incoming.Tone.ASKS_TO_WAIT)
        assert (turn.said, quoted.state.awaiting) == (["small_talk.asks_to_wait"], "confirm")
    assert quoted.hear(say.YES).state.awaiting == "receipt"


def test_to_a_question_good_is_no_answer(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED))
    assert talk.hear(say.NOTHING, tone=incoming.Tone.ACKNOWLEDGES).said == ["not_understood_here", "ask_again.reason"]


def test_somebody_in_despair_is_not_spoken_to_like_somebody_angry(talk: Talk) -> None:
    turn = talk.hear(say.person("emotion"), tone=incoming.Tone.SELF_HARM)
    assert (turn.said, turn.handed_off) == (["handoff.self_harm"], "emotion")


@pytest.mark.control("K11")
def test_orders_to_the_bot_are_refused_politely(talk: Talk) -> None:
    assert talk.hear(say.NOTHING, tone=incoming.Tone.ORDERS_US).said == ["beyond_the_rules"]


def test_a_line_of_another_order_is_asked_for_again(talk: Talk) -> None:
    talk.hear(say.start("return_refund"), say.order(DELIVERED), say.line("L9"))
    turn = talk.hear(say.because("size"))
    assert (turn.said[-1], turn.state.awaiting) == ("ask.line", "line")
