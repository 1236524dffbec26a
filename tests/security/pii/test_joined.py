"""Numbers without a space to what stands beside them, and numbers put together in ways that no keyboard suggests."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import PiiType
from tests.security.pii.test_checks import with_id_check

T = PiiType
ANALYZER = Analyzer()
ID = with_id_check("53010219870412207")
CARD = "6217001234567890"


def found(text: str) -> list[tuple[PiiType, str]]:
    return [(finding.type, finding.value) for finding in ANALYZER.find(text)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        (f"ID{ID}", T.ID_CARD, ID),
        (f"sfz{ID}", T.ID_CARD, ID),
        (f"身份证No{ID}", T.ID_CARD, ID),
        (f"张三zs{ID}", T.ID_CARD, ID),
        (f"工行ICBC{CARD}", T.BANK_CARD, CARD),
        (f"银行卡CCB{CARD}", T.BANK_CARD, CARD),
        (f"卡号NO{CARD}", T.BANK_CARD, CARD),
        ("tel027-87541230", T.LANDLINE, "027-87541230"),
        ("fax02787541230", T.LANDLINE, "02787541230"),
        ("加我VXhello_kitty88", T.WECHAT, "hello_kitty88"),
        ("我家电话87654321", T.LANDLINE, "87654321"),
        ("cvv662", T.CVV, "662"),
        ("CVN六六二", T.CVV, "六六二"),
        ("otp402917", T.OTP, "402917"),
        ("code402917", T.OTP, "402917"),
        ("ip117.136.42.9", T.IP, "117.136.42.9"),
    ],
)
def test_it_may_be_joined_to_its_name(text: str, type_: PiiType, value: str) -> None:
    assert (type_, value) in found(text)


@pytest.mark.parametrize(
    "text",
    ["快递单号YT8837261940281", "退货单TH6217001234567890", "SF1029384756601", "RF53010220261119123X", "qrcode402917"],
)
def test_what_is_joined_to_other_letters_stays_readable(text: str) -> None:
    assert found(text) == []


def test_two_phones_may_run_into_one_another() -> None:
    assert found("1338505412419144706378两个都能打") == [(T.PHONE, "13385054124"), (T.PHONE, "19144706378")]


@pytest.mark.control("K1")
@pytest.mark.parametrize("sign", ["杠", "横杠", " 空格 ", "逗号", "点", ":", "：", "@", "$", "%", "&nbsp;", "<br>"])
def test_signs_may_be_said_or_left_over_between_its_groups(sign: str) -> None:
    phone, card = f"187{sign}2733{sign}5509", sign.join(["6217", "0012", "3456", "7890"])
    assert found(f"电话{phone}") == [(T.PHONE, phone)]
    assert found(f"卡号{card}") == [(T.BANK_CARD, card)]
    assert found(f"{ID[:6]}{sign}{ID[6:14]}{sign}{ID[14:]}") == [
        (T.ID_CARD, f"{ID[:6]}{sign}{ID[6:14]}{sign}{ID[14:]}")
    ]


@pytest.mark.parametrize("char", ["\x00", "\x08", "\x1b", "\x7f", "\x9c"])
def test_control_characters_hide_no_digits(char: str) -> None:
    assert found(f"电话{char.join('18727335509')}")[0][0] is T.PHONE


@pytest.mark.parametrize("name", ["礼品卡号", "会员卡号", "购物卡号", "储值卡号"])
def test_a_shops_own_cards_are_no_bank_cards(name: str) -> None:
    assert found(f"{name} 8837261940281123 用不了") == []
