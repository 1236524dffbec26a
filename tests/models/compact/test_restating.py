"""A yes may name what it agrees to, and nothing else: no other goods, no part, no other number."""

from datetime import UTC, datetime

import pytest

from models.commands import Affirm, Context, Flow, KnownLine, KnownOrder
from models.compact.model import CompactModel

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
TWO = KnownOrder(
    order_id="88001",
    status="paid",
    paid_at=NOW,
    lines=(
        KnownLine(line_id="L1", title="积木城堡 大号"),
        KnownLine(line_id="L2", title="水彩笔 36色", quantity=3),
    ),
)
THREE_OF_ONE = KnownOrder(
    order_id="88002", status="paid", paid_at=NOW, lines=(KnownLine(line_id="L1", title="水彩笔 36色", quantity=3),)
)


@pytest.fixture(scope="module")
def model() -> CompactModel:
    return CompactModel.load()


def at_quote(flow: Flow, order: KnownOrder, **slots: str | int) -> Context:
    return Context(now=NOW, flow=flow, awaiting="confirm", slots={"order": order.order_id, **slots}, orders=(order,))


@pytest.mark.parametrize(
    "words",
    [
        "好，只取消积木",
        "好，取消一个",
        "确认取消水彩笔",
        "确认取消一盒水彩笔",
        "行，就取消水彩笔",
        "对，取消积木那件",
        "可以，取消积木就行",
        "好，积木",
        "嗯，积木的取消",
        "确认，积木不要了",
    ],
)
def test_a_part_of_an_order_is_no_yes_to_cancelling_it_whole(model: CompactModel, words: str) -> None:
    heard = model.predict(words, at_quote(Flow.CANCEL_ORDER, TWO)).commands
    assert not any(isinstance(command, Affirm) for command in heard), heard


@pytest.mark.parametrize("words", ["确认取消一盒水彩笔", "好，取消一盒"])
def test_one_of_several_pieces_is_a_part(model: CompactModel, words: str) -> None:
    heard = model.predict(words, at_quote(Flow.CANCEL_ORDER, THREE_OF_ONE)).commands
    assert not any(isinstance(command, Affirm) for command in heard), heard


@pytest.mark.parametrize("words", ["确认取消水彩笔", "对，取消吧", "好的，整单取消"])
def test_the_whole_of_it_may_be_named(model: CompactModel, words: str) -> None:
    assert model.predict(words, at_quote(Flow.CANCEL_ORDER, THREE_OF_ONE)).commands == (Affirm(),)


@pytest.mark.parametrize("words", ["确认退两盒", "确认退俩", "好，俩", "好，退三盒", "好，退积木", "好，积木"])
def test_another_number_or_other_goods_than_quoted_are_no_yes(model: CompactModel, words: str) -> None:
    context = at_quote(Flow.RETURN_REFUND, TWO, line="L2", quantity=1)
    heard = model.predict(words, context).commands
    assert not any(isinstance(command, Affirm) for command in heard), heard


@pytest.mark.parametrize("words", ["确认退水彩笔", "好，就退水彩笔", "确认退一盒"])
def test_the_goods_that_are_quoted_may_be_named(model: CompactModel, words: str) -> None:
    context = at_quote(Flow.RETURN_REFUND, TWO, line="L2", quantity=1)
    assert any(isinstance(command, Affirm) for command in model.predict(words, context).commands)
