"""Names of goods as they are said, the beginning of order numbers, and nothing of a person."""

import tomllib
from pathlib import Path

import pytest

from appliance.voice import hotwords as hotwords_module
from appliance.voice.hotwords import MOST, hotwords, names
from tests.appliance.conversation.world import ANALYZER


def masked(words: str) -> str:
    """As ``joints.masking`` does it."""
    parts, done = [], 0
    for finding in ANALYZER.find(words):
        parts += [words[done : finding.start], "⟨某⟩"]
        done = finding.end
    return "".join([*parts, words[done:]])


def test_a_title_is_cut_into_what_people_say_of_it() -> None:
    found = hotwords((), ["【官方正品】Aurora 星云保温杯 500ml（白色）"], (), str)
    assert found == ("Aurora", "星云保温杯")


def test_the_shops_own_words_come_first_and_each_is_said_once() -> None:
    assert hotwords(("跑鞋", "星云"), ["跑鞋 男款", "跑鞋 女款"], (), str) == ("跑鞋", "星云", "男款", "女款")


def test_order_numbers_begin_as_they_are_said() -> None:
    assert hotwords((), (), ["20261117990001", "20261101885602"], str) == ("二零二六一一",)
    assert hotwords((), (), ["20261117990001"], str) == ()
    assert hotwords((), (), ["12", "34"], str) == ()


def test_what_is_about_a_person_is_left_out() -> None:
    found = hotwords((), ["刻字保温杯 收件人张伟强 13812345678"], (), masked)
    assert "刻字保温杯" in found
    assert not any("张" in word or "伟" in word for word in found)


def test_other_goods_of_the_shop_come_last_and_have_what_room_is_left() -> None:
    found = hotwords(("跑鞋",), ["保温杯"], (), str, ("短袖", "保温杯"))
    assert found == ("跑鞋", "保温杯", "短袖")
    many = [f"{chr(0x4E00 + number)}杯子" for number in range(MOST)]
    assert hotwords((), many, (), str, ("短袖",)) == tuple(many)


def test_there_is_an_end_to_them() -> None:
    titles = [f"{chr(0x4E00 + number)}杯子" for number in range(3 * MOST)]
    assert len(hotwords((), titles, (), str)) == MOST


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("2026新款男士秋冬加绒加厚宽松束脚休闲运动裤", ["运动裤"]),
        ("美的全自动家用大容量滚筒洗衣机10公斤", ["美的", "滚筒洗衣机"]),
        ("304不锈钢保温杯男女士大容量便携水杯", ["保温杯", "水杯"]),
        ("儿童书包小学生男女孩减负护脊双肩包", ["书包", "双肩包"]),
        ("家用大容量学习机", ["学习机"]),
    ],
)
def test_what_nobody_says_in_one_is_cut_into_what_it_is(title: str, words: list[str]) -> None:
    assert list(names(title)) == words


def test_what_is_long_and_not_known_is_told_by_its_end() -> None:
    assert list(names("哆啦爱梦毛绒公仔大抱偶")) == ["仔大抱偶"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("华为Mate60Pro 12GB+512GB 黑色", ["华为", "Mate60Pro", "黑色"]),
        ("大米10KG 5公斤 2件套", ["大米"]),
        ("3条纹T恤XL", ["条纹", "T恤"]),
    ],
)
def test_units_and_amounts_take_no_places(title: str, words: list[str]) -> None:
    assert list(names(title)) == words


def test_words_of_the_table_are_in_it_once_and_none_is_both() -> None:
    table = tomllib.loads(Path(hotwords_module.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    words = [*table["goods"], *table["about"]]
    assert len(set(words)) == len(words)
