"""What is named and *not* meant: units, goods, specs and requests that would move the wrong goods or money."""

from datetime import UTC, datetime

import msgspec
import pytest

from models.commands import (
    Affirm,
    AskKnowledge,
    CancelFlow,
    Command,
    Context,
    CorrectSlot,
    Deny,
    Flow,
    Handoff,
    HandoffReason,
    KnownLine,
    KnownOrder,
    Nothing,
    Reason,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact import callback, contact, quantity, reasons, spec, when
from models.compact.examples import examples
from models.compact.model import CompactModel
from models.compact.normalise import fold
from models.compact.plain import is_yes
from models.compact.templates import lists

NOW = datetime(2026, 4, 15, tzinfo=UTC)
BOOTS = KnownOrder(
    order_id="20260401000011",
    status="delivered",
    delivered_at=datetime(2026, 4, 12, tzinfo=UTC),
    lines=(
        KnownLine(line_id="L1", title="雨靴 藕粉 37码"),
        KnownLine(line_id="L2", title="雨靴 墨蓝 37码"),
        KnownLine(line_id="L3", title="鞋刷", quantity=2),
    ),
)
LATER = KnownOrder(order_id="20260410000012", status="paid", lines=(KnownLine(line_id="L1", title="雨伞 黑"),))
HELD: dict[str, str | int] = {"order": BOOTS.order_id, "line": "L1", "reason": "size"}
RETURN = Context(now=NOW, orders=(BOOTS, LATER), flow=Flow.RETURN_REFUND, awaiting="confirm", slots=HELD)
EXCHANGE = msgspec.structs.replace(RETURN, flow=Flow.EXCHANGE, slots={**HELD, "spec": "38码"})
CANCEL = msgspec.structs.replace(RETURN, flow=Flow.CANCEL_ORDER, slots={"order": LATER.order_id, "reason": "other"})
LINE = msgspec.structs.replace(RETURN, awaiting="line", slots={"order": BOOTS.order_id})
REASON = msgspec.structs.replace(LINE, awaiting="reason", slots={"order": BOOTS.order_id, "line": "L1"})


def _said(model: CompactModel, words: str, context: Context) -> tuple[Command, ...]:
    return model.predict(words, context).commands


def _lines(model: CompactModel, words: str) -> set[str | int]:
    return {c.value for c in _said(model, words, LINE) if isinstance(c, SetSlot | CorrectSlot) and c.slot is Slot.LINE}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("开了一包，其余的退", 4),
        ("一包已经用掉了，没拆的都退", 4),
        ("除了两包都退", 3),
        ("留两包就好", 3),
        ("全退？不，留一包", 4),
        ("五包中的两包", 2),
        ("总共五包，退三", 3),
        ("别退四包，退一包", 1),
        ("不退五包，退两包", 2),
        ("三包变两包", 2),
        ("只有一包完好，剩下的全退", 4),
        ("不用全换，换两个小的", 2),
    ],
)
def test_what_is_kept_or_denied_is_not_counted(words: str, count: int) -> None:
    assert quantity.answered(fold(words), 5) == count


@pytest.mark.parametrize(
    ("words", "lacking"), [("买五箱到了三箱", 2), ("应该四个，只见着三个", 1), ("少来一罐", 1), ("三套到手两套", 1)]
)
def test_what_is_lacking_is_what_was_bought_and_did_not_come(words: str, lacking: int) -> None:
    assert quantity.lacking(words, None) == lacking


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("要L不要M", "L"),
        ("要5U不要4U", "5U"),
        ("别给我粉的，黄的", "黄"),
        ("换蓝的别换红的", "蓝"),
        ("M太小L正好", "L"),
        ("130的", "130"),
        ("改成150吧", "150"),
    ],
)
def test_a_spec_that_is_refused_is_never_the_one_that_is_wanted(words: str, wanted: str) -> None:
    assert spec.answered(words, fold(words)) == wanted


@pytest.mark.parametrize(
    ("words", "lines"),
    [("粉的跟蓝的都要", {"L1", "L2"}), ("不是粉的", set()), ("蓝的那双", {"L2"}), ("最后那个", {"L3"})],
)
def test_colours_name_their_lines_and_not_the_whole_order(model: CompactModel, words: str, lines: set[str]) -> None:
    assert _lines(model, words) == lines


def test_goods_are_told_by_colour_alone(model: CompactModel) -> None:
    said = _said(model, "墨蓝那双退了吧", Context(now=NOW, orders=(BOOTS, LATER)))
    assert SetSlot(slot=Slot.LINE, value="L2") in said


def test_the_last_word_of_a_title_names_it_where_it_stands_alone(model: CompactModel) -> None:
    drum = KnownOrder(order_id="20260411000013", status="paid", lines=(KnownLine(line_id="L1", title="非洲鼓 10寸"),))
    said = _said(model, "那个鼓怎么还不发", Context(now=NOW, orders=(BOOTS, drum)))
    assert said == (StartFlow(flow=Flow.URGE_SHIPMENT), SetSlot(slot=Slot.ORDER, value=drum.order_id))


def test_a_day_to_come_points_at_no_order() -> None:
    assert when.pointed_at("周末要用", NOW) is None
    assert when.pointed_at("周末买的", NOW) is not None


def test_who_is_called_for_now_is_a_hand_off_and_a_courier_is_not(model: CompactModel) -> None:
    asked = Context(now=NOW, orders=(BOOTS, LATER))
    assert _said(model, "叫你们经理听电话", asked) == (Handoff(reason=HandoffReason.CUSTOMER_ASKED),)
    assert Handoff(reason=HandoffReason.CUSTOMER_ASKED) not in _said(model, "行是行，得你们派人来取", RETURN)


def test_what_came_later_has_come(model: CompactModel) -> None:
    asked = msgspec.structs.replace(LINE, awaiting="order", slots={})
    assert SetSlot(slot=Slot.ORDER, value=BOOTS.order_id) in _said(model, "晚到的那个", asked)


def test_both_lines_are_corrected_where_both_are_meant(model: CompactModel) -> None:
    said = _said(model, "不对，粉的和蓝的都退", RETURN)
    assert {c.value for c in said if isinstance(c, CorrectSlot)} == {"L1", "L2"}


@pytest.mark.parametrize("words", ["买重复了", "重复下单了", "点了两次，重复购买"])
def test_bought_twice_is_a_reason_and_asks_for_nothing_again(model: CompactModel, words: str) -> None:
    assert _said(model, words, REASON) == (SetSlot(slot=Slot.REASON, value=Reason.DUPLICATE_ORDER.value),)


def test_impatience_lacks_nothing(model: CompactModel) -> None:
    found = reasons.find("少啰嗦，赶紧退了，不想要了", model.reason)
    assert found is not None
    assert found.reason is Reason.CHANGED_MIND


def test_a_wish_beside_which_no_fault_is_told_is_only_a_wish(model: CompactModel) -> None:
    for words in ("不想要了，没拆开用，帮我退货", "不要了，退货"):
        found = reasons.find(fold(words), model.reason)
        assert found is not None
        assert found.reason is Reason.CHANGED_MIND


@pytest.mark.parametrize("words", ["{}不想要了，没拆封，帮我退货", "{}我想退掉，不想要了"])
def test_the_name_of_goods_beside_a_wish_tells_no_fault(model: CompactModel, words: str) -> None:
    """Also of a customer whose orders nobody knows yet: a fault asks for a photo and pays the freight back."""
    names = [*lists().words["p"], "高压锅", "投影仪", "窗帘"]
    found = {goods: reasons.find(fold(words.format(goods)), model.reason) for goods in names}
    assert {goods: why for goods, why in found.items() if why is None or why.reason is not Reason.CHANGED_MIND} == {}


@pytest.mark.parametrize(
    "words", ["漏油，不想要了", "裤子开线了，不想要了", "毛衣起球，不要了", "台灯坏了不想要了", "连衣裙破了，不想要了"]
)
def test_a_fault_beside_a_wish_is_one(model: CompactModel, words: str) -> None:
    found = reasons.find(fold(words), model.reason)
    assert found is not None
    assert found.reason in {Reason.QUALITY, Reason.DAMAGED}


def test_words_of_another_script_are_read_beside_a_wish(model: CompactModel) -> None:
    found = reasons.find(fold("是fake货，不想要了"), model.reason)
    assert found is not None
    assert found.reason is Reason.COUNTERFEIT


@pytest.mark.parametrize("words", ["就是台灯", "毛衣", "这条裤子", "就是连衣裙"])
def test_goods_are_no_answer_to_why(model: CompactModel, words: str) -> None:
    assert reasons.find(fold(words), model.reason, 0.3) is None


@pytest.mark.parametrize(
    "words", ["你好", "没问题吧", "对吧", "好，全额退", "好快啊", "等我确认", "好，退两双", "对，退三双"]
)
def test_no_yes_is_heard_in_these(model: CompactModel, words: str) -> None:
    assert Affirm() not in _said(model, words, RETURN)


@pytest.mark.parametrize("words", ["对对对，就这么退", "信息没错，退吧", "嗯，一双，退吧"])
def test_a_yes_may_say_that_it_is_right_and_how_many(model: CompactModel, words: str) -> None:
    assert _said(model, words, RETURN) == (Affirm(),)


def test_what_rules_out_the_quote_is_no_yes_to_it(model: CompactModel) -> None:
    assert _said(model, "行，退吧", EXCHANGE) == (StartFlow(flow=Flow.RETURN_REFUND),)
    assert _said(model, "好，发货吧", CANCEL) == (Deny(),)


@pytest.mark.parametrize("words", ["可以个屁", "我同意你个头", "行个锤子"])
def test_mockery_is_a_no(model: CompactModel, words: str) -> None:
    assert _said(model, words, RETURN) == (Deny(),)


@pytest.mark.parametrize("words", ["行是行，得你们派人来取", "好倒是好，得让我先看看新的", "可以，不过先补我两个"])
def test_a_yes_that_goes_on_with_but_is_none(model: CompactModel, words: str) -> None:
    assert _said(model, words, RETURN) == (Nothing(),)


def test_how_long_it_takes_is_asked_about_what_is_quoted(model: CompactModel) -> None:
    assert isinstance(_said(model, "换好了几天能到", EXCHANGE)[0], AskKnowledge)


def test_another_spec_at_the_quote_is_a_correction(model: CompactModel) -> None:
    assert _said(model, "嗯……39码吧，38码怕小", EXCHANGE) == (CorrectSlot(slot=Slot.SPEC, value="39码"),)


def test_to_stop_and_keep_it_is_to_give_up(model: CompactModel) -> None:
    assert _said(model, "唉，不折腾了，留着穿吧", REASON) == (CancelFlow(),)


@pytest.mark.parametrize(
    ("words", "address"),
    [("不是11号楼，17号楼才对", "17号楼"), ("不送3栋了，送7栋1单元202", "7栋1单元202"), ("8号楼，不是9号楼", "8号楼")],
)
def test_a_door_that_is_denied_is_no_part_of_the_address(words: str, address: str) -> None:
    assert contact.address(words, fold(words), awaited=True) == address


def test_an_evening_is_told_by_the_meal() -> None:
    assert callback.find(fold("后天晚饭后，七点半"), NOW) == "2026-04-17T19:30:00+08:00"


def test_a_fault_without_a_wish_starts_nothing(model: CompactModel) -> None:
    said = _said(model, "雨靴到家就裂了，后跟整个开了", Context(now=NOW, orders=(BOOTS, LATER)))
    assert not any(isinstance(c, StartFlow) for c in said)


def test_a_question_is_no_name_on_an_invoice(model: CompactModel) -> None:
    said = _said(model, "抬头能开朋友公司吗", Context(now=NOW, orders=(BOOTS, LATER)))
    assert not any(isinstance(c, SetSlot) and c.slot is Slot.INVOICE_TITLE for c in said)


def test_no_talk_and_no_question_of_the_corpus_is_a_yes() -> None:
    talk = {e.text for e in examples("intents") if e.label in ("question", "human", "threat", "anger", "track_parcel")}
    assert [words for words in talk if any(is_yes(words, flow) for flow in Flow)] == []
