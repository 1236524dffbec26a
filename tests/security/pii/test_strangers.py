"""Words that begin or end with a numeral, joined to a number."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import VOICE, PiiType
from tests.security.pii.test_checks import with_id_check

T = PiiType
ANALYZER = Analyzer()
ID = with_id_check("53010219870412207")


def found(text: str, channel: str = "web") -> list[tuple[PiiType, str]]:
    return [(finding.type, finding.value) for finding in ANALYZER.find(text, channel=channel)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    "word",
    [
        *("一直打不通", "一会儿再打", "两个小时内打", "三点前打", "五分钟后打", "九点以后", "零食收到了"),
        *("二楼的", "六点下班", "一般都在", "四个人都能接", "七天内", "天天打不通", "双号能用"),
    ],
)
@pytest.mark.parametrize(
    ("named", "type_", "number"),
    [("电话", T.PHONE, "18727335509"), ("身份证", T.ID_CARD, ID), ("电话", T.LANDLINE, "027-87541230")],
)
def test_a_word_that_begins_with_a_numeral_is_no_digit_of_it(
    named: str, type_: PiiType, number: str, word: str
) -> None:
    assert found(f"{named}{number}{word}") == [(type_, number)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "type_", "number"),
    [
        ("卡号6222020000000000006两个工作日能到吗", T.BANK_CARD, "6222020000000000006"),
        ("打幺八七二七三三五五零九一直没人接", T.PHONE, "幺八七二七三三五五零九"),
        ("打幺八七二七三三五五零九两点以后", T.PHONE, "幺八七二七三三五五零九"),
        ("周一18727335509能打通", T.PHONE, "18727335509"),
        ("楼上二，18727335509", T.PHONE, "18727335509"),
        ("187 2733 5509两个小时内", T.PHONE, "187 2733 5509"),
        ("王一一18727335509", T.PHONE, "18727335509"),
    ],
)
@pytest.mark.parametrize("channel", ["web", VOICE])
def test_nor_is_one_before_it_or_behind_it_in_another_script(
    text: str, type_: PiiType, number: str, channel: str
) -> None:
    assert (type_, number) in found(text, channel)


@pytest.mark.parametrize("text", ["187二七33五五09", "1872733550九", "一8727335509", "壹87 2733 5509"])
def test_scripts_may_be_mixed_within_it(text: str) -> None:
    assert found(f"号码{text}") == [(T.PHONE, text)]


@pytest.mark.parametrize("text", ["订单138001380001两件没到", "订单20261118000012一直没发货", "价格12999两件"])
def test_an_order_stays_readable_beside_a_word(text: str) -> None:
    assert found(text) == []
