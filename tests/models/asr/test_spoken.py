"""From what a model writes to what is passed on."""

from pathlib import Path

import msgspec
import pytest

from models.asr.figures import with_figures
from models.asr.heard import Word
from models.asr.spoken import Pass, figures_in, without_tags


@pytest.mark.parametrize(
    ("written", "text", "emotion", "event"),
    [
        ("<|zh|><|ANGRY|><|Speech|><|withitn|>我要退货。", "我要退货。", "ANGRY", "Speech"),
        ("<|zh|><|EMO_UNKNOWN|><|Cough|><|woitn|>", "", None, "Cough"),
        ("好的", "好的", None, None),
    ],
)
def test_tags_are_read_and_taken_off(written: str, text: str, emotion: str | None, event: str | None) -> None:
    assert without_tags(written) == (text, emotion, event)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("订单二零二六一一一五零零零一谢谢", "订单20261115" + "0001谢谢"),
        ("打幺二三幺五", "打12315"),
        ("买了一两件", "买了一两件"),
        ("三百二十块", "320块"),
        ("一百零五块", "105块"),
        ("一千二百元", "1200元"),
        ("三百八块", "380块"),
        ("三十多块", "30多块"),
        ("六月十八号", "6月18号"),
        ("十二月二十日", "12月20日"),
        ("二零二六年四月一号", "2026年4月1号"),
        ("下午三点半", "下午3点半"),
        ("晚上十点", "晚上10点"),
        ("十一点四十五", "11点四十五"),
        ("百分之五十", "50%"),
        ("百分之零点五", "0.5%"),
        ("百分之百", "100%"),
        ("一点五米", "1.5米"),
        ("五百毫升", "500毫升"),
        ("四十二码", "42码"),
        ("十五分钟后", "15分钟后"),
        ("二十寸的箱子", "20寸的箱子"),
        ("打八折", "打8折"),
        ("两块钱", "2块钱"),
        ("一块钱", "1块钱"),
        ("打一折", "打1折"),
        ("一月一日", "1月1日"),
        ("一号到的", "1号到的"),
        ("两点半", "2点半"),
        ("马上三点了", "马上3点了"),
        ("下周三十点打给我", "下周三10点打给我"),
        ("三百块一件", "300块一件"),
        # another word than the number
        ("腰带也一块退了", "腰带也一块退了"),
        ("夹脚，一块退", "夹脚，一块退"),
        ("一块儿退", "一块儿退"),
        ("掉了一块", "掉了一块"),
        ("大一点两米的", "大一点两米的"),
        ("便宜了一点半点", "便宜了一点半点"),
        ("一分也不能少", "一分也不能少"),
        ("敲了两下", "敲了两下"),
        ("换大一号", "换大一号"),
        ("鞋大了一号", "鞋大了一号"),
        ("换小两号", "换小两号"),
        ("换三号码", "换三号码"),
        ("一折就断", "一折就断"),
        ("三折伞", "三折伞"),
        ("等了两月", "等了两月"),
        ("这两日", "这两日"),
        ("一日三餐", "一日三餐"),
        ("十天半个月", "十天半个月"),
        ("下周一元旦", "下周一元旦"),
        # a number that would be rewritten only in part
        ("几十块钱", "几十块钱"),
        ("十几块", "十几块"),
        ("好几十天", "好几十天"),
        ("数十天", "数十天"),
        ("一万三千块", "一万三千块"),
        ("两万五千元", "两万五千元"),
        ("一万一点五米", "一万一点五米"),
        ("百分之三十几", "百分之三十几"),
        ("双十一号", "双十一号"),
        ("双十二天猫", "双十二天猫"),
        ("以上两点", "以上两点"),
        ("差五分十点", "差五分十点"),
        ("差十五分钟十点", "差十五分钟十点"),
        ("三块五", "三块五"),
        ("三百二十一块五，退我", "三百二十一块五，退我"),
        ("九块九包邮", "九块九包邮"),
        # no number that is certain, or none at all
        ("十七八块", "十七八块"),
        ("两三百块", "两三百块"),
        ("一点都不好", "一点都不好"),
        ("千万别发", "千万别发"),
        ("十分满意", "十分满意"),
        ("一下", "一下"),
        ("三天两头", "三天两头"),
        ("第二天", "第二天"),
        ("退两件", "退两件"),
        ("百年老店", "百年老店"),
        ("便宜一点", "便宜一点"),
        ("二维码", "二维码"),
        ("星期三", "星期三"),
        ("320块", "320块"),
    ],
)
def test_spoken_numbers_become_figures(spoken: str, written: str) -> None:
    assert with_figures(spoken) == written


MESSAGES = tuple(
    msgspec.json.decode(line)["text"]
    for file in sorted((Path(__file__).parents[2] / "suites" / "understanding").glob("*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
)


@pytest.mark.parametrize("words", ["一块", "小一号", "大一号", "一下"])
def test_of_all_that_shoppers_write_no_such_word_is_taken_for_a_number(words: str) -> None:
    written = [message for message in MESSAGES if words in message]
    assert written
    assert [with_figures(message).count(words) for message in written] == [m.count(words) for m in written]


def test_a_number_told_as_one_is_one_word_from_its_beginning_to_its_end() -> None:
    words = tuple(Word(c, 10 * n, 10 * n + 10) for n, c in enumerate("退三百二十块吧"))
    heard = figures_in(Pass("退三百二十块吧。", words))
    assert heard.text == "退320块吧。"
    assert heard.words == (Word("退", 0, 10), Word("320", 10, 50), Word("块", 50, 60), Word("吧", 60, 70))


def test_words_get_the_figures_and_keep_their_times() -> None:
    words = tuple(Word(c, 10 * n, 10 * n + 10) for n, c in enumerate("号二零二六"))
    heard = figures_in(Pass("号，二零二六。", words, ("号二零二幺",)))
    assert heard.text == "号，2026。"
    assert heard.words[1] == Word("2", 10, 20)
    assert [w.text for w in heard.words] == list("号2026")
    assert heard.alternatives == ("号2021",)
