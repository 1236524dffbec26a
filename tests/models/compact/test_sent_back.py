"""A parcel on its way back is heard wherever it is told of, and nowhere else."""

from datetime import UTC, datetime

import pytest

from models.commands import Context, Flow, KnownLine, KnownOrder, SetSlot, Slot, StartFlow
from models.compact.model import CompactModel

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ORDER = KnownOrder(
    order_id="20261110123456",
    status="delivered",
    delivered_at=NOW,
    lines=(KnownLine(line_id="L1", title="保温杯 白"),),
)


@pytest.fixture(scope="module")
def model() -> CompactModel:
    return CompactModel.load()


def heard(model: CompactModel, words: str, awaiting: str | None = None) -> dict[str, object]:
    commands = model.predict(words, Context(now=NOW, orders=(ORDER,), awaiting=awaiting)).commands
    return {c.slot.value: c.value for c in commands if isinstance(c, SetSlot)}


@pytest.mark.parametrize(
    ("words", "number", "carrier"),
    [
        ("杯子寄回去了，顺丰SF2010203040506", "SF2010203040506", "顺丰"),
        ("我寄了，圆通YT3010203040506", "YT3010203040506", "圆通"),
        ("刚用韵达寄的，4310203040506", "4310203040506", "韵达"),
        ("退货单号78910203040506 中通的", "78910203040506", "中通"),
        ("昨天寄的是极兔，JT5010203040506", "JT5010203040506", "极兔"),
        ("东西寄走了，单号 s f 二零幺零二零三零四零五零六", "SF2010203040506", None),
        ("EMS寄的，EB102030405CN", "EB102030405CN", "EMS"),
        ("刚才单号说错了，应该是SF2010203040507", "SF2010203040507", "顺丰"),
        ("快递单号：SF2010203040506", "SF2010203040506", "顺丰"),
        ("圆通YT3010203040506", "YT3010203040506", "圆通"),
    ],
)
def test_number_and_carrier_are_heard_unasked(
    model: CompactModel, words: str, number: str, carrier: str | None
) -> None:
    found = heard(model, words)
    assert (found["return_tracking_no"], found.get("carrier")) == (number, carrier)


def test_it_is_heard_as_part_of_a_return(model: CompactModel) -> None:
    first = model.predict("寄出去了，圆通YT3010203040506", Context(now=NOW, orders=(ORDER,))).commands[0]
    assert first == StartFlow(flow=Flow.RETURN_REFUND)


def test_it_is_heard_while_something_is_to_be_confirmed(model: CompactModel) -> None:
    assert Slot.RETURN_TRACKING_NO in heard(model, "对了，杯子寄回去了，顺丰SF2010203040506", "confirm")


@pytest.mark.parametrize(
    "words",
    [
        "快递SF2010203040506到哪了",
        "你们寄的YT3010203040506我一直没收到",
        "我要退货，单号20261110123456",
        "SF2010203040506这个什么时候能到",
        "退货怎么寄",
    ],
)
def test_a_question_about_a_parcel_or_an_order_number_is_none(model: CompactModel, words: str) -> None:
    assert "return_tracking_no" not in heard(model, words)


def test_a_number_said_in_proof_is_none(model: CompactModel) -> None:
    assert "return_tracking_no" not in heard(model, "单号20261110123456 尾号8000", "verify")
