"""A request of before is heard to be taken back, and nothing else is; the yes to that is heard in its own words."""

from datetime import UTC, datetime

import pytest

from models.commands import Affirm, CancelFlow, Command, Context, Deny, Flow, KnownLine, KnownOrder, SetSlot, Slot
from models.compact.model import CompactModel

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ORDER = KnownOrder(
    order_id="20261110123456",
    status="delivered",
    delivered_at=NOW,
    lines=(KnownLine(line_id="L1", title="护眼台灯 白"),),
)
OPEN = Context(now=NOW, orders=(ORDER,))
CONFIRM = Context(now=NOW, orders=(ORDER,), flow=Flow.RETURN_REFUND, awaiting="confirm", slots={"withdrawal": "asked"})


@pytest.fixture(scope="module")
def model() -> CompactModel:
    return CompactModel.load()


def said(model: CompactModel, words: str, context: Context) -> tuple[Command, ...]:
    return model.predict(words, context).commands


@pytest.mark.parametrize(
    "words",
    [
        "我不退了，撤销退货申请",
        "不退了",
        "台灯不想退了，帮我把退货撤了吧",
        "取消退货申请",
        "把昨天那个换货申请撤回",
        "我不换了，撤销换货",
        "维修不修了，取消维修申请",
        "我想撤销售后",
        "退款申请撤销一下",
        "算了不退了，东西留着用",
        "价保申请撤销",
        "取消售后单",
    ],
)
def test_taking_back_is_heard(model: CompactModel, words: str) -> None:
    assert said(model, words, OPEN) == (CancelFlow(),)


def test_an_order_that_is_named_goes_with_it(model: CompactModel) -> None:
    named = SetSlot(slot=Slot.ORDER, value="20261110123456")
    assert said(model, "撤销订单20261110123456的退货", OPEN) == (CancelFlow(), named)


@pytest.mark.parametrize(
    "words",
    [
        "取消订单",
        "取消订单退款",
        "我要退货",
        "怎么取消退货申请",
        "退货能取消吗",
        "不退了，换一个大一码的",
        "不用退了，直接补发吧",
        "我不要了，退款",
        "不换了给我退了",
        "取消订单，退款给我",
        "你们不退了？",
        "查一下我取消的退货",
        "之前申请的退款取消了，现在要重新退",
        "不修了，直接退货",
    ],
)
def test_other_requests_and_questions_are_none(model: CompactModel, words: str) -> None:
    assert CancelFlow() not in said(model, words, OPEN)


@pytest.mark.parametrize(
    "words", ["确认撤销", "对，不退了", "是的撤销吧", "嗯撤了吧", "确认，我不退了", "好的，不退了，谢谢"]
)
def test_a_yes_to_it_in_its_own_words(model: CompactModel, words: str) -> None:
    assert said(model, words, CONFIRM) == (Affirm(),)


@pytest.mark.parametrize("words", ["先不撤了", "算了不撤了", "别撤", "还是退吧"])
def test_a_no_to_it(model: CompactModel, words: str) -> None:
    assert said(model, words, CONFIRM) == (Deny(),)


@pytest.mark.parametrize("words", ["不退了", "撤销后还能再申请吗", "对，但是另一件也要退", "撤销以后钱还退吗"])
def test_what_is_not_plainly_a_yes_is_none(model: CompactModel, words: str) -> None:
    assert Affirm() not in said(model, words, CONFIRM)
