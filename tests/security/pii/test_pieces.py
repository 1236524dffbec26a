"""Numbers told in pieces, taken back and told anew: every piece of them, by the whole that they make."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

T = PiiType
ANALYZER = Analyzer()
ID = "320114199606128835"


def found(text: str) -> list[tuple[PiiType, str]]:
    return [(f.type, f.value) for f in ANALYZER.find(text)]


def wholes(text: str) -> set[str]:
    return {f.normalised for f in ANALYZER.find(text)}


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    "text",
    [
        "前三位152，中间四位0993，后四位7168",
        "152开头，中间0993，尾号7168",
        "手机头三位152、接着四位0993、最后四位7168",
        "后四位是7168，前面1520993",
        "尾号7168，开头152，中间0993",
        "第一段152，第二段0993，第三段7168",
        "手机前3位152后8位09937168",
        "前三152中四0993后四7168",
        "我手机152什么来着…0993，对，7168",
        "前三位幺五二，中间四位零九九三，后四位七幺六八",
    ],
)
def test_a_phone_number_told_in_pieces_is_one(text: str) -> None:
    assert {f.type for f in ANALYZER.find(text)} == {T.PHONE}
    assert wholes(text) == {"15209937168"}


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    "text",
    [
        "身份证是南京雨花台的320114，1996年6月12号，后面四位8835",
        "身份证前六位320114，出生年月日1996年06月12日，后四个8835",
        "我是1996年6月12号生的，身份证前面320114，后面8835",
        "身份证开头320114，中间是生日1996.6.12，尾号8835",
        "身份证三二零幺幺四然后是一九九六年六月十二号最后四位八八三五",
    ],
)
def test_an_identity_number_told_by_region_birthday_and_tail_is_one(text: str) -> None:
    assert {f.type for f in ANALYZER.find(text)} == {T.ID_CARD}
    assert wholes(text) == {ID}


def test_a_region_in_words_leaves_the_birthday_and_the_tail() -> None:
    assert found("身份证是南京的，1996年6月12日，后四位8835") == [(T.ID_CARD, "1996年6月12日"), (T.ID_CARD, "8835")]


def test_a_card_in_pieces_needs_a_word_that_names_it() -> None:
    assert [type_ for type_, _ in found("银行卡前四位6217，中间八位00346102，后面七位8834519")] == [T.BANK_CARD] * 3
    assert found("前四位6217，中间八位00346102，后面七位8834519") == []


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1520993，不对，15209937168", ["1520993", "15209937168"]),
        ("1520……啊不，15209937168", ["1520", "15209937168"]),
        ("手机1530，打错了，是1520，错了，15209937168", ["1530", "1520", "15209937168"]),
        ("手机1520993，不对，0995，7168", ["1520993", "0995，7168"]),
        ("号码1520993，不对，后面是09957168", ["1520993", "09957168"]),
        ("15209937168，不对，最后四位是7186", ["15209937168", "7186"]),
        ("15209937168最后是7186，前面报错了", ["15209937168", "7186"]),
        ("15209937168，前三位错了，是153", ["15209937168", "153"]),
        ("15209937168，7168那里错了，是7186", ["15209937168", "7168", "7186"]),
        ("15209937168，中间那个0993应该是0939", ["15209937168", "0993", "0939"]),
        ("15209937168，不对，末尾是86", ["15209937168", "86"]),
        ("15209937168，最后一位不是8是6", ["15209937168", "8", "6"]),
        ("15209937168，末位应该是六", ["15209937168", "六"]),
        ("15209937168，第二位不是5，是3", ["15209937168", "5", "3"]),
        ("15209937168，倒数第二个数字写错了，是7", ["15209937168", "7"]),
    ],
)
def test_what_is_taken_back_is_as_personal_as_what_is_right(text: str, values: list[str]) -> None:
    assert found(text) == [(T.PHONE, value) for value in values]


def test_an_identity_number_begun_wrongly_is_found_too() -> None:
    assert found(f"身份证320106…不对应该是{ID}") == [(T.ID_CARD, "320106"), (T.ID_CARD, ID)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1520993，不对，15209957168", "15209957168"),
        ("手机1520993，不对，0995，7168", "15209957168"),
        ("15209937168，不对，最后四位是7186", "15209937186"),
        ("15209937168，前三位错了，是153", "15309937168"),
        ("15209937168，中间那个0993应该是0939", "15209397168"),
        ("15209937168，末位不是8是6", "15209937166"),
        ("15209937168，末位应该是6不是8", "15209937168"),
        ("15209937168，第二位错了，应该是3", "13209937168"),
        ("15209937168，倒数第二个数字是7", "15209937178"),
        (f"身份证{ID}，最后一位应该是叉", "32011419960612883X"),
    ],
)
def test_the_last_piece_stands_for_the_corrected_number(text: str, number: str) -> None:
    assert ANALYZER.find(text)[-1].normalised == number


@pytest.mark.parametrize(
    "text",
    [
        "订单号前四位2026，中间1102，后四位8877",
        "货号开头152，中间0993，尾号7168",
        "序列号前四位1520，后八位99371680",
        "前三件139元，中间4件512，后面的不要",
        "前3天买的，后4天到",
        "139元的那款，不对，是159元",
        "第一批100，第二批200，不对，是250",
        "订单20261102，不对，20261103",
        "买了152个和0993号的7168件",
        "我1990年3月12号在你们家买的",
        "尾号7168的手机",
        "订单1520993，手机不对",
        "最后一位不是8是6",
        "末位客人不是1号，是2号",
    ],
)
def test_other_numbers_stay_readable(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "behind",
    [
        "不对，尾款是199",
        "订单号最后一位是8",
        "最后一位客人什么时候走",
        "第三位不是一样吗",
        "不对，第2件是3天到",
        "最后一位是8折的买家",
    ],
)
def test_what_else_is_counted_behind_a_number_is_no_part_of_it(behind: str) -> None:
    assert found(f"电话15209937168，{behind}") == [(T.PHONE, "15209937168")]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("messages", "parts"),
    [
        (["我手机152", "等一下，我看看", "0993", "7168"], ["152", "0993", "7168"]),
        (["152", "2分钟哈", "0993", "信号不好", "7168"], ["152", "0993", "7168"]),
        (["手机前三位152", "中间是0993", "后面7168"], ["152", "0993", "7168"]),
        (["我手机15209", "错了", "15309937168"], ["15209", "15309937168"]),
        (["我手机15209937168", "最后一位不是8是6"], ["15209937168", "8", "6"]),
    ],
)
def test_what_is_said_in_between_hides_no_part(messages: list[str], parts: list[str]) -> None:
    found_in = ANALYZER.find_in_messages(messages)
    assert [(f.type, f.value) for message in found_in for f in message] == [(T.PHONE, part) for part in parts]


def test_the_surer_of_two_readings_counts() -> None:
    """Without the words between, eight digits and three of an identity number look like a phone number."""
    messages = ["身份证320114", "稍等", "19960612", "883X"]
    types = [f.type for message in ANALYZER.find_in_messages(messages) for f in message]
    assert types == [T.ID_CARD] * 3


def test_numbers_of_orders_over_messages_stay_readable() -> None:
    assert ANALYZER.find_in_messages(["帮我查下订单", "2026", "1102", "778899"]) == [[], [], [], []]
