"""Each engine is told in its own way how a character is read, and told nothing else."""

import pytest

from models.tts.polyphones import TABLE, Notation, mark, plain


@pytest.mark.parametrize(
    ("reading", "for_espeak", "for_cosyvoice"),
    [
        ("款项原路退还", "款项原路退环", "款项原路退[h][uán]"),
        ("请重新说一遍", "请虫新说一遍", "请[ch][óng]新说一遍"),
        ("银行卡", "银航卡", "银[h][áng]卡"),
        ("请数一数", "请鼠一鼠", "请[sh][ǔ]一[sh][ǔ]"),
        ("还有两只鞋", "还有两之鞋", "还有两[zh][ī]鞋"),
        ("您还得先寄回来", "您还得先寄回来", "您还[d][ěi]先寄回来"),
        ("快递单号", "快递单号", "快递单号"),
    ],
)
def test_a_word_is_marked_for_each_engine(reading: str, for_espeak: str, for_cosyvoice: str) -> None:
    assert mark(reading, Notation.HOMOPHONES) == for_espeak
    assert mark(reading, Notation.PINYIN) == for_cosyvoice


def test_every_reading_is_in_the_form_that_engines_know() -> None:
    """No y, w or ü: CosyVoice has no such parts."""
    readings = {reading for word in TABLE.words for reading in word.replace("}", "{").split("{")[1::2]}
    unknown = {reading for reading in readings if reading[0] in "yü" or "ü" in reading}
    assert unknown == set()
    assert set(TABLE.homophones) <= readings


def test_a_word_stands_in_the_table_once() -> None:
    words = [plain(word) for word in TABLE.words]
    assert [word for word in words if words.count(word) > 1] == []
