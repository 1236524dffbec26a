import pytest

from models.commands import Flow
from models.compact.normalise import fold
from models.compact.plain import _table, is_no, is_thanks, is_yes, restates


@pytest.mark.parametrize(
    "words",
    [
        "确认",
        "嗯，没问题，办吧",
        "可以的，提交",
        "行，给我办了吧",
        "没错，确认提交",
        "OK",
        "中",
        "好的好的。",
        "没问题，走吧",
    ],
)
def test_yes(words: str) -> None:
    assert is_yes(words)
    assert not is_no(words)


@pytest.mark.parametrize(
    "words",
    [
        "好吗？",
        "好的，不过邮费呢",
        "可以，但是得今天到账",
        "确认，按店长说的办",
        "都退我才同意",
        "行不行",
        "不可以",
        "不中不中",
        "没确认",
        "好的，另外开发票",
        "退两个",
        "是质量问题",
        "你好",
        "亲好",
        "全额退",
        "好快啊",
        "没问题吧",
        "取消了对吧",
        "哦这样啊",
        "可以嘛",
        "就这么？",
        "",
        "。。。",
    ],
)
def test_anything_more_is_no_plain_yes(words: str) -> None:
    assert not is_yes(words)
    assert not is_yes(words, confirming=Flow.RETURN_REFUND)


@pytest.mark.parametrize(
    ("words", "flow"), [("退吧", Flow.RETURN_REFUND), ("取消吧", Flow.CANCEL_ORDER), ("确认换货", Flow.EXCHANGE)]
)
def test_the_name_of_the_act_is_a_yes_to_that_act_only(words: str, flow: Flow) -> None:
    assert is_yes(words, flow)
    assert not is_yes(words)
    assert not is_yes(words, Flow.INVOICE)


def test_calling_off_is_a_no_but_where_an_order_is_cancelled() -> None:
    assert is_no("唉，取消吧", Flow.RETURN_REFUND)
    assert not is_no("取消吧", Flow.CANCEL_ORDER)


@pytest.mark.parametrize("words", ["对了", "得了", "可是"])
def test_pieces_that_mean_something_else_together(words: str) -> None:
    assert not is_yes(words, Flow.RETURN_REFUND)


def test_a_yes_may_name_what_it_agrees_to() -> None:
    assert restates("对，就退那两双□□", Flow.RETURN_REFUND)
    assert not restates("对，就换那两双□□", Flow.RETURN_REFUND)
    assert not restates("对，退货太慢了", Flow.RETURN_REFUND)


@pytest.mark.parametrize("words", ["不", "不要", "算了", "先不", "别别别", "那算了吧", "我再想想"])
def test_no(words: str) -> None:
    assert is_no(words)
    assert not is_yes(words, confirming=Flow.RETURN_REFUND)


@pytest.mark.parametrize("words", ["谢谢", "好的谢谢", "嗯嗯，谢谢", "知道了，多谢", "行，辛苦了", "OK谢谢啦"])
def test_thanks(words: str) -> None:
    assert is_thanks(words)


@pytest.mark.parametrize(
    "words", ["好的", "知道了", "谢谢，快递到哪了", "好的谢谢，帮我退货", "不用谢谢", "谢谢？到哪了"]
)
def test_an_answer_or_a_request_is_no_thanks(words: str) -> None:
    assert not is_thanks(words)


@pytest.mark.parametrize(
    "words",
    [
        "你好",
        "你好呀",
        "亲，你好",
        "没问题了，谢谢",
        "没毛病了",
        "弄好了，谢谢",
        "没事，好了",
        "好快啊",
        "必须尽快",
        "你可快点吧",
        "行啦",
        "好麻烦了",
        "是吧",
        "对吧",
        "可以啊你",
        "你行你来吧",
        "好🙄",
        "好办",
        "好退吗",
        "得退",
        "得确认",
        "就是",
        "哦对",
        "那是",
        "请确认",
        "是这样",
        "是这样的",
        "上面",
        "行行好",
        "好整",
        "可以尽快吗",
        "弄好",
        "对了",
        "可不是",
    ],
)
@pytest.mark.parametrize("flow", [None, Flow.RETURN_REFUND, Flow.CANCEL_ORDER, Flow.EXCHANGE])
def test_what_is_only_made_of_the_words_of_a_yes_is_none(words: str, flow: Flow | None) -> None:
    assert not is_yes(words, flow)


@pytest.mark.parametrize(
    "words",
    [
        "好的好的",
        "好好好",
        "嗯嗯，好的",
        "那行",
        "那就这样吧",
        "亲，可以的",
        "好的亲，谢谢",
        "没问题，麻烦尽快",
        "行，辛苦了",
        "对对对",
        "对，没错",
        "好，办吧",
        "好👌",
        "可以👍",
        "必须的",
        "好谢谢",
        "确认，谢谢啦",
        "嗯，就这么办吧，麻烦你了",
        "要得",
        "OK，提交吧",
    ],
)
def test_ways_of_saying_yes(words: str) -> None:
    assert is_yes(words, Flow.RETURN_REFUND)


def test_no_ending_is_free() -> None:
    """A word of the list and an ending that is not in the list together with it is no yes."""
    table = _table()
    words = {*table["yes_short"], *table["yes_whole"], *table["yes_alone"]}
    endings = "了啦吗嘛吧呢你快才不没几啥么个点"
    made = [fold(word + end) for word in words - {"ok"} if len(word) < 3 for end in endings]
    unlisted = [text for text in made if text not in words and text[-2:] not in words]
    assert [text for text in unlisted if is_yes(text)] == []
