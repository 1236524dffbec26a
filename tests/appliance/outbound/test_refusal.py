"""Who is asked not to call whom: firm noes end a call, doubtful ones are asked back, and all else goes on."""

import pytest

from appliance.outbound.refusal import Refusal, RefusalGrammar
from tests.appliance.outbound.sayings import DOUBTFUL, FIRM, ORDINARY

GRAMMAR = RefusalGrammar.load()


@pytest.mark.parametrize("said", FIRM)
def test_a_firm_no_is_heard(said: str) -> None:
    assert GRAMMAR.of(said) is Refusal.FIRM


@pytest.mark.parametrize("said", DOUBTFUL)
def test_a_doubtful_one_is_in_doubt(said: str) -> None:
    assert GRAMMAR.of(said) is Refusal.DOUBTFUL


@pytest.mark.parametrize("said", ORDINARY)
def test_ordinary_words_are_none(said: str) -> None:
    assert GRAMMAR.of(said) is Refusal.NONE


@pytest.mark.parametrize(
    "word",
    [
        "打来的",
        "过来",
        "用人来",
        "老是",
        "给我们",
        "这个我们家的",
        "再打过来我",
        "你们的",
        "你家",
        "推销名单",
        "通知我",
        "不接",
    ],
)
def test_what_is_said_over_and_over_can_be_read_in_one_way(word: str) -> None:
    """Two ways of reading each would be more than can be tried."""
    assert GRAMMAR.of(f"你们不要再{word * 60}嘛") in Refusal
    assert GRAMMAR.of(f"不想再接{word * 60}嘛") in Refusal
    assert GRAMMAR.of(f"再打{word * 60}嘛") in Refusal


@pytest.mark.parametrize(
    ("said", "confirmed"),
    [
        ("是的", True),
        ("对，就是这个意思", True),
        ("嗯", True),
        ("别打了", True),
        ("不要", True),
        ("不要打了，是的", True),
        ("不是", False),
        ("不是不要打，是现在不方便", False),
        ("没有没有", False),
        ("我要退货", None),
        ("啥", None),
    ],
)
def test_what_was_asked_back_is_confirmed_denied_or_passed_over(said: str, confirmed: bool | None) -> None:
    assert GRAMMAR.is_confirmed(said) is confirmed
