"""Which question an answer belongs to: what is said or pressed before the end of one, behind a cut, into a goodbye."""

import pytest

from appliance.voice.events import BotIsDone, KeyPressed, LeaveCall, LineEnded, SpeechBegan, SpeechEnded, TextHeard
from tests.appliance.voice.conftest import PHRASES, PaperCall

SAID = PHRASES.said
QUOTE = ("退款一百元。", "同意请按1。")


def quoted(call: PaperCall) -> None:
    call.bot_says(*QUOTE, may_interrupt=False, is_quote=True)


def at_the_goodbye() -> PaperCall:
    call = PaperCall()
    for _ in range(3):
        call.play_out()
        call.wait(7100)
    assert call.said[-1] == SAID.goodbye
    return call


@pytest.mark.parametrize(("words", "behind"), [("好的", []), ("对的退货吧", [SAID.say_again])])
def test_no_answer_to_a_filler_is_a_yes_to_the_quote_behind_it(call: PaperCall, words: str, behind: list[str]) -> None:
    """To the conversation the quote was said when it came, and a yes that came after that was one to it."""
    call.caller_says("帮忙办退货")
    call.wait(1000)
    call.on(SpeechBegan())
    quoted(call)
    call.wait(300)
    call.final = words
    call.on(SpeechEnded())
    call.wait(1400)
    call.play_out()
    assert call.said == [SAID.fillers[0], *QUOTE, *behind]
    assert call.passed == ["帮忙办退货"]
    call.caller_says("好的")
    assert call.passed == ["帮忙办退货", "好的"]


def test_nor_is_one_that_waits_for_the_fillers_end(call: PaperCall) -> None:
    call.caller_says("帮忙办退货")
    call.wait(1000)
    call.caller_says("好的")
    quoted(call)
    call.play_out()
    assert (call.passed, call.said[1:]) == (["帮忙办退货"], [*QUOTE])


def test_nor_is_a_key_that_stops_the_filler(call: PaperCall) -> None:
    call.caller_says("帮忙办退货")
    call.wait(1000)
    quoted(call)
    call.on(KeyPressed("1"), KeyPressed("#"))
    call.wait(100)
    call.play_out()
    assert (call.passed, call.said[-3:]) == (["帮忙办退货"], [*QUOTE, SAID.say_again])


@pytest.mark.parametrize(("words", "passed"), [("好的", []), ("不要了", ["不要了"])])
def test_who_hangs_up_before_a_quote_began_agrees_to_nothing(call: PaperCall, words: str, passed: list[str]) -> None:
    call.bot_says("要为您申请退货吗？")
    call.caller_says(words)
    if call.speaking is not None:
        quoted(call)
    call.on(LineEnded())
    assert call.passed == passed


def test_a_key_before_the_end_of_a_quote_is_no_yes_though_nothing_ended_it(call: PaperCall) -> None:
    """Its pause would be over when the quote is, too."""
    quoted(call)
    call.play_sentence()
    call.on(KeyPressed("1"))
    call.wait(500)
    call.play_sentence()
    assert call.said[-1] == SAID.say_again
    call.play_out()
    call.wait(3100)
    assert call.passed == []
    call.on(KeyPressed("1"), KeyPressed("#"))
    assert call.passed == ["#1"]


def test_a_key_behind_a_quote_is_its_answer_whatever_was_pressed_before(call: PaperCall) -> None:
    quoted(call)
    call.on(KeyPressed("1"))
    call.play_sentence()
    call.play_sentence()
    call.on(KeyPressed("1"))
    call.wait(3100)
    assert call.passed == ["#1"]


@pytest.mark.control("L-05")
@pytest.mark.parametrize("ends", ["#", "", "hang up"])
def test_a_refusal_to_be_recorded_counts_also_within_a_quote(call: PaperCall, ends: str) -> None:
    quoted(call)
    call.on(KeyPressed("0"))
    if ends == "hang up":
        call.on(LineEnded())
    else:
        call.on(*(KeyPressed(key) for key in ends))
        call.play_out()
    assert call.passed == ["#0"]
    assert SAID.say_again not in call.said


@pytest.mark.control("L-05")
def test_so_does_one_in_words(call: PaperCall) -> None:
    quoted(call)
    call.caller_says("我不同意录音")
    call.play_out()
    assert (call.passed, SAID.say_again in call.said) == (["我不同意录音"], False)


def test_no_words_into_a_quote_are_a_yes_though_a_sound_began_before_it(call: PaperCall) -> None:
    """A television, say: it holds the bot up for a while, and then the quote is said over it."""
    call.on(SpeechBegan())
    call.wait(2600)
    quoted(call)
    assert call.said == [QUOTE[0]]
    call.final = "确认退款"
    call.on(TextHeard("确认退款", is_final=False), SpeechEnded())
    call.wait(1400)
    call.play_out()
    assert (call.passed, call.said[-1]) == ([], SAID.say_again)


def test_a_yes_and_a_no_behind_it_are_passed_on_as_they_were_said(call: PaperCall) -> None:
    """The yes waits for the end of the question, and the no cuts it short."""
    call.bot_says("要为您申请退货吗？")
    call.caller_says("好的")
    assert call.passed == []
    call.caller_says("不对等一下")
    assert call.passed == ["好的", "不对等一下"]


def test_a_yes_and_a_key_behind_it_too(call: PaperCall) -> None:
    call.bot_says("要为您申请退货吗？")
    call.caller_says("好的")
    call.on(KeyPressed("2"), KeyPressed("#"))
    assert call.passed == ["好的", "#2"]


@pytest.mark.parametrize("words", ["在的", "听着呢", "嗯"])
def test_who_says_that_he_is_there_is_not_hung_up_on(words: str) -> None:
    """To anything else that is said they would be back-channels."""
    call = at_the_goodbye()
    call.caller_says(words)
    assert call.speaking is None
    call.on(BotIsDone())
    call.wait(6000)
    assert (call.passed, call.all(LeaveCall)) == ([words], [])


def test_nor_is_who_was_not_understood() -> None:
    call = at_the_goodbye()
    call.is_guessed = True
    call.caller_says("订单号是")
    call.play_out()
    call.wait(1000)
    assert (call.said[-1], call.all(LeaveCall)) == (SAID.not_heard, [])


@pytest.mark.parametrize("pressed", [KeyPressed("#"), KeyPressed("4"), KeyPressed("0", is_whole=True)])
def test_nor_is_who_presses_a_key(pressed: KeyPressed) -> None:
    call = at_the_goodbye()
    call.on(pressed)
    assert call.speaking is None
    call.wait(900)
    assert call.all(LeaveCall) == []


def test_a_cough_keeps_nobody_on_the_line() -> None:
    call = at_the_goodbye()
    call.caller_says("")
    call.play_out()
    call.wait(1000)
    assert len(call.all(LeaveCall)) == 1
