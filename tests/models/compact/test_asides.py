from datetime import datetime

import pytest

from models.commands import Context, Flow, KnownLine, KnownOrder
from models.compact import asides
from models.compact.resolution.resolve import resolve
from models.compact.when import SHANGHAI

NOW = datetime(2026, 4, 15, 10, 0, tzinfo=SHANGHAI)
BOX = KnownOrder(
    order_id="20260410777001",
    status="delivered",
    delivered_at=NOW,
    lines=(
        KnownLine(line_id="L1", title="雪纺衬衫 白 M"),
        KnownLine(line_id="L2", title="阔腿裤 黑 M"),
        KnownLine(line_id="L3", title="编织腰带 棕"),
    ),
)
CONTEXT = Context(now=NOW, orders=(BOX,))


def lines(words: str) -> tuple[str, ...]:
    return resolve(asides.without(words, CONTEXT.orders), CONTEXT, Flow.RETURN_REFUND).lines


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("衬衫留着，裤子退掉", ("L2",)),
        ("裤子挺合适的，把衬衫退了", ("L1",)),
        ("别退衬衫，退裤子", ("L2",)),
        ("衬衫还没收到，裤子先退了", ("L2",)),
        ("我买了衬衫和裤子，想退裤子", ("L2",)),
        ("衬衫和裤子都退", ("L1", "L2")),
        ("除了腰带其他都退", ("L1", "L2")),
    ],
)
def test_what_is_only_mentioned_is_not_meant(words: str, meant: tuple[str, ...]) -> None:
    assert lines(words) == meant


@pytest.mark.parametrize("words", ["衬衫到哪了，裤子退掉", "衬衫不喜欢，裤子退掉", "衬衫挺好就是大了"])
def test_a_question_a_complaint_and_the_only_goods_are_no_asides(words: str) -> None:
    assert asides.without(words, CONTEXT.orders) == words
