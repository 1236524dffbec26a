"""Numbers that are named: of another length than they should have, with a day spelled within, of a bank's own form."""

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
        ("手机号1380013800", T.PHONE, "1380013800"),
        ("手机：1380013800，麻烦查一下", T.PHONE, "1380013800"),
        ("手机号是138001380001", T.PHONE, "138001380001"),
        ("手机号 139 1234 567", T.PHONE, "139 1234 567"),
        ("联系电话：139123456789", T.PHONE, "139123456789"),
        ("my phone number is 1391234567", T.PHONE, "1391234567"),
        ("身份证号是1101011990030723", T.ID_CARD, "1101011990030723"),
        ("身份证号：11010119900307231", T.ID_CARD, "11010119900307231"),
        ("身份证 1101011990030723166", T.ID_CARD, "1101011990030723166"),
        ("证件号码：440305198805061", T.ID_CARD, "440305198805061"),
        ("身份证号是10101199003072316", T.ID_CARD, "10101199003072316"),
        ("银行卡 62220212345678901234", T.BANK_CARD, "62220212345678901234"),
        ("卡号 622202123456", T.BANK_CARD, "622202123456"),
    ],
)
def test_a_digit_too_few_or_too_many_hides_none_of_it(text: str, type_: PiiType, value: str) -> None:
    assert found(text) == [(type_, value)]


@pytest.mark.parametrize(
    "text",
    [
        "手机 20231128001",
        "手机型号 1380013800",
        "手机订单号1380013800",
        "手机没收到，单号1101011990030723",
        "手机 1399 1499 1599 哪款好",
        "phone 14 1000000 1",
        "电话 4008001234",
        "身份证寄丢了，单号1101011990030723",
        "身份证是2023112812345678",
        "身份证复印件 3份",
        "订单1101011990030723",
        "卡号 12345",
    ],
)
def test_what_stands_beside_the_name_and_is_another_number_stays(text: str) -> None:
    assert found(text) == []


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("身份证1101011990年3月7日2316", "110101199003072316"),
        ("1101011990年03月07日2316", "110101199003072316"),
        ("身份证是110101一九九零年三月七日2316", "110101199003072316"),
        ("1101012003年十二月十九日231X", "11010120031219231X"),
    ],
)
def test_a_day_spelled_within_an_identity_number_is_part_of_it(text: str, number: str) -> None:
    assert [(each.type, each.normalised) for each in ANALYZER.find(text)] == [(T.ID_CARD, number)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("招商银行 6225880212345678", "6225880212345678"),
        ("中国银行 1234567890123456", "1234567890123456"),
        ("北京銀行1234567890123456", "1234567890123456"),
        ("工商银行杭州文三支行 1234567890123456789", "1234567890123456789"),
        ("账号 1234567890123456", "1234567890123456"),
        ("卡号 1234567890123", "1234567890123"),
        ("退款到账户：1234567890123", "1234567890123"),
        ("帳戶號碼 1234567890128", "1234567890128"),
        ("户头1234567890123456", "1234567890123456"),
        ("对公账户：1202 0202 1990 0012 345", "1202 0202 1990 0012 345"),
        ("开户行工商银行杭州分行，账号1202020219900012345", "1202020219900012345"),
    ],
)
def test_behind_a_bank_or_an_account_any_number_of_its_length_is_one(text: str, value: str) -> None:
    assert found(text) == [(T.BANK_CARD, value)]


@pytest.mark.parametrize(
    "text",
    [
        "招商银行付款的订单 2023112812345678",
        "招商银行 20231128123456789",
        "2023112812345678 用银行卡付的",
        "账号被封了 2023112812345678",
        "账号20231128123456",
        "账户余额 1234567890123",
        "账户 100000000000",
        "账户里 2345678901234567890",
        "用工商银行支付，交易号 1234567890123456789",
        "银行 400 669 5566",
    ],
)
def test_an_order_paid_from_an_account_stays(text: str) -> None:
    assert found(text) == []
