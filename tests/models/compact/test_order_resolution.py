from datetime import datetime

import pytest

from models.commands import Context, Flow, KnownLine, KnownOrder
from models.compact.resolution.resolve import line_of, resolve
from models.compact.when import SHANGHAI


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=SHANGHAI)


def order(
    number: str, status: str, *titles: str, paid: datetime | None = None, got: datetime | None = None
) -> KnownOrder:
    lines = tuple(KnownLine(line_id=f"L{i}", title=title) for i, title in enumerate(titles, 1))
    return KnownOrder(order_id=number, status=status, paid_at=paid, delivered_at=got, lines=lines)


SHOES = order("20260410000011", "delivered", "缓震跑步鞋 黑 42码", "速干袜 白", paid=at(4, 10), got=at(4, 14))
SHOES_AGAIN = order("20260301000022", "completed", "缓震跑步鞋 黑 42码", paid=at(3, 1), got=at(3, 5))
LAMP = order("20260414000033", "paid", "护眼灯 白", "灯泡 两只装", paid=at(4, 14))
POT = order("20260412000044", "shipped", "珐琅锅 红", paid=at(4, 12))
CONTEXT = Context(now=at(4, 15), orders=(SHOES, SHOES_AGAIN, LAMP, POT))


@pytest.mark.parametrize(
    ("words", "flow", "found"),
    [
        ("昨天到的跑鞋要退", Flow.RETURN_REFUND, (SHOES.order_id, ("L1",))),
        ("袜子退了", Flow.RETURN_REFUND, (SHOES.order_id, ("L2",))),
        ("跑鞋要退", Flow.RETURN_REFUND, (None, ())),
        ("锅到哪了", Flow.TRACK_PARCEL, (POT.order_id, ("L1",))),
        ("没发货的那单改地址", Flow.CHANGE_ADDRESS, (LAMP.order_id, ())),
        ("尾号0044的快递", Flow.TRACK_PARCEL, (POT.order_id, ())),
        ("尾号零零三三那单取消", Flow.CANCEL_ORDER, (LAMP.order_id, ())),
        ("鞋和袜子都退", Flow.RETURN_REFUND, (SHOES.order_id, ("L1", "L2"))),
        ("手机号填错了", Flow.CHANGE_ADDRESS, (None, ())),
        ("我要退货", Flow.RETURN_REFUND, (None, ())),
    ],
)
def test_which_order(words: str, flow: Flow, found: tuple[str | None, tuple[str, ...]]) -> None:
    context = CONTEXT if "鞋和" not in words else Context(now=CONTEXT.now, orders=(SHOES, LAMP))
    resolved = resolve(words, context, flow)
    assert (resolved.order, resolved.lines) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("最近到的那单", (SHOES.order_id, ())),
        ("最近买的那单", (LAMP.order_id, ())),
        ("红色那个", (POT.order_id, ("L1",))),
        ("倒数第二个", (LAMP.order_id, ())),
        ("第九个", (None, ())),
    ],
)
def test_which_order_where_one_is_asked_for(words: str, found: tuple[str | None, tuple[str, ...]]) -> None:
    resolved = resolve(words, CONTEXT, Flow.RETURN_REFUND, weak=True)
    assert (resolved.order, resolved.lines) == found


@pytest.mark.parametrize("words", ["我没说要退跑鞋，要退的是袜子", "不是跑鞋，是袜子要退", "跑鞋留着，袜子退了"])
def test_what_is_not_meant_is_not_chosen(words: str) -> None:
    context = Context(now=CONTEXT.now, orders=(SHOES, LAMP))
    assert resolve(words, context, Flow.RETURN_REFUND).lines == ("L2",)


def test_goods_named_one_after_the_other_are_both_meant() -> None:
    order_ = order("20260412000055", "delivered", "男士秋衣 深灰", "男士秋裤 深灰")
    context = Context(now=CONTEXT.now, orders=(order_,))
    assert resolve("秋衣秋裤都退", context, Flow.RETURN_REFUND).lines == ("L1", "L2")


def test_boots_are_no_other_shoes() -> None:
    shoes = order("20260412000066", "delivered", "小白鞋 37码")
    boots = order("20260412000077", "delivered", "登山靴 43码")
    context = Context(now=CONTEXT.now, orders=(shoes, boots))
    assert resolve("靴子要退", context, Flow.RETURN_REFUND).order == boots.order_id


@pytest.mark.parametrize(
    ("words", "lines"),
    [("中间那件", ("L2",)), ("最后一个", ("L3",)), ("倒数第二个", ("L2",)), ("头一件", ("L1",)), ("紫的", ("L3",))],
)
def test_which_of_three_lines(words: str, lines: tuple[str, ...]) -> None:
    three = order("20260412000088", "delivered", "围裙 灰", "餐垫 白", "桌布 雾紫")
    assert line_of(words, Context(now=CONTEXT.now, orders=(three,)), three) == lines


@pytest.mark.parametrize(
    ("words", "lines"),
    [("第二个", ("L2",)), ("黑的那双", ("L1",)), ("两样都退", ("L1", "L2")), ("袜子", ("L2",)), ("不知道", ())],
)
def test_which_line_of_a_known_order(words: str, lines: tuple[str, ...]) -> None:
    assert line_of(words, CONTEXT, SHOES) == lines
