"""Everything that the bot may write is read as a person would: by table, and by what must hold of any text."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tts.reading.numbers import cardinal
from models.tts.reading.signs import PAUSES
from models.tts.reading.text import read

PARTS = [
    *(
        "10",
        "2026",
        "元",
        "角",
        "件",
        "天",
        "月",
        "日",
        "点",
        "号",
        "尾号",
        "订单号",
        "第",
        "到",
        "折",
        "kg",
        "℃",
        "SF",
        "v",
        "x",
        "a",
    ),
    *("iPhone", "**", "⟨手机1⟩", "a@b.cn", "https://a.cn", "😀", "²", "①", "½"),
]
TABLE = tomllib.loads(Path(__file__).with_name("readings.toml").read_text("utf-8"))
ROWS = [
    pytest.param(written, said, id=f"{kind}-{written}")
    for kind, rows in TABLE.items()
    for written, said in rows.items()
]
SPOKEN = {figure: value for value, figure in enumerate("零一二三四五六七八九")} | {"两": 2}
PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
PIECES = st.sampled_from([*"0123456789-~:/.,×%¥*@+=()（）「」 \n，。", *PARTS])
LIKE_OURS = st.lists(PIECES, max_size=14).map("".join)


@pytest.mark.parametrize(("written", "said"), ROWS)
def test_it_is_read_as_the_table_says(written: str, said: str) -> None:
    assert read(written) == said


def test_the_table_is_large() -> None:
    assert len(ROWS) >= 200


@given(st.text() | LIKE_OURS)
def test_nothing_is_left_that_an_engine_would_have_to_guess_at(written: str) -> None:
    assert [c for c in read(written) if not (c.isalpha() or c in PAUSES or c == " ")] == []


@given(st.text() | LIKE_OURS)
def test_what_was_read_is_read_as_it_stands(written: str) -> None:
    assert read(read(written)) == read(written)


@given(st.integers(min_value=0, max_value=10**16 - 1))
def test_a_number_in_words_is_that_number(number: int) -> None:
    assert _value(cardinal(str(number))) == number


@given(st.integers(min_value=1, max_value=10**9))
def test_an_amount_keeps_every_fen(fen: int) -> None:
    said = read(f"{fen // 100}.{fen % 100:02d}元")
    yuan, _, part = said.rpartition("元") if "元" in said else ("零", "", said)
    jiao, _, rest = part.rpartition("角")
    assert _value(yuan) * 100 + _value(jiao or "零") * 10 + _value(rest.removesuffix("分") or "零") == fen


def _value(said: str) -> int:
    """The other way round, written apart from what is tested."""
    yi, myriads, section, figure = 0, 0, 0, 0
    for character in said:
        if character in SPOKEN:
            figure = SPOKEN[character]
        elif character == "亿":
            yi, myriads, section, figure = (myriads + section + figure) * PLACES["亿"], 0, 0, 0
        elif character == "万":
            myriads, section, figure = (section + figure) * PLACES["万"], 0, 0
        else:
            section, figure = section + (figure or 1) * PLACES[character], 0
    return yi + myriads + section + figure
