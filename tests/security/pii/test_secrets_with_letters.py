"""Codes with letters and passwords of Chinese words: dropped like those of digits. Talk about them is none."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

ANALYZER = Analyzer()


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("验证码：k7q9z2", PiiType.OTP, "k7q9z2"),
        ("校验码是8Fq3，快点", PiiType.OTP, "8Fq3"),
        ("密码：我爱北京天安门2008", PiiType.PASSWORD, "我爱北京天安门2008"),
        ("我的密码：小花猫123，能登录吗", PiiType.PASSWORD, "小花猫123"),
    ],
)
def test_it_is_found_whole(text: str, type_: PiiType, value: str) -> None:
    assert [(found.type, text[found.start : found.end]) for found in ANALYZER.find(text)] == [(type_, value)]


@pytest.mark.parametrize(
    "text", ["密码：多少位", "密码是不是需要8位", "验证码收不到", "订单A12发货没，验证码没收到", "验证码怎么是灰色的"]
)
def test_talk_about_it_is_none(text: str) -> None:
    assert ANALYZER.find(text) == []
