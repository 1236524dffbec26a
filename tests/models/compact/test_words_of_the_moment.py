"""What the same words are where nothing, a request or a confirmation is under way."""

from datetime import UTC, datetime

import msgspec
import pytest

from models.commands import (
    Affirm,
    AskKnowledge,
    CancelFlow,
    Chitchat,
    Command,
    Context,
    CorrectSlot,
    Deny,
    Flow,
    Handoff,
    HandoffReason,
    KnownLine,
    KnownOrder,
    Slot,
    StartFlow,
)
from models.compact.model import CompactModel

NOW = datetime(2026, 4, 15, tzinfo=UTC)
ORDERS = (
    KnownOrder(order_id="20260401000001", status="delivered", lines=(KnownLine(line_id="L1", title="羊毛围巾 灰"),)),
    KnownOrder(order_id="20260402000002", status="shipped", lines=(KnownLine(line_id="L2", title="电热水壶"),)),
)
HELD: dict[str, str | int] = {"order": "20260401000001", "line": "L1"}
OPEN = Context(now=NOW, orders=ORDERS)
REASON = Context(now=NOW, orders=ORDERS, flow=Flow.RETURN_REFUND, awaiting="reason", slots=HELD)
EVIDENCE = Context(now=NOW, orders=ORDERS, flow=Flow.RETURN_REFUND, awaiting="evidence", slots=HELD)
CONFIRM = Context(now=NOW, orders=ORDERS, flow=Flow.RETURN_REFUND, awaiting="confirm", slots=HELD)
ANGRY = (Handoff(reason=HandoffReason.EMOTION),)


def _said(model: CompactModel, words: str, context: Context) -> tuple[Command, ...]:
    return model.predict(words, context).commands


@pytest.mark.parametrize("words", ["我又想要了", "又想要了", "还是想要", "不退了，又想要了"])
def test_wanting_it_after_all_gives_up_the_return_and_is_no_anger(model: CompactModel, words: str) -> None:
    assert _said(model, words, OPEN) == (Chitchat(),)
    assert _said(model, words, REASON) == (CancelFlow(),)
    assert _said(model, words, CONFIRM) == (CancelFlow(),)


def test_what_is_wanted_after_all_may_be_named(model: CompactModel) -> None:
    assert _said(model, "我还是想要退货", OPEN)[0] == StartFlow(flow=Flow.RETURN_REFUND)


@pytest.mark.parametrize("words", ["气死我了", "什么破店", "我很生气", "你们就是骗子", "太过分了"])
def test_words_of_anger_call_a_human(model: CompactModel, words: str) -> None:
    assert _said(model, words, OPEN) == ANGRY


@pytest.mark.parametrize("words", ["我又后悔了", "怎么又这样", "无语", "算我倒腾错了", "哎呀妈呀", "服了"])
def test_nobody_is_called_angry_on_a_guess(model: CompactModel, words: str) -> None:
    assert _said(model, words, OPEN) != ANGRY


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("确认，顺便问下要寄到哪", "要寄到哪"),
        ("好的，寄到哪个地址", "寄到哪个地址"),
        ("好，那寄到哪", "寄到哪"),
        ("好的，地址发我一下", "地址发我一下"),
    ],
)
def test_where_it_goes_is_a_question_and_no_yes(model: CompactModel, words: str, query: str) -> None:
    assert _said(model, words, CONFIRM) == (AskKnowledge(query=query),)


@pytest.mark.parametrize("words", ["好的，顺便查下快递到哪了", "确认，顺便问下水壶寄到哪了"])
def test_where_a_parcel_has_got_to_is_looked_up(model: CompactModel, words: str) -> None:
    assert _said(model, words, CONFIRM)[:2] == (Affirm(), StartFlow(flow=Flow.TRACK_PARCEL))


@pytest.mark.parametrize("words", ["别，我先问问我妈要不要", "等等，我再试试看行不行"])
def test_what_is_held_back_is_no_question(model: CompactModel, words: str) -> None:
    assert _said(model, words, CONFIRM) == (Deny(),)


def test_a_doubted_echo_is_followed_by_what_is_meant(model: CompactModel) -> None:
    context = msgspec.structs.replace(
        CONFIRM,
        orders=(
            KnownOrder(
                order_id="20260401000001",
                status="delivered",
                lines=(KnownLine(line_id="L1", title="羊毛围巾 灰", quantity=3),),
            ),
        ),
        slots=HELD | {"quantity": 3},
    )
    assert _said(model, "三条？我就要退一条", context) == (CorrectSlot(slot=Slot.QUANTITY, value=1),)


@pytest.mark.parametrize("words", ["没声音这个咋拍啊", "要拍几张"])
def test_how_a_picture_is_taken_is_a_question(model: CompactModel, words: str) -> None:
    assert isinstance(_said(model, words, EVIDENCE)[0], AskKnowledge)


def test_to_name_what_was_just_offered_is_to_take_it(model: CompactModel) -> None:
    offered = Context(
        now=NOW,
        orders=ORDERS,
        flow=Flow.RETURN_REFUND,
        awaiting="offer",
        slots=HELD,
        last_bot="不能退了，可以为您换货。",
    )
    assert _said(model, "那就换货吧", offered) == (Affirm(),)
    assert _said(model, "那就换货吧", msgspec.structs.replace(offered, options=(Flow.EXCHANGE,))) == (
        StartFlow(flow=Flow.EXCHANGE),
    )


@pytest.mark.parametrize("words", ["领券的地方在哪", "你们老板人真好", "机器缝的还是人工缝的", "扫地机器人能连手机吗"])
def test_what_only_sounds_like_a_call_for_a_person(model: CompactModel, words: str) -> None:
    assert not any(isinstance(c, Handoff) for c in _said(model, words, OPEN))


@pytest.mark.parametrize("words", ["算了算了，还是给我发吧", "那算了 你们发吧", "算了，还是发货吧"])
def test_who_has_it_sent_after_all_cancels_nothing_and_urges_nobody(model: CompactModel, words: str) -> None:
    cancelling = msgspec.structs.replace(CONFIRM, flow=Flow.CANCEL_ORDER)
    assert _said(model, words, cancelling) == (Deny(),)


@pytest.mark.parametrize(
    ("words", "flow"), [("算了，帮我换货吧", Flow.EXCHANGE), ("那算了，查下水壶到哪了", Flow.TRACK_PARCEL)]
)
def test_a_no_before_another_request_is_heard(model: CompactModel, words: str, flow: Flow) -> None:
    assert _said(model, words, CONFIRM)[:2] == (Deny(), StartFlow(flow=flow))


@pytest.mark.parametrize("words", ["刚才那个退货我不退了，撤销", "撤回退货申请", "昨天申请的退货不退了，给我撤掉"])
def test_what_was_asked_for_before_is_taken_back_and_nothing_new_begun(model: CompactModel, words: str) -> None:
    assert _said(model, words, OPEN) == (CancelFlow(),)


@pytest.mark.parametrize(
    ("words", "door"), [("不是30，是32号", "32号"), ("楼号错了，是1601", "1601"), ("12号楼301", "12号楼301")]
)
def test_another_door_at_the_confirmation_is_no_yes(model: CompactModel, words: str, door: str) -> None:
    moving = Context(now=NOW, orders=ORDERS, flow=Flow.CHANGE_ADDRESS, awaiting="confirm", slots={"address": "⟨地址1⟩"})
    assert _said(model, words, moving) == (CorrectSlot(slot=Slot.ADDRESS, value=door),)


def test_an_address_and_another_request_are_two(model: CompactModel) -> None:
    flows = [c.flow for c in _said(model, "水壶改地址到⟨地址1⟩，再催下发货", OPEN) if isinstance(c, StartFlow)]
    assert flows == [Flow.CHANGE_ADDRESS, Flow.URGE_SHIPMENT]


@pytest.mark.parametrize(("words", "spec"), [("等等，还是L吧，S估计勒得慌", "L"), ("不是，换L", "L")])
def test_another_spec_while_the_reason_is_asked_is_what_comes(model: CompactModel, words: str, spec: str) -> None:
    asked = Context(
        now=NOW,
        orders=ORDERS,
        flow=Flow.EXCHANGE,
        awaiting="reason",
        slots={**HELD, "spec": "S码"},
        specs=("灰 S", "灰 L"),
    )
    assert _said(model, words, asked)[0] == CorrectSlot(slot=Slot.SPEC, value=spec)
