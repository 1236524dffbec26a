"""Landlines, plates, documents, tax numbers, accounts and network addresses: with the words that make them one."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.checks import is_uscc_checksum
from security.pii.model import PiiType

T = PiiType
ANALYZER = Analyzer()


def found(text: str) -> list[tuple[PiiType, str]]:
    return [(finding.type, finding.value) for finding in ANALYZER.find(text)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("座机021-61234567", T.LANDLINE, "021-61234567"),
        ("固话 (0571) 87654321 转前台", T.LANDLINE, "(0571) 87654321"),
        ("打021-61234567转8023", T.LANDLINE, "021-61234567转8023"),
        ("传真+86-10-61234567", T.LANDLINE, "+86-10-61234567"),
        ("我家座机61234567", T.LANDLINE, "61234567"),
        ("车牌浙A8K36P", T.PLATE, "浙A8K36P"),
        ("车牌苏E 88888", T.PLATE, "苏E 88888"),
        ("新能源粤BD12345", T.PLATE, "粤BD12345"),
        ("车是京N·6Q825白色的", T.PLATE, "京N·6Q825"),
        ("车牌川A七拐零幺九", T.PLATE, "川A七拐零幺九"),
        ("鲁Q3386学的教练车", T.PLATE, "鲁Q3386学"),
        ("护照E87654021", T.PASSPORT, "E87654021"),
        ("护照号 EB，就是，两零八 四七七九", T.PASSPORT, "EB，就是，两零八 四七七九"),
        ("通行证C81234567", T.TRAVEL_PERMIT, "C81234567"),
        ("回乡证 H0912345600", T.TRAVEL_PERMIT, "H0912345600"),
        ("台胞证03984412", T.TRAVEL_PERMIT, "03984412"),
        ("税号91350100M000100Y43", T.USCC, "91350100M000100Y43"),
        ("营业执照 91350100M000100Y44 没错", T.USCC, "91350100M000100Y44"),
        ("税号九一三五零一零零M零零零幺零零Y四三", T.USCC, "九一三五零一零零M零零零幺零零Y四三"),
        ("微信号：wxid_k3m9x0qp12", T.WECHAT, "wxid_k3m9x0qp12"),
        ("加微信ocean_blue77聊", T.WECHAT, "ocean_blue77"),
        ("加我v：abc12345", T.WECHAT, "abc12345"),
        ("加我v：lilyzhang", T.WECHAT, "lilyzhang"),
        ("加微 abc12345", T.WECHAT, "abc12345"),
        ("加我微：lilyzhang", T.WECHAT, "lilyzhang"),
        ("薇❤ abc12345", T.WECHAT, "abc12345"),
        ("+V: lilyzhang", T.WECHAT, "lilyzhang"),
        ("加q 12345678", T.QQ, "12345678"),
        ("Q:12345678", T.QQ, "12345678"),
        ("我的邮箱是 li 点 lei 在 gmail 点 com", T.EMAIL, "li 点 lei 在 gmail 点 com"),
        ("微信是amy下划线七七八零", T.WECHAT, "amy下划线七七八零"),
        ("扣扣号是三五幺九零二六六", T.QQ, "三五幺九零二六六"),
        ("我QQ是83746，五位的", T.QQ, "83746"),
        ("内网192.168.1.105", T.IP, "192.168.1.105"),
        ("http://10.0.3.18:8080打不开", T.IP, "10.0.3.18"),
        ("2408:8207:1850:2a60::5f1", T.IP, "2408:8207:1850:2a60::5f1"),
    ],
)
def test_it_is_found_exactly(text: str, type_: PiiType, value: str) -> None:
    assert found(text) == [(type_, value)]


@pytest.mark.parametrize(
    "text",
    [
        "客服400-820-8820打不通",
        "打了95588和12315",
        "版本 8.12.3.405",
        "Chrome/131.0.67.86",
        "20:15:33下的单",
        "型号KFR-35GW",
        "新A4纸500张",
        "微信支付的能退微信吗",
        "微信小程序APP里没有",
        "QQ音乐会员",
        "加微波炉 abc12345",
        "5V+V: output1",
        "+Vivo abc12345",
        "FAQ:12345678",
        "Q:2026年买的",
        "Q:20261110123456",
        "货号HX-2203-41",
    ],
)
def test_it_is_not_personal(text: str) -> None:
    assert found(text) == []


def test_the_checksum_of_a_tax_number_is_that_of_its_standard() -> None:
    assert is_uscc_checksum("91350100M000100Y43")
    assert not is_uscc_checksum("91350100M000100Y44")


def test_a_code_is_not_what_stands_beside_it() -> None:
    assert found("您的验证码：5521，5分钟内有效") == [(T.OTP, "5521")]
    assert found("CVV:907 exp 0829") == [(T.CVV, "907")]


@pytest.mark.control("K1")
@pytest.mark.parametrize("plate", ["京A12345", "粤B·12345", "苏E 88888", "沪AD12345"])
@pytest.mark.parametrize("between", [" ", "，", "/", "\n", "，电话"])
def test_a_plate_ends_where_a_phone_begins(plate: str, between: str) -> None:
    assert found(f"{plate}{between}13800138000") == [(T.PLATE, plate), (T.PHONE, "13800138000")]
