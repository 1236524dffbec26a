"""Numbers told in tens and hundreds, or in English: read where all of it is a phone, card or identity number."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import VOICE, PiiType
from security.pii.numerals import numerals_read
from security.pii.prefilter import may_hold
from security.pii.retrospect import may_go_on
from security.pii.view import view_of
from tests.security.pii.test_checks import with_id_check

T = PiiType
ANALYZER = Analyzer()
ID = with_id_check("11010119900307123")
CARD = "6222020000000000006"
NAMES = {T.PHONE: "手机", T.ID_CARD: "身份证", T.BANK_CARD: "银行卡"}


def found(text: str, channel: str = "web") -> list[tuple[PiiType, str, str]]:
    return [(each.type, each.value, each.normalised) for each in ANALYZER.find(text, channel=channel)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("value", "type_", "number"),
    [
        ("一百三十八 二十三 四五 六七八九", T.PHONE, "13823456789"),
        ("一百三十八、二十三、四十五、六十七、八十九", T.PHONE, "13823456789"),
        ("一百三十八零零一三八千", T.PHONE, "13800138000"),
        ("一百三十八两个零一三八千", T.PHONE, "13800138000"),
        ("一百八十六，两百三十四，五百六十七，八十九", T.PHONE, "18623456789"),
        ("一百五十二零九九三七一六十八", T.PHONE, "15209937168"),
        ("十三八 零零 十三 八千", T.PHONE, "13800138000"),
        ("一百三 五七一二 六千零四十八", T.PHONE, "13057126048"),
        ("幺三八，然后，零零十三，八千", T.PHONE, "13800138000"),
        ("138 0013 八千", T.PHONE, "13800138000"),
        ("138二十三四十五六十七八十九", T.PHONE, "13823456789"),
        ("壹佰叁拾捌 贰拾叁 肆拾伍 陆拾柒 捌拾玖", T.PHONE, "13823456789"),
        ("八六 一百三十八 零零一三 八千", T.PHONE, "13800138000"),
        ("一百一十 一百零一 一千九百九十 零三零七 一百二十三 三", T.ID_CARD, ID),
        ("六百二十二 二百零二 四个零四个零四个零六", T.BANK_CARD, CARD),
        ("one three eight zero zero one three eight zero zero zero", T.PHONE, "13800138000"),
        ("One three eight, double zero one three, eight thousand", T.PHONE, "13800138000"),
        ("one eight six um two three four and five six seven eighty-nine", T.PHONE, "18623456789"),
        ("one five two oh nine nine three seven one sixty eight", T.PHONE, "15209937168"),
        ("one one zero one zero one nineteen ninety zero three zero seven one two three three", T.ID_CARD, ID),
        ("six two double two zero two triple zero triple zero triple zero triple zero six", T.BANK_CARD, CARD),
    ],
)
@pytest.mark.parametrize("channel", ["web", VOICE])
def test_a_number_told_so_is_found_exactly(value: str, type_: PiiType, number: str, channel: str) -> None:
    assert found(f"{NAMES[type_]}{value}，谢谢", channel) == [(type_, value, number)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    "text",
    [
        "打{}一直没人接",
        "周一{}能打通",
        "一共两百件，{}",
        "我的手机{}三点以后打",
    ],
)
def test_numerals_beside_it_are_words(text: str) -> None:
    number = "一百三十八零零一三八千"
    assert found(text.format(number)) == [(T.PHONE, number, "13800138000")]


@pytest.mark.control("K1")
@pytest.mark.parametrize("before", ["", "我的号码，", "您好\n"])
def test_told_in_amounts_only_it_is_named_or_stands_alone(before: str) -> None:
    number = "一百八十六，两百三十四，五百六十七，八十九"
    assert found(f"{before}{number}。") == [(T.PHONE, number, "18623456789")]


@pytest.mark.control("K1")
def test_an_x_at_the_end_is_part_of_it() -> None:
    number = "一百一十 一百零一 一千九百九十 零三零七 一百 叉"
    assert found(f"身份证{number}") == [(T.ID_CARD, number, "11010119900307100X")]


@pytest.mark.parametrize(
    "text",
    [
        "一共一百三十八块，退两百三十四块五",
        "一百三十八、两百三十四、九十九，哪个价格对",
        "三十件，二十件，十件，五件",
        "这几款一百八十六，两百三十四，五百六十七，八十九",
        "一千七百二十八，一百二十八，一千三百九十六，哪个便宜",
        "电话里说一千七百二十八，一百二十八，一千三百九十六",
        "分别是六百六十三、八百七十七、十八、一千七百、四百二十六",
        "一百三十八万，二十三，四五，六七八九",
        "订单号一百三十八、二十三、四十五、六十七、八十九",
        "运单号是one three eight zero zero one three eight zero zero zero",
        "第一百三十八号，二十三楼",
        "订单20261118000012，二十件，十件",
        "一百多个，十几天，两千来块",
        "one two three four five six seven eight nine ten",
        "I took one at one hundred thirty eight, and two for ninety nine",
        "no one has two or three of them",
    ],
)
@pytest.mark.parametrize("channel", ["web", VOICE])
def test_amounts_counts_and_orders_stay_readable(text: str, channel: str) -> None:
    assert found(text, channel) == []


@pytest.mark.parametrize("text", ["一百三十八块", "两百三十四", "十点二十五分", "twenty three pieces", "百分之三十"])
def test_what_is_no_such_number_is_left_as_it_is(text: str) -> None:
    assert numerals_read(text) == []
    assert view_of(text).text == text


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    "messages",
    [
        ["一百三十八", "零零十三", "八千"],
        ["十三八零", "零十三", "八千"],
        ["one three eight", "double oh one three", "eight thousand"],
    ],
)
def test_a_number_told_so_over_messages_is_found_in_each(messages: list[str]) -> None:
    found_in = ANALYZER.find_in_messages(messages)
    assert [[(each.type, each.value) for each in parts] for parts in found_in] == [
        [(T.PHONE, message)] for message in messages
    ]


@pytest.mark.parametrize("text", ["十八 二十三", "eight thousand", "Double oh one"])
def test_a_message_that_begins_so_may_go_on_with_one(text: str) -> None:
    assert may_go_on(text)


def test_three_words_of_english_are_looked_at() -> None:
    assert may_hold("one three eight")
    assert not may_hold("no one has three of them")
