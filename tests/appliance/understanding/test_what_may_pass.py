from datetime import UTC, datetime

import pytest

from appliance.understanding.rules import allowed, is_complete
from models.commands import (
    Affirm,
    AskKnowledge,
    Chitchat,
    Command,
    Context,
    Deny,
    Flow,
    KnownLine,
    KnownOrder,
    Nothing,
    SetSlot,
    Slot,
    StartFlow,
)

NOW = datetime(2026, 4, 15, tzinfo=UTC)
MINE = KnownOrder(order_id="A1", status="delivered", lines=(KnownLine(line_id="L1", title="锅"),))
ALSO_MINE = KnownOrder(order_id="A2", status="paid", lines=(KnownLine(line_id="L9", title="灯"),))
CONTEXT = Context(now=NOW, orders=(MINE, ALSO_MINE))


def _set(slot: Slot, value: str | int) -> SetSlot:
    return SetSlot(slot=slot, value=value)


@pytest.mark.control("K11")
@pytest.mark.parametrize(
    "command",
    [
        _set(Slot.ORDER, "B7"),
        _set(Slot.LINE, "L2"),
        _set(Slot.REASON, "because"),
        _set(Slot.QUANTITY, 0),
        _set(Slot.QUANTITY, "2"),
        _set(Slot.ADDRESS, "  "),
        _set(Slot.SPEC, "黑" * 201),
    ],
)
def test_what_is_not_his_own_or_no_value_is_dropped(command: Command) -> None:
    assert allowed((command,), CONTEXT) == (Nothing(),)


def test_a_line_belongs_to_the_order_named_with_it() -> None:
    own = (_set(Slot.ORDER, "A1"), _set(Slot.LINE, "L1"))
    assert allowed(own, CONTEXT) == own
    assert allowed((_set(Slot.ORDER, "A1"), _set(Slot.LINE, "L9")), CONTEXT) == (_set(Slot.ORDER, "A1"),)


def test_while_proof_is_awaited_any_number_may_be_offered() -> None:
    context = Context(now=NOW, awaiting="verify")
    assert allowed((_set(Slot.ORDER, "B7"),), context) == (_set(Slot.ORDER, "B7"),)


@pytest.mark.parametrize(
    ("commands", "awaiting", "complete"),
    [
        ((_set(Slot.LINE, "L1"),), "line", True),
        ((Affirm(),), "confirm", False),
        ((Affirm(),), "offer", True),
        ((Deny(),), "confirm", True),
        ((StartFlow(flow=Flow.RETURN_REFUND), _set(Slot.ORDER, "A1")), None, True),
        ((StartFlow(flow=Flow.RETURN_REFUND),), None, False),
        ((Chitchat(),), None, False),
        ((Nothing(),), "line", False),
        ((AskKnowledge(query="运费多少"),), None, False),
    ],
)
def test_whether_more_is_waited_for(commands: tuple[Command, ...], awaiting: str | None, complete: bool) -> None:
    assert is_complete(commands, Context(now=NOW, awaiting=awaiting, orders=(MINE,))) is complete
