"""Words that come in pieces: nothing personal is let go, and nothing is lost."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.pii.analyzer import Analyzer
from security.pii.mask import LABELS
from security.pii.model import Finding
from security.pii.streaming import HELD, StreamMask

ANALYZER = Analyzer()
ANALYZER.warm()
WORDS = (
    "好的，已经为您登记。收件人：王小明，手机 138 0013 8000，寄到浙江省杭州市西湖区文三路100号5幢302室，请您核对一下，"
    "如果没有问题我们今天就安排补发，预计三天送到。身份证110101199003071239不需要再发，谢谢您的耐心等待，祝您生活愉快。"
)


def typed(text: str, findings: Sequence[Finding]) -> str:
    parts, done = [], 0
    for finding in findings:
        parts += [text[done : finding.start], f"⟨{LABELS[finding.type]}⟩"]
        done = finding.end
    return "".join([*parts, text[done:]])


def streamed(pieces: Sequence[str]) -> list[str]:
    mask = StreamMask(ANALYZER, typed)
    return [*map(mask.feed, pieces), mask.finish()]


def cut(text: str, places: Sequence[int]) -> list[str]:
    ends = sorted({place % len(text) for place in places} | {len(text)})
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(places=st.lists(st.integers(0, 1000), max_size=60))
def test_pieces_come_to_what_the_whole_would(places: list[int]) -> None:
    assert "".join(streamed(cut(WORDS, places))) == typed(WORDS, ANALYZER.find(WORDS))


@pytest.mark.control("K1")
@given(places=st.lists(st.integers(0, 1000), max_size=60), number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_no_four_digits_of_a_number_are_ever_let_go(places: list[int], number: str) -> None:
    text = f"请记下{number}这个号码，之后的事情我们会在一个工作日之内联系您，感谢您的理解与支持，再见。" * 2
    shown = "".join(streamed(cut(text, places)))
    assert re.search("[0-9]{4}", shown) is None


def test_at_least_forty_characters_are_held_back() -> None:
    mask = StreamMask(ANALYZER, typed)
    assert HELD >= 40
    assert mask.feed("您" * HELD) == ""
    assert mask.feed("好吗") == "您您"


def test_a_number_that_is_not_finished_is_waited_for() -> None:
    mask = StreamMask(ANALYZER, typed, held=2)
    assert mask.feed("您的手机一三八") == "您的手机"
    assert mask.feed("零零幺三八零") == ""
    assert mask.feed("零零，对吗") + mask.finish() == "⟨手机⟩，对吗"


def test_an_endless_run_is_not_waited_for() -> None:
    mask = StreamMask(ANALYZER, typed)
    assert mask.feed("8" * 1000) != ""


VALUES = {
    "phone": "13800138000",
    "spoken phone": "一三八零零幺三八零零零",
    "ID card": "110101199003071239",
    "bank card": "6222020200012345670",
    "e-mail": "wang.xiaoming@example.com",
    "address": "浙江省杭州市西湖区文三路100号5幢302室",
    "landline": "0571-88886666",
}
BEFORE = {"bank card": "退到银行卡", "landline": "座机", "address": "寄到", "ID card": "身份证"}
AROUND = "好的，已经为您登记，请您核对一下，如果没有问题我们今天就安排处理，预计三天之内完成，感谢您的耐心等待。"


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_that_is_cut_at_any_place_is_never_let_go(kind: str) -> None:
    """Neither whole, nor the piece before the cut, nor the piece behind it."""
    value, before = VALUES[kind], AROUND + BEFORE.get(kind, "联系")
    for place in range(1, len(value)):
        shown = streamed([before + value[:place], value[place:] + "，" + AROUND])
        assert "".join(shown) == typed(f"{before}{value}，{AROUND}", ANALYZER.find(f"{before}{value}，{AROUND}"))
        pieces = {value[:place], value[place:], value}
        assert [piece for piece in pieces if len(piece) > 3 and piece in "".join(shown)] == []


@pytest.mark.parametrize("kind", VALUES)
def test_nor_one_that_comes_character_by_character_at_the_end(kind: str) -> None:
    text = AROUND + BEFORE.get(kind, "联系") + VALUES[kind]
    assert VALUES[kind][:4] not in "".join(streamed(list(text)))
