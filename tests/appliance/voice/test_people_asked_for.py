"""Whoever asks for people while a quote is read need not hear it to its end, and has agreed to nothing by that."""

import pytest

from appliance.voice.events import SpeechBegan, SpeechEnded, StopSpeaking, TextHeard, WasHeard
from tests.appliance.voice.conftest import PHRASES, PaperCall

QUOTE = ("退款一百元。", "您同意吗？")


def _quoted(call: PaperCall, *, id: int = 1) -> None:  # noqa: A002
    call.bot_says(*QUOTE, id=id, may_interrupt=False, is_quote=True)


def test_it_stops_a_quote_at_once_and_is_passed_on(call: PaperCall) -> None:
    _quoted(call)
    call.on(SpeechBegan())
    assert call.on(TextHeard("我要转人工", is_final=False)) == [StopSpeaking()]
    call.final = "我要转人工"
    call.on(SpeechEnded())
    call.wait(1400)
    assert (call.said, call.passed) == ([QUOTE[0]], ["我要转人工"])
    assert call.all(WasHeard) == [WasHeard(1, 0, 2)]


def test_a_quote_that_waits_is_not_begun(call: PaperCall) -> None:
    call.bot_says("请稍等，我查一下。")
    _quoted(call, id=2)
    call.caller_says("给我转人工")
    assert (call.said, call.passed) == (["请稍等，我查一下。"], ["给我转人工"])
    assert call.all(WasHeard) == [WasHeard(1, 0, 1), WasHeard(2, 0, 2)]


def test_a_final_alone_stops_it_too(call: PaperCall) -> None:
    _quoted(call)
    call.on(SpeechBegan())
    call.final = "找个人跟我说"
    call.on(SpeechEnded())
    call.wait(1400)
    assert (call.said, call.passed) == ([QUOTE[0]], ["找个人跟我说"])


@pytest.mark.parametrize("final", ["好的就这么办", "不对"])
def test_a_quote_that_was_stopped_by_words_misheard_goes_on(call: PaperCall, final: str) -> None:
    _quoted(call)
    call.on(SpeechBegan(), TextHeard("人工", is_final=False))
    call.final = final
    call.on(SpeechEnded())
    call.wait(1400)
    assert call.speaking is not None
    call.play_out()
    assert call.said[:3] == [QUOTE[0], *QUOTE]
    assert ("好的就这么办" in call.passed, call.all(WasHeard)[0]) == (False, WasHeard(1, 2, 2))


def test_a_receipt_and_a_notice_are_said_whole(call: PaperCall) -> None:
    call.bot_says("已为您提交退款。", may_interrupt=False)
    call.caller_says("转人工")
    assert (call.all(StopSpeaking), call.passed) == ([], [])
    call.play_out()
    assert call.passed == ["转人工"]


@pytest.mark.parametrize(
    "text",
    [
        "不用转人工",
        "先别转人工",
        "不要人工，你接着说",
        "不想找人工",
        "不用叫人工",
        "不接人工",
        "我不想要真人",
        "不是要转人工",
        "没必要转人工",
        "不必转人工",
        "无需人工",
        "别给我转人工",
        "不用再给我转人工",
        "是不是要转人工",
        "你是真人吗，还是人工智能",
        "你是人工还是机器",
        "人工费谁出",
        "还要人工费啊",
        "收不收人工服务费",
        "换个人收货可以吗",
        "找个人签收",
        "我找个人去寄",
        "找个人帮我签一下",
    ],
)
def test_these_are_no_such_wish(text: str) -> None:
    assert PHRASES.asks_for_people(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "人工",
        "不是，我要转人工",
        "不用了，转人工",
        "别念了，找个人来",
        "不对，给我转人工",
        "叫你们经理听电话",
        "人工客服",
        "换个真人",
        "找个人帮我处理",
        "你找个人去处理一下",
    ],
)
def test_these_are(text: str) -> None:
    assert PHRASES.asks_for_people(text) is True
