"""Names of goods as they are said, the beginning of order numbers, and nothing of a person."""

from appliance.voice.hotwords import MOST, hotwords
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
    assert found == ("Aurora", "星云保温杯", "ml")


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


def test_what_is_too_long_to_be_said_in_one_is_left_out() -> None:
    assert hotwords((), ["超长的商品名称没有人会这样说出来的"], (), str) == ()
