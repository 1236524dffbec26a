"""What is personal in what people write and say, and what is not."""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.pii.alone import may_be_secret
from security.pii.analyzer import Analyzer
from security.pii.model import MaskedNumber, PiiType
from security.pii.pieces.grammar import may_correct
from security.pii.prefilter import may_hold
from security.pii.retrospect import may_go_on
from tests.security.pii.test_checks import with_id_check

T = PiiType
ID = with_id_check("11010119900307123")
SPOKEN_ID = "一一零一零一一九九零零三零七一二三九"
CARD = "6222020000000000006"


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    made = Analyzer()
    made.warm()
    return made


def found(analyzer: Analyzer, text: str, *expected: PiiType) -> list[tuple[PiiType, str]]:
    return [(finding.type, finding.value) for finding in analyzer.find(text, expected=frozenset(expected))]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "type_", "value", "normalised"),
    [
        ("手机13800138000", T.PHONE, "13800138000", "13800138000"),
        ("138 0013 8000", T.PHONE, "138 0013 8000", "13800138000"),
        ("打 138-0013-8000 找我", T.PHONE, "138-0013-8000", "13800138000"),
        ("+86 13800138000", T.PHONE, "+86 13800138000", "13800138000"),
        ("(+86)13800138000", T.PHONE, "(+86)13800138000", "13800138000"),
        ("008613800138000", T.PHONE, "008613800138000", "13800138000"),
        ("我的号码是一三八零零幺三八零零零", T.PHONE, "一三八零零幺三八零零零", "13800138000"),
        ("幺三八 嗯 零零幺三 然后 八零零零", T.PHONE, "幺三八 嗯 零零幺三 然后 八零零零", "13800138000"),
        ("１３８００１３８０００", T.PHONE, "１３８００１３８０００", "13800138000"),
        ("1\u200b3\u200b8\u200b00138000", T.PHONE, "1\u200b3\u200b8\u200b00138000", "13800138000"),
        ("我是13800138000那个用户", T.PHONE, "13800138000", "13800138000"),
        (f"{ID}", T.ID_CARD, ID, ID),
        ("身份证110101199003071239写错没", T.ID_CARD, "110101199003071239", "110101199003071239"),
        ("身份证 110101 19900307 1239", T.ID_CARD, "110101 19900307 1239", "110101199003071239"),
        ("身份证11010119900307100叉", T.ID_CARD, "11010119900307100叉", "11010119900307100X"),
        ("身份证尾号是艾克斯 11010119900307100艾克斯", T.ID_CARD, "11010119900307100艾克斯", "11010119900307100X"),
        (
            "身份证是一一零一零一一九九零零三零七一二三九",
            T.ID_CARD,
            "一一零一零一一九九零零三零七一二三九",
            "110101199003071239",
        ),
        ("老身份证110101900307123", T.ID_CARD, "110101900307123", "110101900307123"),
        ("卡号6222020000000000001", T.BANK_CARD, "6222020000000000001", "6222020000000000001"),
        ("4111 1111 1111 1111", T.BANK_CARD, "4111 1111 1111 1111", "4111111111111111"),
        ("退到六二二二零二零零零零零零零零零零零零六", T.BANK_CARD, "六二二二零二零零零零零零零零零零零零六", CARD),
        ("发到li.wei+1@example.com.cn谢谢", T.EMAIL, "li.wei+1@example.com.cn", "li.wei+1@example.com.cn"),
        ("邮箱 ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", T.EMAIL, "ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "li@example.com"),
        ("liwei艾特example点com", T.EMAIL, "liwei艾特example点com", "liwei@example.com"),
        ("验证码 123 456", T.OTP, "123 456", "123456"),
        ("Your verification code is 123456", T.OTP, "123456", "123456"),
        ("卡背面三位是 987", T.CVV, "987", "987"),
        ("CVV2: 0123", T.CVV, "0123", "0123"),
        ("密码是Abc!2345。", T.PASSWORD, "Abc!2345", "Abc!2345"),
        ('{"password":"hunter2!"}', T.PASSWORD, "hunter2!", "hunter2!"),
    ],
)
def test_it_is_found_exactly(analyzer: Analyzer, text: str, type_: PiiType, value: str, normalised: str) -> None:
    findings = analyzer.find(text)
    assert [(f.type, f.value, f.normalised) for f in findings] == [(type_, value, normalised)]
    assert text[findings[0].start : findings[0].end] == value


@pytest.mark.parametrize(
    "text",
    [
        "订单号20261110123456到哪了",
        "20261110123456",
        "202611101234567",
        "20261110123456789",
        "订单13800138000",
        "售后单号 13912345678 帮我看下",
        f"快递单号{CARD}",
        "SF1234567890123",
        "顺丰 SF 1234 5678 90123",
        "YT8812345678901",
        "JD013800138000123",
        "IMEI 356938035643809",
        "货架 I3957126048",
        "背后标签写的 350 毫升",
        "背面写着 500ml",
        "ICCID 89860012345678901234",
        "一共13800138000元",
        "价格¥138,001,380.00",
        "买了138个0013号8000件",
        "客服电话400-820-8820",
        "我打95588没人接",
        "12315投诉",
        "2026-11-21 10:00:00",
        "第一二三四件都没收到",
        "手机尾号8000",
        "密码忘了怎么办",
        "验证码收不到",
        "13800138000138001380001380001380",
        "版本 10.15.2.138",
        "条码6901234567892",
    ],
)
def test_it_is_not_personal(analyzer: Analyzer, text: str) -> None:
    assert found(analyzer, text) == []


def test_the_nearest_word_decides(analyzer: Analyzer) -> None:
    text = "订单20261110123456要改手机，改成13800138000，单号13912345678的不用动"
    assert found(analyzer, text) == [(T.PHONE, "13800138000")]


def test_an_id_number_named_an_order_is_still_one_when_everything_fits(analyzer: Analyzer) -> None:
    assert found(analyzer, f"单号{ID}，不对，那是我身份证") == [(T.ID_CARD, ID)]


@pytest.mark.control("K1")
def test_numbers_that_run_together_are_both_found(analyzer: Analyzer) -> None:
    assert found(analyzer, f"{ID}13800138000") == [(T.ID_CARD, ID), (T.PHONE, "13800138000")]
    assert found(analyzer, f"13800138000{ID}") == [(T.PHONE, "13800138000"), (T.ID_CARD, ID)]


def test_the_correcting_digits_are_as_personal_as_the_wrong_ones(analyzer: Analyzer) -> None:
    text = "手机13800138000，不对，最后四位是8001"
    assert found(analyzer, text) == [(T.PHONE, "13800138000"), (T.PHONE, "8001")]


def test_what_was_asked_for_is_recognised_without_a_word(analyzer: Analyzer) -> None:
    assert found(analyzer, "123456") == []
    assert found(analyzer, "123456", T.OTP) == [(T.OTP, "123456")]
    assert found(analyzer, "6222020000000000001", T.BANK_CARD) == [(T.BANK_CARD, "6222020000000000001")]
    assert found(analyzer, "订单改成 13800138000 这个单号", T.PHONE) == [(T.PHONE, "13800138000")]


@pytest.mark.control("K1")
def test_a_value_spread_over_messages_is_found_in_each(analyzer: Analyzer) -> None:
    messages = ["我手机 138", "0013", "8000 记好没"]
    parts = analyzer.find_in_messages(messages)
    assert [[(f.type, f.value) for f in part] for part in parts] == [
        [(T.PHONE, "138")],
        [(T.PHONE, "0013")],
        [(T.PHONE, "8000")],
    ]
    assert {f.normalised for part in parts for f in part} == {"13800138000"}


@given(text=st.text(st.sampled_from("0123456789一三八幺零 -.@密码是手机订单号abX嗯📞+()ıİſK"), max_size=60))
@settings(max_examples=200)
def test_findings_are_ordered_disjoint_and_within_the_text(text: str) -> None:
    findings = SHARED.find(text)
    places = [(f.start, f.end) for f in findings]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(left[1] <= right[0] for left, right in pairwise(places))
    assert all(text[f.start : f.end] == f.value for f in findings)


@pytest.mark.parametrize("letter", "ıİſK")
@pytest.mark.parametrize("text", ["13957126048 number {}", "9144030012345678{}X"])
def test_letters_that_are_others_where_case_is_ignored_break_nothing(text: str, letter: str) -> None:
    SHARED.find(text.format(letter))
    assert [f.type for f in SHARED.find(f"手机13957126048，{letter}")] == [T.PHONE]


@given(number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), before=st.sampled_from(["", "好的，", "电话", "a"]))
def test_every_mobile_number_is_found(number: str, before: str) -> None:
    assert [(f.type, f.value) for f in SHARED.find(f"{before} {number}。")] == [(T.PHONE, number)]


@pytest.mark.control("M-24")
@pytest.mark.parametrize(
    "unit", ["1", "1 ", "一", "@", "a.b@", "a@b.", "密码", "1嗯", "3个1", "138 ", "(86)", "+86 ", "cvv1", "1,"]
)
def test_hostile_lengths_are_read_whole(analyzer: Analyzer, unit: str) -> None:
    text = unit * (20_000 // len(unit)) + "，我的手机号码是13800138000"
    assert (T.PHONE, "13800138000") in found(analyzer, text)


UNITS = [
    *(
        "1",
        "1 ",
        "一",
        "@",
        "a.b@",
        "a@b.",
        "密码",
        "1嗯",
        "3个1",
        "138 ",
        "(86)",
        "+86 ",
        "cvv1",
        "1,",
        "1.",
        "1-",
        "1点",
    ),
    *(
        "省",
        "路",
        "区",
        "1号",
        "号楼",
        "东",
        "第一",
        "寄到",
        "浙江省",
        "大街",
        "1栋",
        "花园",
        "收件人",
        "我叫王",
        "王",
        "王伟 ",
    ),
    *(
        "·",
        "阿·",
        "A ",
        "Ab Cd ",
        "先生",
        "王先生",
        "“王",
        "微信a",
        "QQ",
        "E1",
        "京A1",
        "::",
        "a_",
        "下划线",
        "0571-",
        "不对是",
    ),
    *(
        "1\u200b",
        "\u202e1\u202c",
        "\u200d",
        "1\ufe0f\u20e3",
        "王\u200b",
        "收件人X，",
        "收件人王伟，",
        "l1 ",
        "|",
        "小王收",
        "门卫孙",
        "给Tom",
        "买买·",
        "code1976 ",
        "a是我密码",
        "春是我密码",
        "密码is ",
        "密码春",
        "口令是春你",
        "15209937168，末位不是8是6，",
        "pin 1 ",
        "不对，是123 ",
        "138，不对，",
        "后四位1，",
        "1年2月3",
        "邮箱a点",
        "邮箱a在",
        "a(at)b(点)",
        "①1",
        "京A1 1",
        "文三路 1 号 ",
        "手机号1",
        "账户 1",
        "1101011990年3月",
        "wechat id a",
        "mima1 ",
        "1、密码",
        "订单号 是",
        "加我v",
    ),
    *("一百", "二十三 ", "一百\n", "one ", "double one\n", "一百三十八零零一三"),
]


@pytest.mark.control("M-24")
@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_the_length_and_not_with_its_square(analyzer: Analyzer, unit: str) -> None:
    """Four times the text may take eight times as long on a busy machine; quadratic it would take sixteen."""
    short, long = (min(_cpu_s(analyzer, unit * (size // len(unit))) for _ in range(3)) for size in (16_384, 65_536))
    assert long < 9 * short + 0.02


CORRECTION = "后四位错了，是6084。"


@pytest.mark.control("M-24")
@pytest.mark.parametrize(
    "unit", ["□", "1", "138，", "不对，", "不是123，是456，", "6048改成6084，", "1\u200b", "后四位1 ", "末位不是8是6，"]
)
def test_so_does_the_time_to_find_what_corrects_a_masked_number(analyzer: Analyzer, unit: str) -> None:
    number = MaskedNumber(type=T.PHONE, start=0, end=5, normalised="13957126048")

    def find(size: int) -> float:
        texts = ["□" * 5, unit * (size // len(unit)) + CORRECTION]
        return _cpu_of(lambda: analyzer.find_anew(texts, [number] * (size // 1024)))

    short, long = (min(find(size) for _ in range(3)) for size in (16_384, 65_536))
    assert long < 9 * short + 0.02


@pytest.mark.control("M-24")
@pytest.mark.parametrize("look", [may_hold, may_go_on, may_be_secret, may_correct])
@pytest.mark.parametrize("unit", ["a", "1", "春", "是", "\u200b", " ", "密", "a1春", "。", "应该是"])
def test_so_does_the_time_of_a_first_look(look: Callable[[str], object], unit: str) -> None:
    short, long = (
        min(_cpu_of(partial(look, unit * (size // len(unit)))) for _ in range(3)) for size in (16_384, 65_536)
    )
    assert long < 9 * short + 0.02


def _cpu_s(analyzer: Analyzer, text: str) -> float:
    return _cpu_of(lambda: analyzer.find(text))


def _cpu_of(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


SHARED = Analyzer()


def test_importing_it_does_not_load_presidio() -> None:
    code = "import sys, security.pii.masker, security.pii.analyzer; sys.exit('presidio_analyzer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.control("P-18")
def test_loading_it_asks_the_network_for_nothing() -> None:
    code = """
import sys
import time
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise RuntimeError(event)
sys.addaudithook(refuse)
from security.pii.analyzer import Analyzer
analyzer = Analyzer()
analyzer.warm()
sys.exit(len(analyzer.find("li@example.com 13800138000")) != 2)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
