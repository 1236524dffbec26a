"""The normalised reading of a text, and its way back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.pii.prefilter import may_hold
from security.pii.view import view_of


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("１３８", "138"),
        ("幺三八零零幺", "138001"),
        ("洞幺两三四五六拐八勾", "0123456789"),
        ("壹贰叁肆伍陆柒捌玖零", "1234567890"),
        ("①③⑧", "138"),
        ("٠١٢٣", "0123"),
        ("1\u200b3\u200d8", "138"),
        ("幺八六 三个一", "186 111"),
        ("138📞0013📞8000", "138 0013 8000"),
        ("幺三八，然后，零零幺", "138 001"),
        ("六二二八嗯呃四八幺四", "6228 4814"),
        ("6226.6612", "6226.6612"),
        ("一百三十八 二十三 四五 六七八九", "138 23 45 6789"),
        ("one three eight double oh one three eight thousand", "1 3 8 00 1 3 8000"),
        ("一百三十八块", "一百三十八块"),
        ("四个一行", "四个一行"),
        ("一袋两盒", "一袋两盒"),
    ],
)
def test_digits_of_every_script_become_ascii_where_they_stand_together(written: str, read: str) -> None:
    assert view_of(written).text == read


def test_an_utterance_may_hesitate_longer() -> None:
    hesitating = "幺三八嗯那个啊就是零零幺"
    assert view_of(hesitating, is_spoken=True).text == "138 001"
    assert view_of(hesitating).text != "138 001"


@given(
    text=st.text(st.sampled_from("0１２三四幺百十千 ，.嗯啊个然后是 📞\u200bＡａⅫ①é\u0301手机"), max_size=40)
    | st.text(max_size=40)
)
def test_every_character_leads_back_to_the_original_in_order(text: str) -> None:
    view = view_of(text)
    assert len(view.text) == len(view.starts) == len(view.ends)
    for start, end in zip(view.starts, view.ends, strict=True):
        assert 0 <= start < end <= len(text)
    assert [*view.starts] == sorted(view.starts)
    assert [*view.ends] == sorted(view.ends)


@pytest.mark.parametrize("text", ["", "我要退货", "好的谢谢", "第一件不要了", "两三天", "鞋子开胶了怎么办"])
def test_texts_without_digits_are_not_looked_at(text: str) -> None:
    assert not may_hold(text)


@pytest.mark.parametrize("text", ["138", "一三八", "１２３", "①②③", "a@b", "ａ＠ｂ", "密码是啥", "PWD x", "零 1 ②"])
def test_texts_that_may_hold_something_are(text: str) -> None:
    assert may_hold(text)
