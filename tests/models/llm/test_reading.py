"""From an answer to commands: short names become own ids, and what the customer did not write is not believed."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from models.commands import (
    Affirm,
    AskKnowledge,
    Command,
    Context,
    Flow,
    KnownLine,
    KnownOrder,
    Nothing,
    Reason,
    SetSlot,
    Slot,
    StartFlow,
)
from models.errors import AnswerUnusable
from models.llm.reading import read

ORDERS = (
    KnownOrder(order_id="77001", status="delivered", lines=(KnownLine(line_id="a", title="陶瓷杯"),)),
    KnownOrder(order_id="77002", status="paid", lines=(KnownLine(line_id="a", title="雨伞"),)),
)
CONTEXT = Context(now=datetime(2026, 5, 4, tzinfo=UTC), orders=ORDERS)


def answer(*commands: dict[str, Any]) -> str:
    return msgspec.json.encode({"commands": commands}).decode()


def slot(name: str, value: Any, evidence: str | None = None) -> dict[str, Any]:
    return {"type": "set_slot", "slot": name, "value": value} | ({"evidence": evidence} if evidence else {})


def test_a_line_tells_its_order() -> None:
    assert read(answer(slot("line", "L2")), "伞", CONTEXT) == (
        SetSlot(slot=Slot.ORDER, value="77002"),
        SetSlot(slot=Slot.LINE, value="a"),
    )


def test_an_order_is_named_once() -> None:
    said = answer({"type": "start_flow", "flow": "cancel_order"}, slot("order", "O2"), slot("line", "L2"))
    assert read(said, "伞", CONTEXT) == (
        StartFlow(flow=Flow.CANCEL_ORDER),
        SetSlot(slot=Slot.ORDER, value="77002"),
        SetSlot(slot=Slot.LINE, value="a"),
    )


@pytest.mark.parametrize("value", ["77001", "O1"])
def test_an_order_by_number_or_short_name(value: str) -> None:
    assert read(answer(slot("order", value)), "那单", CONTEXT) == (SetSlot(slot=Slot.ORDER, value="77001"),)


def test_a_foreign_number_counts_where_the_customer_wrote_it() -> None:
    assert read(answer(slot("order", "99")), "单号 99", CONTEXT) == (SetSlot(slot=Slot.ORDER, value="99"),)
    with pytest.raises(AnswerUnusable, match="there is no order 99"):
        read(answer(slot("order", "99")), "我的单", CONTEXT)


@pytest.mark.parametrize(
    "name", ["address", "phone", "return_tracking_no", "carrier", "invoice_title", "tax_id", "spec"]
)
def test_a_value_that_the_customer_did_not_write_is_made_up(name: str) -> None:
    with pytest.raises(AnswerUnusable, match=name):
        read(answer(slot(name, "SF123")), "寄回去了", CONTEXT)


def test_a_value_may_be_spelt_with_other_gaps_and_widths() -> None:
    said = "单号ＳＦ 123-45"
    assert read(answer(slot("return_tracking_no", "SF12345")), said, CONTEXT) == (
        SetSlot(slot=Slot.RETURN_TRACKING_NO, value="SF12345"),
    )


def test_one_made_up_value_does_not_cost_the_rest() -> None:
    said = answer({"type": "start_flow", "flow": "return_refund"}, slot("reason", "quality"), slot("carrier", "顺丰"))
    assert read(said, "坏了退货", CONTEXT) == (
        StartFlow(flow=Flow.RETURN_REFUND),
        SetSlot(slot=Slot.REASON, value=Reason.QUALITY),
    )


def test_evidence_that_is_not_his_words_is_left_out() -> None:
    (command,) = read(answer(slot("reason", "quality", "坏掉了")), "用不了", CONTEXT)
    assert command.evidence is None
    (command,) = read(answer(slot("reason", "quality", "坏掉了")), "它坏掉了", CONTEXT)
    assert command.evidence == "坏掉了"


def test_an_empty_question_is_the_message_itself() -> None:
    assert read(answer({"type": "ask_knowledge", "query": " "}), "运费谁出", CONTEXT) == (
        AskKnowledge(query="运费谁出"),
    )


@pytest.mark.parametrize(
    "said",
    [
        "",
        "好的",
        "{}",
        '{"commands": 1}',
        '{"commands": [{"type": "pay", "amount": 1}]}',
        '{"commands": [{"type": "affirm", "amount": 9}]}',
    ],
)
def test_what_is_no_list_of_commands_is_no_answer(said: str) -> None:
    with pytest.raises(AnswerUnusable):
        read(said, "嗯", CONTEXT)


def test_nothing_is_something() -> None:
    nothing: tuple[Command, ...] = (Nothing(),)
    assert read(answer({"type": "none"}), "嗯", CONTEXT) == nothing
    assert read(answer({"type": "affirm"}), "嗯", CONTEXT) == (Affirm(),)
