"""What only sounds like a request: supposed, threatened for later, said of goods; and what comes to it besides."""

from datetime import UTC, datetime

import pytest

from models.commands import (
    Affirm,
    AskKnowledge,
    Command,
    Context,
    CorrectSlot,
    Flow,
    Handoff,
    HandoffReason,
    KnownLine,
    KnownOrder,
    Nothing,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact.model import CompactModel

NOW = datetime(2026, 6, 3, 4, tzinfo=UTC)
HERE = KnownOrder(
    order_id="20260520000001",
    status="delivered",
    paid_at=datetime(2026, 5, 20, tzinfo=UTC),
    delivered_at=datetime(2026, 5, 30, tzinfo=UTC),
    lines=(
        KnownLine(line_id="L1", title="碎花连衣裙 黄 M"),
        KnownLine(line_id="L2", title="珍珠发卡 白"),
        KnownLine(line_id="L3", title="棉袜 灰", quantity=3),
    ),
)
COMING = KnownOrder(
    order_id="20260601000002",
    status="paid",
    paid_at=datetime(2026, 6, 1, tzinfo=UTC),
    lines=(KnownLine(line_id="L1", title="彩色铅笔 12色"),),
)
RETURN: dict[str, str | int] = {"order": HERE.order_id, "line": "L1", "quantity": 1, "reason": "seven_day"}


def heard(
    model: CompactModel, words: str, flow: Flow | None = None, awaiting: str | None = None, **slots: str | int
) -> tuple[Command, ...]:
    context = Context(now=NOW, orders=(HERE, COMING), flow=flow, awaiting=awaiting, slots=slots)
    return tuple(
        type(c)(**{name: getattr(c, name) for name in c.__struct_fields__ if name != "evidence"})
        for c in model.predict(words, context).commands
    )


@pytest.mark.parametrize(
    "words", ["人工毛领的外套掉毛", "真人上身图那件还有货吗", "人工养殖的珍珠吗", "直播真人试穿好看"]
)
def test_goods_made_by_hand_or_shown_on_somebody_ask_for_no_person(model: CompactModel, words: str) -> None:
    assert Handoff(reason=HandoffReason.CUSTOMER_ASKED) not in heard(model, words)


@pytest.mark.parametrize("words", ["转人工", "人工！", "给我找个真人", "叫真人来，别用机器糊弄"])
def test_who_wants_a_person_gets_one(model: CompactModel, words: str) -> None:
    assert heard(model, words) == (Handoff(reason=HandoffReason.CUSTOMER_ASKED),)


@pytest.mark.parametrize(
    "words",
    [
        "要是穿着紧能调大一号吗",
        "万一戴着不好看给退吗",
        "如果不喜欢可以换颜色不",
        "不合适包退吗",
        "发卡拆开了还能退不，不能就留着",
    ],
)
def test_what_is_supposed_is_a_question(model: CompactModel, words: str) -> None:
    assert heard(model, words) == (AskKnowledge(query=words),)


@pytest.mark.parametrize("words", ["后天之前铅笔不到我就不要了", "铅笔月底前收不到就取消"])
def test_who_sets_a_day_wants_his_parcel(model: CompactModel, words: str) -> None:
    assert heard(model, words) == (
        StartFlow(flow=Flow.URGE_SHIPMENT),
        SetSlot(slot=Slot.ORDER, value=COMING.order_id),
    )


def test_who_does_not_wait_for_the_day_cancels(model: CompactModel) -> None:
    assert heard(model, "铅笔明天不到的话我就不要了，直接取消")[0] == StartFlow(flow=Flow.CANCEL_ORDER)


@pytest.mark.parametrize("words", ["别老给我打电话，发短信就成", "不方便接电话，在这说"])
def test_who_wants_no_call_leaves_no_message(model: CompactModel, words: str) -> None:
    assert heard(model, words) == (Nothing(),)


@pytest.mark.parametrize("words", ["还没寄，等周末", "没空寄呢，明天去", "单号还没出来，晚点发你"])
def test_what_was_not_sent_yet_has_no_number(model: CompactModel, words: str) -> None:
    assert heard(model, words, Flow.RETURN_REFUND, "return_tracking_no", **RETURN) == (Nothing(),)


@pytest.mark.parametrize(
    ("words", "spec"), [("换成24色的", "24色"), ("给我调一盒36色的来", "36色"), ("要18色装的", "18色装")]
)
def test_so_many_colours_are_a_spec(model: CompactModel, words: str, spec: str) -> None:
    slots: dict[str, str | int] = {"order": COMING.order_id, "line": "L1"}
    assert heard(model, words, Flow.CHANGE_SPEC, "spec", **slots) == (SetSlot(slot=Slot.SPEC, value=spec),)


@pytest.mark.parametrize(
    ("words", "title"), [("个人的，写韩梅就行", "韩梅"), ("个人，抬头何伟明", "何伟明"), ("开个人的就行", "个人")]
)
def test_a_personal_invoice_bears_the_name_that_is_said(model: CompactModel, words: str, title: str) -> None:
    found = heard(model, words, Flow.INVOICE, "invoice_title", order=HERE.order_id)
    assert found == (SetSlot(slot=Slot.INVOICE_TITLE, value=title),)


@pytest.mark.parametrize("words", ["那件洋裝我想退掉", "dress要退"])
def test_a_dress_is_one_in_whatever_tongue(model: CompactModel, words: str) -> None:
    assert SetSlot(slot=Slot.LINE, value="L1") in heard(model, words)


@pytest.mark.parametrize("words", ["发卡也一起退", "发卡也要退", "顺便发卡一块退了"])
def test_what_is_to_go_too_comes_to_what_is_quoted(model: CompactModel, words: str) -> None:
    found = heard(model, words, Flow.RETURN_REFUND, "confirm", **RETURN)
    assert found == (CorrectSlot(slot=Slot.LINE, value="L1"), CorrectSlot(slot=Slot.LINE, value="L2"))


@pytest.mark.parametrize("words", ["不退裙子，退发卡", "不是裙子，是发卡"])
def test_what_is_to_go_instead_takes_its_place(model: CompactModel, words: str) -> None:
    found = heard(model, words, Flow.RETURN_REFUND, "confirm", **RETURN)
    assert found == (CorrectSlot(slot=Slot.LINE, value="L2"),)


@pytest.mark.parametrize(
    "words",
    [
        "确认，手机号换一个",
        "好的，收款的卡改一下",
        "行，收货人写错了",
        "可以，电话不对",
        "嗯嗯，换个联系方式吧",
        "没问题，名字错了",
    ],
)
def test_who_wants_another_number_or_name_says_no_yes(model: CompactModel, words: str) -> None:
    assert heard(model, words, Flow.RETURN_REFUND, "confirm", **RETURN) == (Nothing(),)


def test_a_yes_with_a_question_about_the_money_is_the_question(model: CompactModel) -> None:
    found = heard(model, "确认，不过钱多久到", Flow.RETURN_REFUND, "confirm", **RETURN)
    assert Affirm() not in found
    assert isinstance(found[0], AskKnowledge)
