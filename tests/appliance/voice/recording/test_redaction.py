"""Which spans go: what was asked for, whatever way it is told; long numbers, whatever was understood of them."""

import pytest

from appliance.voice.recording import redaction
from appliance.voice.recording.model import Silence, Utterance
from models.asr.heard import Word
from security.pii.analyzer import Analyzer

pytestmark = pytest.mark.control("L-06")

ANALYZER = Analyzer()
CODE = frozenset({"OTP"})


def said(text: str, at_ms: int = 1000, expected: frozenset[str] = frozenset()) -> Utterance:
    """Each character takes 200 ms."""
    words = tuple(Word(char, at_ms + 200 * place, at_ms + 200 * place + 200) for place, char in enumerate(text))
    end_ms = at_ms + 200 * len(text)
    return Utterance(start_ms=at_ms, end_ms=end_ms, text=text, words=words, expected=expected)


def silenced(*utterances: Utterance, was_told: bool = False) -> list[Silence]:
    return redaction.silences(ANALYZER, utterances, was_told=was_told)


def covers(silences: list[Silence], start_ms: int, end_ms: int) -> bool:
    return any(each.start_ms <= start_ms and end_ms <= each.end_ms for each in silences)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("身份证后六位是", "零零二幺三叉"),
        ("身份证后八位是", "零三零七四五幺四"),
        ("银行卡后六位是", "三三四四五五"),
        ("验证码", "三千七百二十九"),
        ("刚才短信里的数字是", "八三六二七一"),
        ("收到的那个码是", "八三六二七一"),
        ("验证码是", "八十三六十二七十一"),
        ("安全码是", "三百八十二"),
        ("验证码是", "八八三对六二七"),
        ("身份证中间八位是", "幺九四九幺二三幺"),
        ("身份证前六位是", "幺幺零幺零五"),
        ("卡号的前六位是", "六二二二零二"),
        ("短信上写的是", "八八三六二七"),
    ],
)
def test_a_long_part_of_a_number_and_a_code_by_any_name_are_silent(before: str, told: str) -> None:
    start_ms = 1000 + 200 * len(before)
    assert covers(silenced(said(before + told)), start_ms, start_ms + 200 * len(told))


@pytest.mark.parametrize("text", ["五六七", "等我看看啊是五六", "呃我念给你听九"])
def test_any_digit_of_the_answer_to_a_question_for_a_code_takes_all_of_it(text: str) -> None:
    """It may be told in pieces, each too short for a code."""
    assert Silence(800, 1200 + 200 * len(text), "OTP") in silenced(said(text, expected=CODE))


def test_an_answer_without_a_digit_stays_but_for_a_password() -> None:
    assert silenced(said("我没有收到啊", expected=CODE)) == []
    assert silenced(said("苹果香蕉", expected=frozenset({"PASSWORD"}))) == [Silence(800, 2000, "PASSWORD")]


@pytest.mark.parametrize(
    "heard",
    [
        "六二二二灵二幺二三四五六七八九是幺二三",
        "幺幺零幺零幺幺九九那个零三零七二五幺",
        "六二二二 零二一二 三四五六 七八九零",
    ],
)
def test_a_long_number_goes_with_the_words_that_digits_were_taken_for(heard: str) -> None:
    assert covers(silenced(said(f"你记{heard}好")), 1400, 1400 + 200 * len(heard))


def test_a_long_number_goes_in_all_of_its_pieces_up_to_its_letter() -> None:
    pieces = [
        said(text, 1000 + 5000 * place) for place, text in enumerate(["幺幺零幺零幺", "幺九七九零", "三零七二五X"])
    ]
    found = silenced(*pieces)
    assert all(covers(found, piece.start_ms, piece.end_ms) for piece in pieces)


@pytest.mark.parametrize(
    "text",
    [
        "订单号前六位是四零零幺二三",
        "会员卡前六位是六二二二零二",
        "我二零二六年七月二十三号买了三件",
        "订单号是二零二六零七二三零零一",
        "我的手机是幺三八零零幺三八零零零",
        "你好",
    ],
)
def test_what_may_be_kept_stays(text: str) -> None:
    assert silenced(said(text)) == []


@pytest.mark.parametrize(
    "text", ["三三", "不对最后一位是五", "不好意思我刚才把中间那一段说错了应该是六八六八你改一下好吗"]
)
def test_after_a_number_what_may_correct_it_goes_whole(text: str) -> None:
    assert silenced(said(text, 9000)) == []
    assert covers(silenced(said(text, 9000), was_told=True), 9000, 9000 + 200 * len(text))


def test_words_without_a_digit_stay_after_a_number() -> None:
    assert silenced(said("好的那我等你们退款"), was_told=True) == []


@pytest.mark.parametrize(
    ("told", "explained", "why"),
    [
        ("六二二二零二一二", "这是我的银行卡", "BANK_CARD"),
        ("一一零一零一一九九零", "刚才报的是身份证号", "ID_CARD"),
        ("四八二九", "刚才说的就是验证码", "OTP"),
        ("四八二九", "验证码就是这个", "OTP"),
        ("四八二九", "就是这个验证码", "OTP"),
        ("四八二九", "验证码", "OTP"),
        ("三八二", "安全码", "CVV"),
    ],
)
def test_digits_that_are_explained_afterwards_are_silenced(told: str, explained: str, why: str) -> None:
    found = silenced(said(told), said(explained, at_ms=6000))
    assert any(each.why == why and each.start_ms <= 1000 and each.end_ms >= 1000 + 200 * len(told) for each in found)


def test_each_piece_of_what_is_explained_afterwards_is_silenced() -> None:
    found = silenced(said("六二二二零二"), said("三七四幺三三", at_ms=6000), said("这是我的银行卡", at_ms=12000))
    assert covers(found, 1000, 2200)
    assert covers(found, 6000, 7200)


def test_digits_are_explained_in_the_same_breath() -> None:
    text = "六二二二零二一二这是我的银行卡号"
    assert covers(silenced(said(text)), 1000, 2600)


def test_what_has_nothing_to_explain_silences_nothing() -> None:
    assert silenced(said("我想退货"), said("这是我的银行卡", at_ms=6000)) == []
    assert silenced(said("买了三五件"), said("这双鞋不合脚", at_ms=6000)) == []
    assert silenced(said("我要三五九"), said("验证码", at_ms=6000)) == []
    assert silenced(said("三五九"), said("验证码没收到", at_ms=6000)) == []


def test_each_piece_of_a_password_is_silenced() -> None:
    found = silenced(said("支付密码"), said("一二三", at_ms=6000), said("四五六", at_ms=12000))
    assert covers(found, 6000, 6600)
    assert covers(found, 12000, 12600)
