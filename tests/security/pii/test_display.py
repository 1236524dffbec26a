"""What the partial mask leaves of each type of personal data."""

import pytest

from security.pii.display import partly
from security.pii.model import PiiType

pytestmark = pytest.mark.control("M-35")

T = PiiType
PARTLY = {
    T.ID_CARD: ("110101199003071239", "****1239"),
    T.BANK_CARD: ("6222020000000000006", "****0006"),
    T.PHONE: ("13812345678", "138****5678"),
    T.LANDLINE: ("01062345678", "010****5678"),
    T.NAME: ("张伟", "张*"),
    T.ADDRESS: ("浙江省杭州市西湖区文三路5号", "浙江省杭州市西湖区****"),
    T.EMAIL: ("liwei@example.com", "l***@example.com"),
    T.PLATE: ("京A12345", "****45"),
    T.PASSPORT: ("E12345678", "****5678"),
    T.TRAVEL_PERMIT: ("H12345678", "****5678"),
    T.USCC: ("91110108MA01ABCD2X", "911****CD2X"),
    T.OTP: ("123456", "****"),
    T.CVV: ("123", "****"),
    T.PASSWORD: ("Abc!2345", "****"),
    T.WECHAT: ("wxid_1234", "****34"),
    T.QQ: ("123456789", "****89"),
    T.IP: ("192.168.31.7", "192.168.*.*"),
}


def test_every_type_has_its_partial_mask() -> None:
    assert set(PARTLY) == set(PiiType)
    assert {type_: partly(type_, value) for type_, (value, _) in PARTLY.items()} == {
        type_: shown for type_, (_, shown) in PARTLY.items()
    }


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("幸福路12号3", "****"),
        ("3栋2单元501", "****"),
        ("阳光小区3栋501", "****"),
        ("和平社区3栋501", "****"),
        ("朝阳区建国路8号", "朝阳区****"),
        ("朝阳区阳光小区3栋501", "朝阳区****"),
        ("江苏省苏州市昆山市前进西路5号", "江苏省苏州市昆山市****"),
        ("河北省正定县燕赵大街12号", "河北省正定县****"),
        ("杭州市西湖区", "杭州市西湖区****"),
    ],
)
def test_of_an_address_nothing_below_its_district_is_shown(address: str, shown: str) -> None:
    assert partly(T.ADDRESS, address) == shown


@pytest.mark.parametrize(
    ("email", "shown"), [("a@b.cn", "***@b.cn"), ("li@b.cn", "***@b.cn"), ("lee@b.cn", "l***@b.cn")]
)
def test_a_short_name_in_an_email_address_is_hidden_wholly(email: str, shown: str) -> None:
    assert partly(T.EMAIL, email) == shown


def test_an_ip_address_of_another_form_is_hidden_wholly() -> None:
    assert partly(T.IP, "2001:db8::7") == "****"
