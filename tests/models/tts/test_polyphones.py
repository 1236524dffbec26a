"""Each engine is told in its own way how a character is read, and told nothing else."""

import re

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


@pytest.mark.parametrize(
    "reading",
    [
        "严重发霉",
        "进行业务登记",
        "人数清单",
        "您得到一张券",
        "万一只有一件",
        "其中奖品",
        "码头发货",
        "变更新规格",
        "方便宜家",
        "请提供给我们",
        "还给您一张券",
        "您是想退还是换",
        "类似的款式",
        "有空包装",
        "活动中奖品",
        "统一只支持到付",
        "这只针对会员",
        "我还款式没选",
        "更新鲜",
        "关系带来",
    ],
)
def test_what_only_looks_like_such_a_word_is_left_alone(reading: str) -> None:
    assert mark(reading, Notation.HOMOPHONES) == mark(reading, Notation.PINYIN) == reading


@pytest.mark.parametrize(
    ("reading", "for_espeak"),
    [
        ("请您等一会儿", "请您等一会"),
        ("您在哪儿，我在这儿", "您在哪里，我在这里"),
        ("有点儿事儿", "有点事"),
        ("女儿的婴儿车，儿童款", "女儿的婴儿车，儿童款"),
        ("那儿童款和这儿子女装", "那儿童款和这儿子女装"),
        ("混血儿", "混血儿"),
        ("儿", "儿"),
        ("胸围", "西拥围"),
        ("小熊", "小席颙"),
    ],
)
def test_what_espeak_has_no_sound_for_is_said_otherwise_for_it_alone(reading: str, for_espeak: str) -> None:
    assert mark(reading, Notation.HOMOPHONES) == for_espeak
    assert mark(reading, Notation.PINYIN) == reading


@pytest.mark.parametrize(
    ("reading", "for_cosyvoice"),
    [
        ("协调换货", "协[t][iáo]换货"),
        ("算出差价", "算出[ch][ā]价"),
        ("有空调", "有空[t][iáo]"),
        ("完成都可以", "完成[d][ōu]可以"),
    ],
)
def test_words_that_meet_keep_their_own_readings(reading: str, for_cosyvoice: str) -> None:
    assert mark(reading, Notation.PINYIN) == for_cosyvoice


def test_the_longer_word_has_its_own_reading() -> None:
    assert mark("为了解决，以实付为准，可调换", Notation.PINYIN) == "为了解决，以实付为准，可[d][iào]换"


def test_every_mark_is_of_the_form_that_cosyvoice_knows() -> None:
    """An initial and a final; it has none for y, w and ü, so those stay as they are."""
    marks = {part for word in TABLE.words for part in mark(plain(word), Notation.PINYIN).split("[")[1:]}
    assert all(
        re.fullmatch(r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcs]|[aeiouāáǎàēéěèīíǐìōóǒòūúǔùng]+)\].*", part) for part in marks
    )
    assert not any("ü" in part for part in marks)


def test_every_homophone_is_of_a_reading_in_the_table() -> None:
    readings = {reading for word in TABLE.words for reading in word.replace("}", "{").split("{")[1::2]}
    assert set(TABLE.homophones) <= readings


def test_a_word_stands_in_the_table_once() -> None:
    words = [plain(word) for word in TABLE.words]
    assert [word for word in words if words.count(word) > 1] == []
