"""The end or the middle of an identity or card number that is named so: more than four characters are personal."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

T = PiiType
ANALYZER = Analyzer()


def found(text: str) -> list[tuple[PiiType, str]]:
    return [(finding.type, finding.value) for finding in ANALYZER.find(text)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("身份证后六位是零零二幺三叉", T.ID_CARD, "零零二幺三叉"),
        ("身份证后六位：00213X", T.ID_CARD, "00213X"),
        ("身份证后八位是零三零七四五幺四", T.ID_CARD, "零三零七四五幺四"),
        ("身份证号码的最后八位03074514", T.ID_CARD, "03074514"),
        ("银行卡后六位是三三四四五五", T.BANK_CARD, "三三四四五五"),
        ("银行卡后5位是33445", T.BANK_CARD, "33445"),
        ("卡号后面六位 33 44 55", T.BANK_CARD, "33 44 55"),
        ("银行卡尾号是334455", T.BANK_CARD, "334455"),
        ("身份证后面是幺九四九幺二三幺", T.ID_CARD, "幺九四九幺二三幺"),
        ("身份证中间八位是幺九四九幺二三幺", T.ID_CARD, "幺九四九幺二三幺"),
        ("身份证的中间几位19491231", T.ID_CARD, "19491231"),
        ("身份证号中间的数字是19491231", T.ID_CARD, "19491231"),
        ("身份证上的生日是幺九四九幺二三幺", T.ID_CARD, "幺九四九幺二三幺"),
        ("银行卡中间六位是三四五六七八", T.BANK_CARD, "三四五六七八"),
    ],
)
def test_a_tail_of_more_than_four_is_found(text: str, type_: PiiType, value: str) -> None:
    assert found(text) == [(type_, value)]


@pytest.mark.parametrize(
    "text",
    [
        "身份证后四位4514",
        "银行卡尾号4455",
        "银行卡前六位是622202",
        "订单后六位是123456",
        "订单号后八位12345678",
        "会员卡后六位是334455",
        "卡号中间四位4455",
        "礼品卡中间六位是345678",
        "订单号中间八位是19491231",
        "身份证上的生日是十月二十三号",
        "银行卡中间商二三四五六",
        "身份证办好了，订单号后八位12345678",
        "我用银行卡付的，后来退了334455元",
    ],
)
def test_four_are_kept_and_the_tails_of_other_numbers_too(text: str) -> None:
    assert found(text) == []


def test_the_rest_of_a_number_is_found_behind_its_tail() -> None:
    assert [value for _, value in found("卡号后八位49876543，前面的62220212")] == ["49876543", "62220212"]


def test_what_a_tail_is_corrected_to_is_found_as_well() -> None:
    assert [value for _, value in found("身份证后六位是002134，不对，是002135")] == ["002134", "002135"]
