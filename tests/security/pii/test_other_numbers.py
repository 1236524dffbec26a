"""A word for another number hides nothing personal that it does not name: 订单, 单号, 价格, order, 快递."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import VOICE, PiiType

T = PiiType
ANALYZER = Analyzer()
PHONE = "13912345678"
CARD = "6222021234567890128"
ID = "110105194912310021"
"""Its check digit is wrong."""
ORDER = "20261110123456"


def found(text: str, channel: str = "web") -> list[tuple[PiiType, str]]:
    return [(finding.type, finding.value) for finding in ANALYZER.find(text, channel=channel)]


@pytest.mark.control("K1")
@pytest.mark.parametrize("channel", ["web", VOICE])
@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        (f"订单没收到，{PHONE}联系我", T.PHONE, PHONE),
        (f"订单{ORDER} {PHONE}", T.PHONE, PHONE),
        (f"订单号是{ORDER}，{PHONE}", T.PHONE, PHONE),
        (f"查订单，{PHONE}", T.PHONE, PHONE),
        (f"我要查订单\n{PHONE}", T.PHONE, PHONE),
        (f"单号忘了，{PHONE}", T.PHONE, PHONE),
        (f"订单没到 {PHONE}", T.PHONE, PHONE),
        (f"价格太贵了，能便宜点吗 {PHONE}", T.PHONE, PHONE),
        (f"型号不对 {PHONE}", T.PHONE, PHONE),
        (f"order not received {PHONE}", T.PHONE, PHONE),
        (f"where is my order. {PHONE}", T.PHONE, PHONE),
        (f"我的订单呢？{CARD}", T.BANK_CARD, CARD),
        (f"快递没到，{CARD}", T.BANK_CARD, CARD),
        (f"查订单，{ID}", T.ID_CARD, ID),
        (f"会员号{PHONE}，帮我查积分", T.PHONE, PHONE),
        (f"我的会员卡号是 {PHONE}", T.PHONE, PHONE),
        (f"会员号码{PHONE}", T.PHONE, PHONE),
        ("会员号 138 0013 8000", T.PHONE, "138 0013 8000"),
        (f"客户编号{PHONE}", T.PHONE, PHONE),
        (f"用户编号为{PHONE}", T.PHONE, PHONE),
        ("订单截图发到li@example.com", T.EMAIL, "li@example.com"),
    ],
)
def test_it_is_personal_beside_a_word_that_names_something_else(
    text: str, type_: PiiType, value: str, channel: str
) -> None:
    assert found(text, channel) == [(type_, value)]


@pytest.mark.control("K1")
def test_a_phone_between_a_name_and_an_address_behind_an_order_is_found_with_them() -> None:
    text = f"订单{ORDER}，收货人张伟，{PHONE}，地址杭州市西湖区文三路1号"
    assert found(text) == [(T.NAME, "张伟"), (T.PHONE, PHONE), (T.ADDRESS, "杭州市西湖区文三路1号")]


@pytest.mark.control("K1")
@pytest.mark.parametrize(("text", "name"), [(f"订单 {PHONE} 张三收", "张三"), (f"订单 {PHONE}，王小明代收", "王小明")])
def test_whoever_receives_it_proves_the_phone_before_them(text: str, name: str) -> None:
    assert found(text) == [(T.PHONE, PHONE), (T.NAME, name)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    "texts",
    [["我的订单没到", "139", "1234", "5678"], ["价格不对", PHONE], ["订单没收到，前三位139，中间1234，后面5678"]],
)
def test_so_is_what_is_told_in_parts_or_in_the_next_message(texts: list[str]) -> None:
    parts = ANALYZER.find_in_messages(texts)
    assert {finding.normalised for part in parts for finding in part} == {PHONE}
    told = "".join(char for part in parts for finding in part for char in finding.value if char.isdigit())
    assert told == PHONE


@pytest.mark.control("K1")
def test_an_order_said_between_two_parts_is_none_of_them() -> None:
    parts = ANALYZER.find_in_messages(["我电话139", f"是这个订单{ORDER}", "12345678"])
    assert [[finding.value for finding in part] for part in parts] == [["139"], [], ["12345678"]]


@pytest.mark.parametrize(
    "text",
    [
        f"订单{PHONE}",
        f"订单号{PHONE}到哪了",
        f"订单号：{PHONE}",
        f"订单号码是{PHONE}",
        f"订单编号应该是 {PHONE}",
        f"单号是\n{PHONE}",
        f"订单号是嗯{PHONE}",
        f"订单号【{PHONE}】",
        f"单号JD{PHONE}",
        f"型号 X-{PHONE}",
        f"order number is {PHONE}",
        f"order #{PHONE}",
        f"Order No. {PHONE}",
        f"快递{CARD}",
        f"运单号（顺丰）{CARD}",
        f"订单 {ID}",
        f"帮我查一下订单，{ORDER}",
        "订单，条码6901234567892，IMEI 356938035643809",
        f"订单 {PHONE} 还没收",
        f"订单 {PHONE} 请签收",
        f"客户订单编号{PHONE}",
        f"会员的订单号{PHONE}",
        f"编号{PHONE}",
        f"会员号 {ORDER}",
        "会员号10086001234",
        f"会员卡号{CARD}",
        "会员等级13，积分13800",
        "14000000000个",
    ],
)
def test_a_number_that_is_named_or_looks_like_no_other_stays_readable(text: str) -> None:
    assert found(text) == []
