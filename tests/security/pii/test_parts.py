"""What went its way in clear before it was known is found again in whatever was made of it."""

from typing import Any

import pytest

from security.pii.mask import Part
from security.pii.parts import Parts

PHONE = Parts([Part("138", "⟨手机1⟩"), Part("0013", "⟨手机1⟩"), Part("八零零零", "⟨手机1⟩")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0013", "⟨手机1⟩"),
        ("00-13", "⟨手机1⟩"),
        ("8000", "⟨手机1⟩"),
        ("138", "⟨手机1⟩"),
        ("尾号0013，谢谢", "尾号⟨手机1⟩，谢谢"),
        ("退款 138 元", "退款 138 元"),
        ("20261110013456", "20261110013456"),
        ("⟨手机1⟩0013", "⟨手机1⟩⟨手机1⟩"),
        ("", ""),
        ("L1", "L1"),
    ],
)
def test_in_words_of_ours(text: str, expected: str) -> None:
    assert PHONE.replaced(text) == expected


def test_in_the_speakers_own_words_shorter_parts_count_too() -> None:
    assert PHONE.replaced("我手机 138", is_own=True) == "我手机 ⟨手机1⟩"
    assert Parts([Part("00", "⟨手机1⟩")]).replaced("尾号 00，不是1000", is_own=True) == "尾号 ⟨手机1⟩，不是1000"


def test_in_a_tree_of_json_only_texts_change() -> None:
    tree: Any = {"0013": ["0013", 13, None, {"phone": "0013"}], "amount_fen": 13800}
    assert PHONE.replaced_in(tree) == {"0013": ["⟨手机1⟩", 13, None, {"phone": "⟨手机1⟩"}], "amount_fen": 13800}


def test_replacing_twice_changes_nothing_more() -> None:
    once = PHONE.replaced("138 0013 8000 的尾号是 8000", is_own=True)
    assert PHONE.replaced(once, is_own=True) == once
