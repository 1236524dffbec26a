from datetime import UTC, datetime

import pytest

from appliance.understanding.fast_path import understand
from models.commands import (
    Affirm,
    Chitchat,
    Command,
    Context,
    Deny,
    Flow,
    Handoff,
    HandoffReason,
    Nothing,
    Repeat,
    SetSlot,
    Slot,
)

NOW = datetime(2026, 4, 15, tzinfo=UTC)
OPEN = Context(now=NOW)
CONFIRM = Context(now=NOW, flow=Flow.RETURN_REFUND, awaiting="confirm")


def _said(words: str, context: Context = OPEN) -> tuple[Command, ...] | None:
    understood = understand(words, context)
    return understood.commands if understood else None


@pytest.mark.parametrize(
    "words", ["转人工", "人工人工", "我要转人工客服", "麻烦帮我转人工，谢谢", "zrg", "找个真人", "转接人工吧"]
)
def test_a_human_is_called(words: str) -> None:
    assert _said(words) == (Handoff(reason=HandoffReason.CUSTOMER_ASKED),)


@pytest.mark.parametrize("words", ["别给我转人工", "不要转人工", "人工费多少", "转人工要等多久？我的快递到哪了"])
def test_more_than_the_call_goes_to_the_models(words: str) -> None:
    assert _said(words) is None


@pytest.mark.parametrize("words", ["再说一遍", "没听清", "麻烦再说一次", "重复一下"])
def test_say_it_again(words: str) -> None:
    assert _said(words) == (Repeat(),)


def test_yes_and_no_count_where_something_is_to_be_decided() -> None:
    assert (_said("好的", CONFIRM), _said("先不", CONFIRM)) == ((Affirm(),), (Deny(),))
    assert _said("好的") is None


@pytest.mark.parametrize("words", ["好的？", "好的，不过邮费谁出", "两双都退我才同意", "确认，按小李说的退"])
def test_a_yes_with_more_is_not_taken_here(words: str) -> None:
    assert _said(words, CONFIRM) is None


@pytest.mark.parametrize(("words", "count"), [("3", 3), ("两双", 2), ("三个吧", 3), ("１２", 12)])
def test_a_bare_number_where_a_quantity_is_awaited(words: str, count: int) -> None:
    context = Context(now=NOW, flow=Flow.RETURN_REFUND, awaiting="quantity")
    assert _said(words, context) == (SetSlot(slot=Slot.QUANTITY, value=count),)


@pytest.mark.parametrize("words", ["", "  \n", "。。。", "😂😂", "\u200b\ufeff", "【动画表情】"])
def test_no_words_are_nothing(words: str) -> None:
    assert _said(words) == (Nothing(),)


@pytest.mark.parametrize("words", ["好的谢谢", "嗯嗯谢谢", "谢谢啦"])
def test_thanks_are_small_talk_where_nothing_is_awaited(words: str) -> None:
    assert _said(words) == (Chitchat(),)
    assert _said(words, CONFIRM) != (Chitchat(),)
