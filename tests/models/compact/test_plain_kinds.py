"""Kinds of plain words at a moment: told as rules, so each is held by examples of its own, in words of no suite."""

from datetime import UTC, datetime

import msgspec
import pytest

from models.commands import (
    Affirm,
    AskKnowledge,
    Command,
    Context,
    CorrectSlot,
    Deny,
    Flow,
    KnownLine,
    KnownOrder,
    Nothing,
    Reason,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact.model import CompactModel
from models.compact.normalise import fold
from models.compact.quantity import answered

NOW = datetime(2026, 4, 15, tzinfo=UTC)
SCARF = KnownOrder(
    order_id="20260401000001",
    status="delivered",
    lines=(KnownLine(line_id="L1", title="羊毛围巾 灰"), KnownLine(line_id="L2", title="保温杯 500ml", quantity=3)),
)
KETTLE = KnownOrder(order_id="20260402000002", status="shipped", lines=(KnownLine(line_id="L1", title="电热水壶"),))
LAMP = KnownOrder(order_id="20260403000003", status="paid", lines=(KnownLine(line_id="L1", title="台灯 白"),))
OPEN = Context(now=NOW, orders=(SCARF, KETTLE, LAMP))
HELD: dict[str, str | int] = {"order": SCARF.order_id, "line": "L1", "reason": "size"}
QUOTE = msgspec.structs.replace(OPEN, flow=Flow.RETURN_REFUND, awaiting="confirm", slots=HELD)
MOVING = msgspec.structs.replace(
    OPEN, flow=Flow.CHANGE_ADDRESS, awaiting="confirm", slots={"order": LAMP.order_id, "address": "⟨地址1⟩"}
)
DONE = msgspec.structs.replace(QUOTE, awaiting="receipt")
LOOKED_UP = msgspec.structs.replace(
    OPEN, flow=Flow.ORDER_STATUS, awaiting=None, slots={"order": LAMP.order_id}, last_bot="还没有发货。"
)


def _said(model: CompactModel, words: str, context: Context) -> tuple[Command, ...]:
    return model.predict(words, context).commands


@pytest.mark.parametrize("words", ["就是不想要了", "单纯用不上了", "没毛病，就是看不上了"])
def test_a_reason_told_at_a_quote_is_neither_a_yes_nor_a_no(model: CompactModel, words: str) -> None:
    assert _said(model, words, QUOTE) == (CorrectSlot(slot=Slot.REASON, value=Reason.CHANGED_MIND.value),)
    same = msgspec.structs.replace(QUOTE, slots={**HELD, "reason": "changed_mind"})
    assert _said(model, words, same) == (Nothing(),)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("楼号错了，是6栋", "6栋"),
        ("不是3单元，是5单元", "5单元"),
        ("我住8号楼不是9号楼", "8号楼"),
        ("门牌少一位，2304", "2304"),
    ],
)
def test_a_part_of_an_address_is_the_one_that_is_not_denied(model: CompactModel, words: str, part: str) -> None:
    assert _said(model, words, MOVING) == (CorrectSlot(slot=Slot.ADDRESS, value=part),)


@pytest.mark.parametrize(
    "words",
    [
        "退全款我就同意",
        "行，但得发京东快递",
        "成，不过得当天到",
        "可以，但别动我的券",
        "好的，前提是你们来取",
        "行是行，但运费谁出",
        "好，还是退到余额？",
        "取消可以，积分还我不",
        "快点快点",
        "👌",
        "👍",
        "🙏",
    ],
)
def test_no_yes_is_heard_in_a_condition_a_question_or_a_picture(model: CompactModel, words: str) -> None:
    assert Affirm() not in _said(model, words, QUOTE)


@pytest.mark.parametrize("words", ["不同意，凭什么我出运费", "不接受，扣得太多了", "不退，留着用"])
def test_a_refusal_stays_one_whatever_follows(model: CompactModel, words: str) -> None:
    assert _said(model, words, QUOTE) == (Deny(),)


def test_a_yes_and_the_same_for_other_goods_are_two_requests(model: CompactModel) -> None:
    heard = _said(model, "好，另外保温杯也退两个", QUOTE)
    assert heard[:2] == (Affirm(), StartFlow(flow=Flow.RETURN_REFUND))
    assert {SetSlot(slot=Slot.LINE, value="L2"), SetSlot(slot=Slot.QUANTITY, value=2)} <= set(heard)


@pytest.mark.parametrize("words", ["那钱什么时候到", "多久到账", "退成功了吗"])
def test_after_a_receipt_the_money_is_that_of_what_was_done(model: CompactModel, words: str) -> None:
    assert _said(model, words, DONE) == (StartFlow(flow=Flow.REFUND_PROGRESS),)


@pytest.mark.parametrize("words", ["快递员什么时候来", "师傅几点上门"])
def test_after_a_receipt_who_comes_is_no_parcel(model: CompactModel, words: str) -> None:
    assert isinstance(_said(model, words, DONE)[0], AskKnowledge)


def test_what_is_asked_next_is_about_the_order_just_looked_up(model: CompactModel) -> None:
    order = SetSlot(slot=Slot.ORDER, value=LAMP.order_id)
    assert _said(model, "那这单取消吧", LOOKED_UP)[:2] == (StartFlow(flow=Flow.CANCEL_ORDER), order)
    assert order not in _said(model, "水壶到哪了", LOOKED_UP)
    assert order not in _said(model, "那这单取消吧", OPEN)


@pytest.mark.parametrize(
    ("words", "count"), [("两个，不对，三个", 3), ("一个吧……算了两个", 2), ("不是三个，是一个", 1), ("俩一起", 2)]
)
def test_of_two_numbers_the_last_one_holds(words: str, count: int) -> None:
    assert answered(fold(words), 3) == count


def test_one_request_is_given_up_for_another(model: CompactModel) -> None:
    waiting = msgspec.structs.replace(QUOTE, flow=Flow.EXCHANGE, awaiting="spec")
    assert _said(model, "不换了，退吧", waiting)[0] == StartFlow(flow=Flow.RETURN_REFUND)


def test_an_answer_and_another_request_are_both_heard(model: CompactModel) -> None:
    waiting = msgspec.structs.replace(QUOTE, flow=Flow.EXCHANGE, awaiting="spec")
    heard = _said(model, "米白色，另外帮我开张发票", waiting)
    assert heard[0] == SetSlot(slot=Slot.SPEC, value="米白色")
    assert StartFlow(flow=Flow.INVOICE) in heard


def test_two_goods_and_two_wishes_need_no_connective(model: CompactModel) -> None:
    heard = _said(model, "台灯取消，水壶到哪了", OPEN)
    assert [c.flow for c in heard if isinstance(c, StartFlow)] == [Flow.CANCEL_ORDER, Flow.TRACK_PARCEL]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("蜕获", "退货"),
        ("焕获", "换货"),
        ("崔丹", "催单"),
        ("头宿", "投诉"),
        ("我要腿裤子", "我要退裤子"),
        ("物刘到哪", "物流到哪"),
    ],
)
def test_a_word_is_known_by_its_sound(typed: str, meant: str) -> None:
    assert fold(typed) == meant


@pytest.mark.parametrize("words", ["礼物留着", "腿宽了", "我还货给你", "宠物六只", "怎么个补法"])
def test_words_of_their_own_keep_their_spelling(words: str) -> None:
    assert fold(words) == words
