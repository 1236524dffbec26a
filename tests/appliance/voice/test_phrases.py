"""What words mean for the turn."""

import pytest

from appliance.voice.phrases import Phrases, Verdict

PHRASES = Phrases.load()


@pytest.mark.parametrize(
    "text",
    [
        *("", "嗯", "嗯嗯，好的。", "哦 这样啊", "OK ok", "我知道了", "好没问题"),
        *(
            "随便",
            "随便吧都行",
            "不客气",
            "嗯不用谢",
            "不要紧的",
            "没有关系",
            "慢慢来不着急",
            "麻烦你了",
            "喂在呢",
            "阿嚏",
            "哇",
        ),
    ],
)
def test_a_backchannel_goes_on(text: str) -> None:
    assert PHRASES.judge(text) is Verdict.GO_ON


@pytest.mark.parametrize(
    "text",
    [
        *("等一下", "不是", "转人工", "停！", "嗯不是", "好的那运费谁出", "我要退货", "几天到账", "麻烦你帮我退了"),
        *("没收到", "我没看到", "嗯不知道", "不懂", "够了", "好了够了", "可是", "嗯但是", "哪天", "哪个啊", "不对不对"),
    ],
)
def test_what_means_something_stops(text: str) -> None:
    assert PHRASES.judge(text) is Verdict.STOP


@pytest.mark.parametrize("text", ["退", "我知", "嗯，运", "原来", "麻烦你", "不客", "慢慢", "行不行"])
def test_what_may_still_become_either_is_open(text: str) -> None:
    assert PHRASES.judge(text) is Verdict.OPEN


@pytest.mark.parametrize("text", ["是不是", "对不对", "好不好啊"])
def test_a_tag_question_is_no_refusal(text: str) -> None:
    assert PHRASES.asks_to_stop(text) is False


@pytest.mark.parametrize("text", ["不是不是", "不对不对", "不要不要", "不行不行", "没有没有"])
def test_said_twice_it_is_none(text: str) -> None:
    assert PHRASES.asks_to_stop(text) is True


@pytest.mark.parametrize(
    "text",
    [
        *(
            "不同意",
            "不是不是",
            "不要了",
            "不行",
            "等一下我还没想好",
            "不对吧金额错了是吗",
            "我要人工",
            "不用了，谢谢",
            "算了吧",
        ),
        *("别退了", "不对，是三十九块", "叫你们经理", "我不接受这个价格"),
    ],
)
def test_a_no_is_a_refusal(text: str) -> None:
    assert PHRASES.refuses(text) is True


@pytest.mark.parametrize(
    "text",
    [
        *(
            "好的，我要退",
            "没有异议",
            "没意见",
            "不是不可以",
            "没错了就这样",
            "好的不用了",
            "行",
            "确认取消",
            "好的取消",
            "取消",
        ),
        *(
            "不用等了退吧",
            "不用说了，确认",
            "不好意思，我要退",
            "不用改了，就这样办",
            "喂",
            "什么",
            "我想退",
            "是不是",
            "不用了，行",
        ),
    ],
)
def test_what_may_be_a_yes_is_none(text: str) -> None:
    assert PHRASES.refuses(text) is False


@pytest.mark.parametrize(
    ("text", "is_yes"),
    [("好的", True), ("嗯好的", True), ("嗯", False), ("咳", False), ("我知道了", False), ("不行", False)],
)
def test_a_yes_is_more_than_a_sound(text: str, is_yes: bool) -> None:
    assert PHRASES.says_yes(text) is is_yes


@pytest.mark.parametrize(
    ("text", "is_complete"),
    [
        *(
            (text, True)
            for text in ("我要退货", "快递什么时候能到", "还没收到", "我买的不是这个", "那个单子是我的", "不是")
        ),
        *((text, False) for text in ("然后", "我的订单号是", "麻烦寄到", "我想要那个", "因为我的", "呃", "")),
    ],
)
def test_words_that_promise_more_are_not_complete(text: str, is_complete: bool) -> None:
    assert PHRASES.sounds_complete(text) is is_complete


@pytest.mark.parametrize(("text", "does"), [("八二三", True), ("尾号4402。", True), ("四四零二的", False)])
def test_a_number_is_known_by_its_end(text: str, does: bool) -> None:
    assert PHRASES.ends_in_a_number(text) is does
