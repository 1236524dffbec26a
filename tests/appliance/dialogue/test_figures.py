"""Figures in any script are read as what they are, with what they count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.dialogue.figures import codes, figures, level


def read(text: str) -> list[str]:
    return [figure.value + figure.unit for figure in figures(level(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("合计退389元", ["389元"]),
        ("合计退３８９．００元", ["389元"]),
        ("合计退三百八十九块", ["389元"]),
        ("合计退叁佰捌拾玖圆", ["389元"]),
        ("￥1,389.50", ["1389.5元"]),
        ("一千三百八十九点五元", ["1389.5元"]),
        ("1到3个工作日", ["1", "3工作日"]),
        ("一至三个工作日", ["1", "3工作日"]),
        ("11月18日，十一月十八号", ["11月", "18日", "11月", "18日"]),
        ("3个月内", ["3个月"]),
        ("48小时", ["48小时"]),
        ("二十万零三元", ["200003元"]),
        ("3万元", ["30000元"]),
        ("两亿", ["200000000"]),
        ("尾号零零一二", ["0012"]),
        ("二零二六年", ["2026年"]),
        ("七天无理由", ["7天"]),
        ("半小时", ["半小时"]),
        ("三百八", ["三百八"]),
        ("第٣位", ["3位"]),
        ("您好", []),
    ],
)
def test_figures(text: str, found: list[str]) -> None:
    assert read(text) == found


def test_what_has_letters_is_a_code_and_no_figure() -> None:
    levelled = level("顺丰ＳＦ１２３４五，单号YT99")
    assert codes(levelled) == ["sf1234", "yt99"]
    assert [figure.value for figure in figures(levelled)] == ["5"]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_two_numbers_are_never_taken_for_one_another(one: int, other: int) -> None:
    assert (read(f"退{one}元") == read(f"退{other}元")) is (one == other)


_DIGITS, _PLACES = "零一二三四五六七八九", ("", "十", "百", "千")


def in_words(number: int) -> str:
    """Up to 99,999, as it is written in full."""
    if number >= 10_000:
        rest = number % 10_000
        between = "零" if 0 < rest < 1_000 else ""
        return in_words(number // 10_000) + "万" + (between + in_words(rest) if rest else "")
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        gap = gap or (bool(words) and digit == 0)
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
    return words or "零"


@given(st.integers(0, 99_999))
def test_a_number_in_words_is_the_number_in_digits(number: int) -> None:
    words = in_words(number)
    assert read(f"退{words}元") == read(f"退{number}元")
