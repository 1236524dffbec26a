"""A reading is spoken piece by piece: all of it, the first soon, and no number in two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tts.reading.text import read
from models.tts.sentences import FIRST_LONGEST, LONGEST, split


@pytest.mark.parametrize(
    ("reading", "pieces"),
    [
        ("好的。为您查一下！", ["好的。", "为您查一下！"]),
        ("您好", ["您好"]),
        ("", []),
        (
            "为您核算好了，退轻跑运动鞋黑四十二码一件，商品价格三百九十九元，合计退三百八十九元。",
            ["为您核算好了，", "退轻跑运动鞋黑四十二码一件，商品价格三百九十九元，合计退三百八十九元。"],
        ),
    ],
)
def test_it_is_cut_where_one_pauses(reading: str, pieces: list[str]) -> None:
    assert split(reading) == pieces


@pytest.mark.parametrize("number", ["20261110123456", "SF1234567890123", "13800138000", "021-62345678转8001"])
def test_a_number_stays_whole(number: str) -> None:
    said = read(number)
    reading = read(f"包裹的单号是{number}，{'请您收好，' * 20}")
    assert [piece for piece in split(reading) if said in piece] != []


def test_a_long_sentence_ends_at_a_pause() -> None:
    reading = "您好，" + "仓库收到以后验收，" * 20 + "谢谢。"
    first, *others = split(reading)
    assert len(first) <= FIRST_LONGEST
    assert all(len(piece) <= LONGEST for piece in others)


@given(st.lists(st.sampled_from(["好的", "，", "。", "！", "12", "：", "退款", "，转", "S"]), max_size=80))
def test_the_pieces_are_the_whole(parts: list[str]) -> None:
    reading = read("".join(parts))
    pieces = split(reading)
    assert "".join(pieces) == reading
    assert all(pieces)
