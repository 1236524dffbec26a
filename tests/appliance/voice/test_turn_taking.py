"""Turns of a call, one fact a test: who speaks, who is heard, what is passed on."""

import pytest

from appliance.voice.ear import EarPace
from appliance.voice.events import (
    BotIsDone,
    BotLeaves,
    BotStillWorks,
    EndUtterance,
    JudgeTurn,
    KeyPressed,
    LeaveCall,
    LineEnded,
    PassOn,
    SpeechBegan,
    SpeechEnded,
    StopSpeaking,
    TextHeard,
    Tick,
    TurnJudged,
    WasHeard,
)
from appliance.voice.model import Exit
from appliance.voice.turn_taking import Pace
from tests.appliance.voice.conftest import PHRASES, PaperCall

SAID = PHRASES.said


def test_sentences_are_said_one_after_another(call: PaperCall) -> None:
    call.bot_says("一。", "二。")
    call.bot_says("三。", id=2)
    assert call.said == ["一。"]
    call.play_out()
    assert call.said == ["一。", "二。", "三。"]
    assert call.all(WasHeard) == [WasHeard(1, 2, 2), WasHeard(2, 1, 1)]


def test_a_meant_word_stops_the_bot_at_once_and_is_passed_on(call: PaperCall) -> None:
    call.bot_says("一。", "二。")
    call.on(SpeechBegan())
    call.wait(400)
    assert call.on(TextHeard("转人工", is_final=False)) == [StopSpeaking()]
    call.final = "转人工"
    call.on(SpeechEnded())
    call.wait(1000)
    assert call.passed == ["转人工"]
    assert call.all(WasHeard) == [WasHeard(1, 0, 2)]


def test_a_backchannel_does_not(call: PaperCall) -> None:
    call.bot_says("一。", "二。")
    call.caller_says("嗯嗯好的")
    assert (call.all(StopSpeaking), call.passed) == ([], [])
    call.play_out()
    assert call.all(WasHeard) == [WasHeard(1, 2, 2)]


def test_after_a_false_interruption_the_sentence_is_said_again(call: PaperCall) -> None:
    """The partial was misheard; the final pass knows better."""
    call.bot_says("一。", "二。")
    call.play_sentence()
    call.on(SpeechBegan(), TextHeard("等等", is_final=False))
    assert call.speaking is None
    call.final = "嗯嗯"
    call.on(SpeechEnded())
    call.wait(1000)
    assert call.said == ["一。", "二。", "二。"]
    assert call.passed == []


def test_speech_whose_words_tell_nothing_stops_the_bot_when_it_lasts(call: PaperCall) -> None:
    call.bot_says("一。")
    call.on(SpeechBegan(), TextHeard("退", is_final=False))
    assert call.wait(1500) == []
    assert StopSpeaking() in call.wait(200)


def test_a_long_sound_without_words_stops_nothing(call: PaperCall) -> None:
    call.bot_says("一。")
    call.on(SpeechBegan())
    call.wait(20_000)
    assert call.all(StopSpeaking) == []


def test_what_may_not_be_interrupted_is_played_whole_and_the_words_follow(call: PaperCall) -> None:
    call.bot_says("我是智能客服。", "通话会录音。", may_interrupt=False)
    call.bot_says("请问有什么可以帮您？", id=2)
    call.caller_says("转人工")
    assert (call.passed, call.all(StopSpeaking)) == ([], [])
    call.play_out()
    assert call.passed == ["转人工"]
    assert call.said == ["我是智能客服。", "通话会录音。"]


def test_a_yes_before_the_end_of_a_quote_counts_for_nothing(call: PaperCall) -> None:
    call.bot_says("退款一百元。", "您同意吗？", may_interrupt=False, is_quote=True)
    call.on(SpeechBegan())
    call.wait(300)
    call.play_out()
    call.final = "好的就这么办吧"
    call.on(SpeechEnded())
    call.wait(1400)
    assert call.passed == []
    assert call.said[-1] == SAID.say_again
    call.play_out()
    call.caller_says("好的")
    assert call.passed == ["好的"]


@pytest.mark.parametrize(
    "text", ["好的，我要退", "没有异议", "是的我要退货", "好的不用念了", "没错就退吧", "没错了我要退"]
)
def test_a_yes_to_a_quote_that_waits_is_asked_for_again(call: PaperCall, text: str) -> None:
    """Though there are words in it that stop the bot."""
    call.on(SpeechBegan(), TextHeard(text[:1], is_final=False))
    call.bot_says("退款一百元。", "您同意吗？", may_interrupt=False, is_quote=True)
    call.final = text
    call.on(SpeechEnded())
    call.wait(1400)
    call.play_out()
    assert (call.passed, call.said[-1]) == ([], SAID.say_again)


@pytest.mark.parametrize(("text", "passed"), [("好的，我要退", []), ("不要不要", ["不要不要"])])
def test_who_hangs_up_in_a_quote_has_agreed_to_nothing(call: PaperCall, text: str, passed: list[str]) -> None:
    call.bot_says("退款一百元。", "您同意吗？", may_interrupt=False, is_quote=True)
    call.on(SpeechBegan(), TextHeard(text, is_final=True), LineEnded())
    assert call.passed == passed


def test_a_no_before_the_end_of_a_quote_is_passed_on(call: PaperCall) -> None:
    call.bot_says("退款一百元。", "您同意吗？", may_interrupt=False, is_quote=True)
    call.caller_says("不同意")
    call.play_out()
    assert call.passed == ["不同意"]


def test_a_key_before_the_end_of_a_quote_is_no_yes(call: PaperCall) -> None:
    call.bot_says("退款一百元。", "同意请按1。", may_interrupt=False, is_quote=True)
    call.on(KeyPressed("1"), KeyPressed("#"))
    call.play_out()
    assert (call.passed, call.said[-1]) == ([], SAID.say_again)


def test_a_yes_in_the_last_sentence_of_a_question_is_its_answer(call: PaperCall) -> None:
    call.bot_says("是这一单吗？")
    call.caller_says("对的")
    assert call.passed == []
    call.play_out()
    assert call.passed == ["对的"]


def test_a_sound_over_the_bot_is_no_message_after_it(call: PaperCall) -> None:
    call.bot_says("一。", "二。")
    call.on(SpeechBegan(), TextHeard("嗯", is_final=False))
    call.play_out()
    call.final = "嗯"
    call.on(SpeechEnded())
    call.wait(1400)
    assert call.passed == []


def test_nobody_is_talked_over(call: PaperCall) -> None:
    call.on(SpeechBegan(), TextHeard("我想问一下", is_final=False))
    call.bot_says("一。")
    assert call.said == []
    call.final = "我想问一下运费谁出"
    call.on(SpeechEnded())
    call.wait(1400)
    assert call.passed == ["我想问一下运费谁出"]
    assert call.said == ["一。"]


def test_noise_does_not_keep_the_bot_silent_for_ever(call: PaperCall) -> None:
    call.on(SpeechBegan())
    call.bot_says("一。")
    call.wait(3000)
    assert call.said == ["一。"]


def test_alternatives_go_with_the_words(call: PaperCall) -> None:
    call.alternatives = ("四四零二", "十四零二")
    call.caller_says("尾号四四零二")
    assert [action.spoken.alternatives for action in call.all(PassOn)] == [("四四零二", "十四零二")]


def test_a_turn_ends_sooner_when_its_words_are_complete(call: PaperCall) -> None:
    pace = EarPace()
    for text, silence_ms in (
        ("我要退货", pace.complete_ms),
        ("尾号四四", pace.number_ms),
        ("然后", pace.unfinished_ms),
    ):
        paper = PaperCall()
        paper.on(SpeechBegan(), TextHeard(text, is_final=False), SpeechEnded())
        assert EndUtterance() not in paper.wait(silence_ms - 40), text
        assert EndUtterance() in paper.wait(60), text


def test_the_model_may_end_a_turn_at_once_or_hold_it_open(call: PaperCall) -> None:
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=False), SpeechEnded())
    assert JudgeTurn() in call.wait(200)
    assert call.on(TurnJudged(is_complete=True)) == [EndUtterance()]
    held = PaperCall()
    held.on(SpeechBegan(), TextHeard("我要退货", is_final=False), SpeechEnded())
    held.wait(200)
    held.on(TurnJudged(is_complete=False))
    pace = EarPace()
    assert EndUtterance() not in held.wait(pace.tune_ms - 200 - 40)
    assert EndUtterance() in held.wait(60)


@pytest.mark.parametrize(
    ("text", "until_ms"),
    [("我要退货", EarPace().tune_ms), ("尾号四四", EarPace().number_tune_ms), ("然后", EarPace().unfinished_ms)],
)
def test_where_the_tune_goes_on_and_the_words_do_not_it_is_waited_for_less(text: str, until_ms: int) -> None:
    call = PaperCall()
    call.on(SpeechBegan(), TextHeard(text, is_final=False), SpeechEnded())
    call.wait(200)
    call.on(TurnJudged(is_complete=False))
    assert EndUtterance() not in call.wait(until_ms - 200 - 40)
    assert EndUtterance() in call.wait(60)


def test_the_model_is_asked_before_its_answer_is_needed(call: PaperCall) -> None:
    pace = EarPace()
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=False), SpeechEnded())
    assert JudgeTurn() in call.wait(pace.ask_ms)
    assert call.on(TurnJudged(is_complete=True)) == []
    assert EndUtterance() in call.wait(pace.judge_ms - pace.ask_ms)


def test_words_that_promise_more_hold_it_open_whatever_the_model_says(call: PaperCall) -> None:
    call.on(SpeechBegan(), TextHeard("我要退货因为", is_final=False), SpeechEnded())
    call.wait(200)
    assert call.on(TurnJudged(is_complete=True)) == []
    assert EndUtterance() not in call.wait(900)


def test_speech_that_goes_on_before_the_final_pass_is_one_turn(call: PaperCall) -> None:
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=False), SpeechEnded())
    while EndUtterance() not in call.on(Tick()):
        call.at_ms += 20
    call.utterance = 1
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=True), TextHeard("一双鞋", is_final=False, utterance=1))
    assert call.passed == []
    call.final = "一双鞋"
    call.on(SpeechEnded())
    call.wait(1400)
    assert call.passed == ["我要退货一双鞋"]


def test_a_final_pass_that_does_not_come_costs_no_words(call: PaperCall) -> None:
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=False), SpeechEnded())
    for _ in range(110):
        call.at_ms += 20
        call.on(Tick())
    assert call.passed == ["我要退货"]
    call.on(TextHeard("我要退货", is_final=True))
    assert call.passed == ["我要退货"]


def test_a_final_pass_that_comes_while_he_speaks_again_takes_none_of_those_words(call: PaperCall) -> None:
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=False), SpeechEnded())
    while EndUtterance() not in call.on(Tick()):
        call.at_ms += 20
    call.on(SpeechBegan(), TextHeard("一双鞋", is_final=False, utterance=1), TextHeard("我要退货", is_final=True))
    call.utterance, call.is_heard_in_time = 1, False
    call.on(SpeechEnded())
    call.wait(4000)
    assert call.passed == ["我要退货一双鞋"]


def unheard(call: PaperCall, text: str = "") -> None:
    """Said, and its final does not come; ``text`` is what was heard on the way."""
    call.is_heard_in_time = False
    call.caller_says(text)
    call.wait(2000)
    call.is_heard_in_time = True


def test_who_was_not_heard_is_asked_to_say_it_again(call: PaperCall) -> None:
    unheard(call)
    assert (call.passed, call.said) == ([], [SAID.not_heard])
    call.play_out()
    call.caller_says("我要退货")
    assert call.passed == ["我要退货"]


@pytest.mark.parametrize("text", ["我要退货因为", "订单号是"])
def test_words_that_promise_more_are_no_words_without_a_final(call: PaperCall, text: str) -> None:
    unheard(call, text)
    assert (call.passed, call.said) == ([], [SAID.not_heard])


@pytest.mark.parametrize("text", ["四四零", "订单号是二零二六一一一", "尾号440", "打幺三八"])
def test_a_number_of_which_the_end_may_be_missing_is_asked_for_again(call: PaperCall, text: str) -> None:
    unheard(call, text)
    assert (call.passed, call.said) == ([], [SAID.not_heard])
    call.play_out()
    call.caller_says("四四零三")
    assert call.passed == ["四四零三"]


def test_a_number_with_words_behind_it_counts_as_it_was_heard(call: PaperCall) -> None:
    unheard(call, "四四零三那单我要退货")
    assert call.passed == ["四四零三那单我要退货"]


def test_a_no_to_a_quote_counts_for_nothing_where_it_ends_in_a_number(call: PaperCall) -> None:
    call.bot_says("退三十元。", may_interrupt=False, is_quote=True)
    call.play_out()
    unheard(call, "不对，尾号是四四零")
    assert (call.passed, call.said[-1]) == ([], SAID.not_heard)


def test_a_final_that_comes_after_he_was_asked_again_is_not_heard(call: PaperCall) -> None:
    unheard(call, "订单号是")
    call.on(TextHeard("订单号是四四零二", is_final=True, utterance=0))
    call.play_out()
    assert call.passed == []
    call.caller_says("四四零三")
    assert call.passed == ["四四零三"]


@pytest.mark.parametrize(
    ("text", "passed"), [("确认", []), ("好的", []), ("可以的退吧", []), ("不要了", ["不要了"]), ("转人工", ["转人工"])]
)
def test_a_quote_is_agreed_to_by_a_final_and_by_nothing_less(call: PaperCall, text: str, passed: list[str]) -> None:
    call.bot_says("退三十元。", may_interrupt=False, is_quote=True)
    call.bot_says("确认提交吗？", id=2)
    call.play_out()
    unheard(call, text)
    assert call.passed == passed
    assert (SAID.not_heard in call.said) == (not passed)


@pytest.mark.parametrize(("text", "passed"), [("确认", []), ("不要了", ["不要了"])])
def test_who_hangs_up_agrees_to_nothing_by_half_heard_words(call: PaperCall, text: str, passed: list[str]) -> None:
    call.bot_says("退三十元。", may_interrupt=False, is_quote=True)
    call.play_out()
    call.on(SpeechBegan(), TextHeard(text, is_final=False), LineEnded())
    assert call.passed == passed


def test_behind_a_receipt_words_count_as_before_the_quote(call: PaperCall) -> None:
    call.bot_says("退三十元。", may_interrupt=False, is_quote=True)
    call.play_out()
    call.caller_says("确认")
    call.bot_says("办好了。", id=2, may_interrupt=False)
    call.play_out()
    unheard(call, "运费谁出")
    assert call.passed == ["确认", "运费谁出"]


@pytest.mark.parametrize(("text", "passed"), [("确认", []), ("好的，我要退", []), ("不要了", ["不要了"])])
def test_a_final_that_was_not_passed_over_is_no_yes_to_a_quote(call: PaperCall, text: str, passed: list[str]) -> None:
    """A recogniser that does not keep up sends what was heard on the way as its final."""
    call.bot_says("退三十元。", may_interrupt=False, is_quote=True)
    call.play_out()
    call.is_guessed = True
    call.caller_says(text)
    assert call.passed == passed
    assert (SAID.not_heard in call.said) == (not passed)


def test_a_final_that_was_not_passed_over_counts_elsewhere(call: PaperCall) -> None:
    call.is_guessed = True
    call.caller_says("我要退货")
    assert call.passed == ["我要退货"]


def test_who_was_not_heard_three_times_in_a_row_goes_to_people() -> None:
    call = PaperCall(out_of_order=LeaveCall(Exit.TRANSFER, "people,s"))
    for _ in range(2):
        unheard(call)
        call.play_out()
    call.caller_says("我要退货")
    call.bot_says("好的。")
    call.play_out()
    for _ in range(3):
        assert call.all(LeaveCall) == []
        unheard(call)
        call.play_out()
    assert call.said[-1] == SAID.out_of_order
    assert call.all(LeaveCall) == [LeaveCall(Exit.TRANSFER, "people,s")]


def test_a_key_is_heard_though_words_are_not(call: PaperCall) -> None:
    for key in "123":
        unheard(call)
        call.play_out()
        call.on(KeyPressed(key), KeyPressed("#"))
    assert (call.passed, call.all(LeaveCall)) == (["#1", "#2", "#3"], [])


def test_a_sound_over_the_bot_of_which_nothing_is_heard_is_none(call: PaperCall) -> None:
    call.bot_says("一。", "二。")
    unheard(call)
    assert call.said == ["一。"]
    call.play_out()
    assert (call.said, call.passed) == (["一。", "二。"], [])


def test_digits_are_gathered_until_the_hash(call: PaperCall) -> None:
    call.bot_says("请输入订单号。")
    call.on(*(KeyPressed(key) for key in "8123*4402#"))
    assert call.passed == ["#4402"]
    assert call.all(StopSpeaking) == [StopSpeaking()]


def test_a_star_erases_and_alone_is_passed_on(call: PaperCall) -> None:
    call.on(KeyPressed("1"), KeyPressed("*"), KeyPressed("*"))
    assert call.passed == ["#*"]


def test_no_recording_is_passed_on_while_the_notice_is_said(call: PaperCall) -> None:
    call.bot_says("通话会录音，不想录音请按0。", may_interrupt=False, is_notice=True)
    call.on(KeyPressed("0"))
    assert (call.passed, call.all(StopSpeaking)) == (["#0"], [])


def test_a_0_into_a_receipt_may_be_the_beginning_of_a_number(call: PaperCall) -> None:
    call.bot_says("退款已受理。", "还有什么可以帮您？", may_interrupt=False)
    call.on(*(KeyPressed(key) for key in "0571#"))
    assert call.passed == ["#0571"]


def test_a_lone_0_after_a_pause_within_a_number_is_the_rest_of_it(call: PaperCall) -> None:
    call.bot_says("请按键输入订单号，按井号结束。")
    call.on(*(KeyPressed(key) for key in "8000000000070"))
    call.wait(3100)
    call.on(KeyPressed("0"), KeyPressed("#"))
    assert call.passed == ["#8000000000070", "#80000000000700"]


def test_so_it_is_where_nothing_ends_it_but_a_pause_or_the_line(call: PaperCall) -> None:
    call.on(*(KeyPressed(key) for key in "440"))
    call.wait(3100)
    call.on(KeyPressed("0"))
    call.wait(3100)
    call.on(KeyPressed("0"), LineEnded())
    assert call.passed == ["#440", "#4400", "#44000"]


@pytest.mark.parametrize("before", ["4400#", "44*", "1"])
def test_a_0_after_a_number_that_was_ended_or_taken_back_or_after_a_choice_is_by_itself(
    call: PaperCall, before: str
) -> None:
    call.on(*(KeyPressed(key) for key in before))
    call.wait(3100)
    call.on(KeyPressed("0"), KeyPressed("#"))
    assert call.passed[-1] == "#0"


def test_a_0_after_the_answer_to_a_number_is_by_itself(call: PaperCall) -> None:
    call.on(*(KeyPressed(key) for key in "440"))
    call.wait(3100)
    call.bot_says("没有对上，请再输入一遍。")
    call.play_out()
    call.on(KeyPressed("0"), KeyPressed("#"))
    assert call.passed == ["#440", "#0"]


def test_or_until_a_pause(call: PaperCall) -> None:
    call.on(KeyPressed("0"))
    call.wait(2900)
    assert call.passed == []
    call.wait(200)
    assert call.passed == ["#0"]


def test_a_slow_answer_is_bridged(call: PaperCall) -> None:
    call.caller_says("我要退货")
    call.wait(1000)
    assert call.said == [SAID.fillers[0]]
    call.bot_says("好的。")
    call.play_out()
    assert call.said == [SAID.fillers[0], "好的。"]
    call.wait(6000)
    assert call.said == [SAID.fillers[0], "好的。"]


def test_an_answer_that_comes_soon_is_not(call: PaperCall) -> None:
    call.caller_says("我要退货", ms=100)
    call.on(BotIsDone())
    call.wait(2000)
    assert call.said == []


def test_who_waits_for_the_order_system_is_told_so_and_not_asked_whether_he_is_there(call: PaperCall) -> None:
    call.caller_says("确认", ms=100)
    call.bot_says("正在为您提交。")
    call.on(BotStillWorks())
    call.play_out()
    call.wait(1100)
    call.play_out()
    call.wait(6100)
    assert call.said == ["正在为您提交。", *SAID.fillers[:2]]


def test_silence_is_asked_into_twice_and_then_the_call_ends(call: PaperCall) -> None:
    call.bot_says("请问有什么可以帮您？")
    for _ in range(4):
        call.play_out()
        call.wait(7100)
    assert call.said[1:] == [*SAID.still_there, SAID.goodbye]
    assert call.done[-1] == LeaveCall(Exit.HANG_UP)


def test_or_a_person_takes_over() -> None:
    call = PaperCall(Pace(after_silence=Exit.TRANSFER, after_silence_target="queue"))
    for _ in range(4):
        call.play_out()
        call.wait(7100)
    assert (call.said[-1], call.done[-1]) == (SAID.to_a_person, LeaveCall(Exit.TRANSFER, "queue"))


def test_who_speaks_during_the_goodbye_stays(call: PaperCall) -> None:
    for _ in range(3):
        call.play_out()
        call.wait(7100)
    assert call.said[-1] == SAID.goodbye
    call.caller_says("等一下我还在")
    assert call.passed == ["等一下我还在"]
    call.wait(900)
    assert call.all(LeaveCall) == []


def test_a_transfer_waits_for_the_words_before_it(call: PaperCall) -> None:
    call.bot_says("我为您转接。")
    call.on(BotLeaves(Exit.TRANSFER, "returns"))
    assert call.all(LeaveCall) == []
    call.play_out()
    assert call.done[-1] == LeaveCall(Exit.TRANSFER, "returns")


def test_hanging_up_loses_nothing(call: PaperCall) -> None:
    call.bot_says("一。", "二。")
    call.play_sentence()
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=False))
    call.on(KeyPressed("4"), LineEnded())
    assert call.passed == ["我要退货", "#4"]
    assert call.all(WasHeard) == [WasHeard(1, 1, 2)]
    assert call.wait(10_000) == []
    assert call.on(SpeechBegan(), TextHeard("喂", is_final=True)) == []
