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
        ("密码是春眠不觉晓123", PiiType.PASSWORD, "春眠不觉晓123"),
        ("登录密码是春天来了2024", PiiType.PASSWORD, "春天来了2024"),
        ("支付密码改成了花落知多少520帮我登一下", PiiType.PASSWORD, "花落知多少520"),
        ("密码：春眠不觉晓abc，能登录吗", PiiType.PASSWORD, "春眠不觉晓abc"),
        ("密码叫回家过年2025", PiiType.PASSWORD, "回家过年2025"),
        ("安全码是有效期12/28后面的 123", PiiType.CVV, "123"),
        ("CVV2在有效期1228后面那三位是 045", PiiType.CVV, "045"),
    ],
)
def test_it_is_found_whole(text: str, type_: PiiType, value: str) -> None:
    assert [(found.type, text[found.start : found.end]) for found in ANALYZER.find(text)] == [(type_, value)]


@pytest.mark.parametrize(
    "text",
    [
        *("密码：多少位", "密码是不是需要8位", "验证码收不到", "订单A12发货没，验证码没收到", "验证码怎么是灰色的"),
        *(
            "密码是什么",
            "密码是不是改了",
            "密码是多少",
            "密码是错的",
            "密码是我自己改的",
            "密码忘了",
            "密码是不是改了2次",
        ),
        *(
            "密码是谁改的2024",
            "密码是登不上12306",
            "密码是我连不上wifi",
            "密码是错的订单20261110123456",
            "密码是没收到SMS",
        ),
        *(
            "密码是怎么改的2024",
            "密码是收不到95588",
            "密码是过期了100天",
            "密码是你们系统自动生成的",
            "密码是改过了2024",
        ),
        *("安全码在有效期后面吗", "安全码是什么，订单后面的 123", "有效期12/28后面的 123"),
    ],
)
def test_talk_about_it_is_none(text: str) -> None:
    assert ANALYZER.find(text) == []
