from datetime import datetime

import pytest

from models.commands import Affirm, Deny
from models.compact import callback, contact, invoicing, parcel, quantity, spec
from models.compact.normalise import fold
from models.compact.when import SHANGHAI

NOW = datetime(2026, 4, 15, 10, 0, tzinfo=SHANGHAI)
"""A Wednesday."""


@pytest.mark.parametrize(
    ("words", "owned", "count"),
    [
        ("三个", 5, 3),
        ("都退", 4, 4),
        ("留一个，其他都退", 4, 3),
        ("不是三个，退两个", 4, 2),
        ("少一箱", 4, 1),
        ("买了四箱只到了三箱", 4, 1),
        ("退一个，留一个", 2, 1),
        ("不知道", 4, None),
        ("一对都退", 2, 2),
        ("短了一袋", 3, 1),
    ],
)
def test_quantity_that_was_asked_for(words: str, owned: int, count: int | None) -> None:
    assert quantity.answered(words, owned) == count


def test_of_a_single_unit_no_quantity_is_named() -> None:
    assert quantity.requested("退一个", 1) is None


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("明天上午九点半", "2026-04-16T09:30:00+08:00"),
        ("下周一下午两点", "2026-04-20T14:00:00+08:00"),
        ("20号晚上八点", "2026-04-20T20:00:00+08:00"),
        ("十六号没空，17号早上十点吧", "2026-04-17T10:00:00+08:00"),
        ("半小时后", "2026-04-15T10:30:00+08:00"),
        ("周五早上九点一刻", "2026-04-17T09:15:00+08:00"),
        ("九点", "2026-04-16T09:00:00+08:00"),
        ("都行", None),
    ],
)
def test_call_back_time(words: str, moment: str | None) -> None:
    assert callback.find(words, NOW) == moment


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("换成XL码", "XL码"),
        ("要雾霾蓝的四件套", "雾霾蓝"),
        ("棕色38码", "棕色38码"),
        ("拍成1.2米了，改成1.5米", "1.5米"),
        ("大一码就行", "大一码"),
        ("白的不要，要黑色", "黑色"),
        ("换成四十二码的", "四十二码"),
        ("要五百毫升那种", "五百毫升"),
        ("随便", None),
    ],
)
def test_spec_in_the_shortest_words(words: str, value: str | None) -> None:
    assert spec.answered(words, fold(words)) == value


SHOWN = ("雪青 均码", "雪青 加厚", "黛蓝 均码")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("就黛蓝均码吧", "黛蓝 均码"),
        ("第二个", "雪青 加厚"),
        ("要最后一个", "黛蓝 均码"),
        ("第五个", None),
        ("黛蓝的", "黛蓝"),
        ("换成XL码", "XL码"),
    ],
)
def test_spec_among_those_that_were_shown(words: str, value: str | None) -> None:
    assert spec.answered(words, fold(words), SHOWN) == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("新号是幺三八零零零零幺幺幺幺", "13800001111"),
        ("换成⟨手机1⟩", "⟨手机1⟩"),
        ("是13800001111不是13800002222", "13800001111"),
        ("订单20260101123456", None),
    ],
)
def test_phone(words: str, value: str | None) -> None:
    assert contact.phone(words, fold(words)) == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("寄到南京市鼓楼区中山路18号3幢201，谢谢", "南京市鼓楼区中山路18号3幢201"),
        ("改成⟨地址1⟩吧", "⟨地址1⟩"),
        ("⟨地址1⟩，⟨地址2⟩", "⟨地址1⟩，⟨地址2⟩"),
        ("⟨地址1⟩ 3-2-501", "⟨地址1⟩ 3-2-501"),
        ("从⟨地址1⟩改成⟨地址2⟩", "⟨地址2⟩"),
        ("⟨地址1⟩，3天内发货", "⟨地址1⟩"),
        ("⟨地址1⟩，麻烦今天18点前改好", "⟨地址1⟩"),
        ("⟨地址1⟩，中山东路恒大小区 3-2-501，谢谢", "⟨地址1⟩，中山东路恒大小区 3-2-501"),
        ("改到浙江省杭州市余杭区", "浙江省杭州市余杭区"),
        ("我在杭州上班", None),
        ("地址写错了", None),
        ("还是那个小区，换成12栋", "12栋"),
    ],
)
def test_address(words: str, value: str | None) -> None:
    assert contact.address(words, fold(words), awaited=True) == value


def test_parcel() -> None:
    words = fold("寄了，圆通 YT 7788990011223")
    assert (parcel.carrier(words), parcel.tracking_no(words)) == ("圆通", "YT7788990011223")


@pytest.mark.parametrize(
    ("words", "title", "tax"),
    [
        ("抬头写成都青禾科技有限公司，税号91510100 MA6C 1234 5X", "成都青禾科技有限公司", "91510100MA6C12345X"),
        ("个人的", "个人", None),
        ("用公司的：合源商行", "合源商行", None),
    ],
)
def test_invoice(words: str, title: str | None, tax: str | None) -> None:
    assert invoicing.title(words, fold(words), awaited=True) == title
    assert invoicing.tax_id(words, fold(words)) == tax


@pytest.mark.parametrize(
    ("words", "owned", "count"),
    [("退6个", 4, 6), ("两条都退", 1, 2), ("两台机器都退", 1, 2), ("退一个", 1, None), ("退了两个月了", 3, None)],
)
def test_more_than_is_owned_is_said_as_it_is(words: str, owned: int, count: int | None) -> None:
    assert quantity.requested(words, owned) == count


@pytest.mark.parametrize(
    "words",
    [
        *("围巾退500块", "退我两百元", "退50元给我", "退我五十块钱", "围巾退两块五", "退5块钱给我", "围巾退￥30"),
        *("围巾退三百块吧", "退1500块", "退一千五百块", "退我三千块", "退15.5块"),
    ],
)
@pytest.mark.parametrize("owned", [None, 2])
def test_an_amount_of_money_is_no_quantity(words: str, owned: int | None) -> None:
    assert quantity.requested(words, owned) is None
    assert quantity.answered(words, owned) is None
    assert quantity.offered(words) is None


@pytest.mark.parametrize(
    ("words", "owned", "count"),
    [
        ("退两块", 3, 2),
        ("退两块香皂", None, 2),
        ("退12块地垫", 20, 12),
        ("99元的那款退两条", 3, 2),
        ("退5块给我", 2, None),
    ],
)
def test_pieces_are_units_and_prices_are_passed_over(words: str, owned: int | None, count: int | None) -> None:
    assert quantity.requested(words, owned) == count


@pytest.mark.parametrize(
    ("words", "awaited", "means"),
    [
        ("可以", "phone", Affirm()),
        ("就打这个号", "phone", Affirm()),
        ("换一个", "phone", Deny()),
        ("不打这个", "phone", Deny()),
        ("随时都行", "callback_time", Affirm()),
        ("你们看着办吧", "callback_time", Affirm()),
        ("没什么要求", "callback_time", Affirm()),
        ("明天下午三点", "callback_time", None),
        ("你们电话打不通", "phone", None),
    ],
)
def test_what_is_offered_for_a_call_is_agreed_to_or_not(words: str, awaited: str, means: object) -> None:
    assert callback.agreement(fold(words), awaited) == means


@pytest.mark.parametrize("words", ["公司抬头的发票", "开公司的", "抬头开电子发票"])
def test_a_kind_of_invoice_is_no_title(words: str) -> None:
    assert invoicing.title(words, fold(words), awaited=False) is None


def test_a_tax_id_may_be_spoken() -> None:
    words = "九一三三零一零六MA二七XK三N四F"
    assert invoicing.tax_id(words, fold(words)) == "91330106MA27XK3N4F"


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("打印纸那单开一张公司的发票", None),
        ("杯子那单开公司的票", None),
        ("那单开长沙市麓谷测试文具有限公司", "长沙市麓谷测试文具有限公司"),
        ("这个订单开一下杭州云栖测试文化有限公司的发票", "杭州云栖测试文化有限公司"),
        ("给青禾测试科技有限公司开一张", "青禾测试科技有限公司"),
        ("开封市汴京测试商贸有限公司", "开封市汴京测试商贸有限公司"),
    ],
)
def test_a_request_around_a_title_is_no_part_of_it(words: str, title: str | None) -> None:
    assert invoicing.title(words, fold(words), awaited=False) == title


@pytest.mark.parametrize("words", ["那就开个人的", "写我自己名字吧", "用我的名字"])
def test_a_personal_title_is_heard(words: str) -> None:
    assert invoicing.title(words, fold(words), awaited=True) == "个人"
