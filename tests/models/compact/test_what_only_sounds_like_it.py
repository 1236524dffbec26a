"""What holds the words of a request and asks for another, or for none: each kind by examples in words of no suite."""

from datetime import UTC, datetime

import msgspec
import pytest

from models.commands import (
    AskKnowledge,
    CancelFlow,
    Command,
    Context,
    Deny,
    Flow,
    KnownLine,
    KnownOrder,
    Reason,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact import terms
from models.compact.model import CompactModel

NOW = datetime(2026, 4, 15, 2, tzinfo=UTC)
COAT = KnownOrder(
    order_id="20260401000001",
    status="delivered",
    delivered_at=datetime(2026, 4, 13, 2, tzinfo=UTC),
    lines=(KnownLine(line_id="L1", title="呢子大衣 驼 M"), KnownLine(line_id="L2", title="砂锅 4L")),
)
RICE = KnownOrder(
    order_id="20260410000002",
    status="paid",
    paid_at=datetime(2026, 4, 10, 2, tzinfo=UTC),
    lines=(KnownLine(line_id="L1", title="糙米 5斤"),),
)
OATS = KnownOrder(
    order_id="20260414000003",
    status="paid",
    paid_at=datetime(2026, 4, 14, 2, tzinfo=UTC),
    lines=(KnownLine(line_id="L1", title="燕麦 2斤"),),
)
OPEN = Context(now=NOW, orders=(COAT, RICE, OATS))
QUOTE = msgspec.structs.replace(
    OPEN,
    flow=Flow.RETURN_REFUND,
    awaiting="confirm",
    slots={"order": COAT.order_id, "line": "L1", "reason": "size"},
    last_bot="退款 300 元，确认吗？",
)
PHOTO = msgspec.structs.replace(QUOTE, awaiting="evidence", last_bot="请上传一张照片。")


def said(model: CompactModel, words: str, context: Context) -> tuple[Command, ...]:
    return model.predict(words, context).commands


@pytest.mark.parametrize(
    "words",
    [
        "能开普票不",
        "发票可以开纸质的吗",
        "补开发票收手续费吗",
        "糙米保修多久",
        "你们店支持保价吗",
        "退款一般几天",
        "退货多久才能退钱",
    ],
)
def test_terms_are_asked_about(model: CompactModel, words: str) -> None:
    assert [type(command) for command in said(model, words, OPEN)] == [AskKnowledge]


@pytest.mark.parametrize(
    "words",
    [
        "给我开个专票",
        "帮我补一下差价",
        "我的大衣保修到没到期，给我修",
        "这笔退款都五天了一般几天到",
        "能不能开发票",
        "台灯我刚买就降价了你们给补差价吗",
    ],
)
def test_who_wants_it_done_asks_for_no_terms(words: str) -> None:
    assert not terms.asks(words)


def test_terms_are_asked_about_while_a_title_is_awaited(model: CompactModel) -> None:
    context = msgspec.structs.replace(OPEN, flow=Flow.INVOICE, awaiting="invoice_title", slots={"order": COAT.order_id})
    assert [type(command) for command in said(model, "抬头是不是得写全称", context)] == [AskKnowledge]


@pytest.mark.parametrize("words", ["不用寄回了，直接把钱退了", "砂锅裂成几瓣，不要退货，钱给我退了"])
def test_money_without_sending_back_is_a_refund_only(model: CompactModel, words: str) -> None:
    assert StartFlow(flow=Flow.REFUND_ONLY) in said(model, words, OPEN)


def test_cheaper_elsewhere_and_this_one_goes_back_is_no_difference(model: CompactModel) -> None:
    commands = said(model, "别家卖的低了八十，这件大衣退掉", OPEN)
    assert commands[0] == StartFlow(flow=Flow.RETURN_REFUND)
    assert SetSlot(slot=Slot.REASON, value=Reason.PRICE_DROP.value) in commands


def test_paid_so_many_days_ago_names_the_order(model: CompactModel) -> None:
    commands = said(model, "付完款五天了，催一下仓库", OPEN)
    assert SetSlot(slot=Slot.ORDER, value=RICE.order_id) in commands


def test_yesterdays_order_to_be_sent_elsewhere_is_none_that_arrived_yesterday(model: CompactModel) -> None:
    arrived = msgspec.structs.replace(COAT, delivered_at=datetime(2026, 4, 14, 2, tzinfo=UTC))
    commands = said(model, "昨天那单改送到学校，地址要改", msgspec.structs.replace(OPEN, orders=(arrived, RICE, OATS)))
    assert SetSlot(slot=Slot.ORDER, value=OATS.order_id) in commands


def test_what_is_said_to_be_signed_for_is_an_order_that_the_shop_calls_delivered(model: CompactModel) -> None:
    on_the_way = msgspec.structs.replace(RICE, status="shipped")
    context = msgspec.structs.replace(OPEN, orders=(COAT, on_the_way))
    commands = said(model, "物流写着签收了我没拿着，退钱给我", context)
    assert SetSlot(slot=Slot.ORDER, value=COAT.order_id) in commands


@pytest.mark.parametrize("words", ["锅盖磕豁了，换一个", "袖口开线，换一件"])
def test_a_part_leads_to_the_goods_that_have_it(model: CompactModel, words: str) -> None:
    assert SetSlot(slot=Slot.ORDER, value=COAT.order_id) in said(model, words, OPEN)


@pytest.mark.parametrize("words", ["大一号的有吗，勒得难受", "能换成大一码不，上身太紧"])
def test_who_tells_how_it_sits_wants_an_exchange(model: CompactModel, words: str) -> None:
    flows = [c.flow for c in said(model, words, OPEN) if isinstance(c, StartFlow)]
    assert Flow.CHANGE_SPEC not in flows


def test_where_all_has_arrived_another_spec_is_an_exchange(model: CompactModel) -> None:
    commands = said(model, "换成L码的", msgspec.structs.replace(OPEN, orders=(COAT,)))
    assert commands[0] == StartFlow(flow=Flow.EXCHANGE)


@pytest.mark.parametrize("words", ["要照片这么麻烦，我不退了", "还得拍照啊？那我不退了吧"])
def test_given_up_at_the_end_of_a_sentence(model: CompactModel, words: str) -> None:
    assert said(model, words, PHOTO) == (CancelFlow(),)


@pytest.mark.parametrize("words", ["视频传不上去，流量没了", "照不了，镜头花了"])
def test_who_can_show_nothing_has_no_proof(model: CompactModel, words: str) -> None:
    assert said(model, words, PHOTO) == (Deny(),)


def test_what_runs_was_never_meant(model: CompactModel) -> None:
    assert said(model, "我说的是换货，不是退货", QUOTE)[0] == StartFlow(flow=Flow.EXCHANGE)


def test_not_not_received_is_corrected_to_what_it_is(model: CompactModel) -> None:
    held = {"order": COAT.order_id, "reason": "not_received"}
    commands = said(model, "不是没收到货，是里头少装了", msgspec.structs.replace(QUOTE, slots=held))
    assert Reason.MISSING_ITEM in [getattr(command, "value", None) for command in commands]


@pytest.mark.parametrize(
    "words", ["返修进展咋样", "补的那个砂锅寄出来没", "换的大衣几时能送到", "修完了没", "退换货情况"]
)
def test_what_is_under_way_is_asked_after_and_not_asked_for_again(model: CompactModel, words: str) -> None:
    assert said(model, words, OPEN)[0] == StartFlow(flow=Flow.REFUND_PROGRESS)


@pytest.mark.parametrize("words", ["要把大衣退到什么地方", "返修地址给我", "砂锅该寄给谁", "退回去的收件人是哪位"])
def test_where_goods_are_to_be_sent_is_a_question(model: CompactModel, words: str) -> None:
    assert [type(command) for command in said(model, words, OPEN)] == [AskKnowledge]


@pytest.mark.parametrize(
    ("words", "flow"),
    [
        ("我要换货，换的货几时能送到", Flow.EXCHANGE),
        ("能不能换货", Flow.EXCHANGE),
        ("包裹寄到哪里了", Flow.TRACK_PARCEL),
        ("收货地址改一下", Flow.CHANGE_ADDRESS),
    ],
)
def test_what_is_wanted_stays_wanted(model: CompactModel, words: str, flow: Flow) -> None:
    assert said(model, words, OPEN)[0] == StartFlow(flow=flow)
