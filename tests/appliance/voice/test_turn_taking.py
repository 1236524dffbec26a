"""Turns of a call, one fact a test: who speaks, who is heard, what is passed on."""

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
    assert EndUtterance() not in held.wait(800)
    assert EndUtterance() in held.wait(400)


def test_words_that_promise_more_hold_it_open_whatever_the_model_says(call: PaperCall) -> None:
    call.on(SpeechBegan(), TextHeard("我要退货因为", is_final=False), SpeechEnded())
    call.wait(200)
    assert call.on(TurnJudged(is_complete=True)) == []
    assert EndUtterance() not in call.wait(900)


def test_speech_that_goes_on_before_the_final_pass_is_one_turn(call: PaperCall) -> None:
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=False), SpeechEnded())
    while EndUtterance() not in call.on(Tick()):
        call.at_ms += 20
    call.on(SpeechBegan(), TextHeard("我要退货", is_final=True), TextHeard("一双鞋", is_final=False))
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


def test_digits_are_gathered_until_the_hash(call: PaperCall) -> None:
    call.bot_says("请输入订单号。")
    call.on(*(KeyPressed(key) for key in "8123*4402#"))
    assert call.passed == ["#4402"]
    assert call.all(StopSpeaking) == [StopSpeaking()]


def test_a_star_erases_and_alone_is_passed_on(call: PaperCall) -> None:
    call.on(KeyPressed("1"), KeyPressed("*"), KeyPressed("*"))
    assert call.passed == ["#*"]


def test_no_recording_is_passed_on_while_the_notice_is_said(call: PaperCall) -> None:
    call.bot_says("通话会录音，不想录音请按0。", may_interrupt=False)
    call.on(KeyPressed("0"))
    assert (call.passed, call.all(StopSpeaking)) == (["#0"], [])


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
