from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.errors import InvalidInput
from appliance.evaluation.understanding_suite import load
from appliance.understanding.model import Understood
from appliance.understanding.pipeline import pipeline
from appliance.understanding.scoring import Case, Result, keys, score
from appliance.understanding.service import Understanding
from models.commands import (
    AskKnowledge,
    Clarify,
    Command,
    Context,
    CorrectSlot,
    Flow,
    Prediction,
    SetSlot,
    Slot,
    StartFlow,
)

CONTEXT = Context(now=datetime(2026, 4, 15, tzinfo=UTC))


class Says:
    def __init__(self, *commands: Command) -> None:
        self._commands = commands

    def predict(self, text: str, context: Context) -> Prediction:  # noqa: ARG002
        return Prediction(commands=self._commands, confidence=1.0)


async def _score(expected: tuple[Command, ...], *got: Command) -> tuple[float, float, float]:
    result = await score([Case("c", "某话", CONTEXT, expected)], Understanding(Says(*got)))
    return result.exact, result.start_flow.f1, result.slots.f1


def test_set_and_correct_are_the_same() -> None:
    assert keys([SetSlot(slot=Slot.QUANTITY, value=2)]) == keys([CorrectSlot(slot=Slot.QUANTITY, value=2)])


def test_a_question_is_scored_by_its_type_and_choices_as_a_set() -> None:
    assert keys([AskKnowledge(query="a")]) == keys([AskKnowledge(query="b")])
    assert keys([Clarify(flows=(Flow.EXCHANGE, Flow.REPAIR))]) == keys([Clarify(flows=(Flow.REPAIR, Flow.EXCHANGE))])


def test_a_slot_belongs_to_the_flow_before_it() -> None:
    one: list[Command] = [
        StartFlow(flow=Flow.REPAIR),
        SetSlot(slot=Slot.SPEC, value="红"),
        StartFlow(flow=Flow.INVOICE),
    ]
    other: list[Command] = [
        StartFlow(flow=Flow.REPAIR),
        StartFlow(flow=Flow.INVOICE),
        SetSlot(slot=Slot.SPEC, value="红"),
    ]
    assert keys(one) != keys(other)


async def test_a_missed_slot_costs_recall_and_the_case() -> None:
    expected = (StartFlow(flow=Flow.REPAIR), SetSlot(slot=Slot.SPEC, value="红"), SetSlot(slot=Slot.SPEC, value="蓝"))
    exact, flows, slots = await _score(expected, *expected[:2])
    assert (exact, flows, round(slots, 3)) == (0.0, 1.0, 0.667)


async def test_everything_right_is_one() -> None:
    expected = (StartFlow(flow=Flow.REPAIR),)
    assert await _score(expected, *expected) == (1.0, 1.0, 1.0)


def test_a_line_that_is_no_case_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('\n{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"x\.jsonl:2"):
        load([tmp_path])


async def test_each_flow_and_slot_has_its_own_figures() -> None:
    expected: tuple[Command, ...] = (StartFlow(flow=Flow.REPAIR), SetSlot(slot=Slot.SPEC, value="红"))
    got = (StartFlow(flow=Flow.INVOICE), SetSlot(slot=Slot.QUANTITY, value=2))
    parts = (await score([Case("c", "某话", CONTEXT, expected)], Understanding(Says(*got)))).parts
    assert {name: (rate.recall, rate.precision, rate.cases) for name, rate in parts.items()} == {
        "slot quantity": (1.0, 0.0, 0),
        "slot spec": (0.0, 1.0, 1),
        "start_flow invoice": (1.0, 0.0, 0),
        "start_flow repair": (0.0, 1.0, 1),
    }


def test_each_part_is_scored_by_what_it_had_to_say() -> None:
    refund, line = StartFlow(flow=Flow.RETURN_REFUND), SetSlot(slot=Slot.LINE, value="L1")
    reason = SetSlot(slot=Slot.REASON, value="size")
    wrong = SetSlot(slot=Slot.REASON, value="quality")
    parts = pipeline([_result((refund, line, reason), (refund, line, wrong)), _result((refund, line), (refund, line))])
    assert {name: (part.cases, part.right) for name, part in parts.items()} == {
        "requests": (2, 1.0),
        "references": (2, 1.0),
        "reasons": (1, 0.0),
    }
    assert (parts["reasons"].ece, parts["requests"].ece) == (0.9, 0.1)


def test_the_order_of_several_commands_is_scored_where_they_are_the_right_ones() -> None:
    refund, invoice = StartFlow(flow=Flow.RETURN_REFUND), StartFlow(flow=Flow.INVOICE)
    turned = pipeline([_result((refund, invoice), (refund, invoice)), _result((refund, invoice), (invoice, refund))])
    assert (turned["order"].cases, turned["order"].right) == (2, 0.5)


def _result(expected: tuple[Command, ...], got: tuple[Command, ...]) -> Result:
    understood = Understood(commands=got, confidence=0.9, source="compact")
    return Result(case=Case("c", "某话", CONTEXT, expected), understood=understood, ms=1.0)
