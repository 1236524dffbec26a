"""Every command shows the customer's own words that it rests on."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from appliance.understanding.fast_path import understand
from models.commands import (
    AskKnowledge,
    Command,
    Context,
    Flow,
    Handoff,
    KnownLine,
    KnownOrder,
    Nothing,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact.model import CompactModel

SUITES = Path(__file__).parents[2] / "suites" / "understanding"
NOW = datetime(2026, 4, 15, tzinfo=UTC)
ORDERS = (
    KnownOrder(
        order_id="20260401000001",
        status="delivered",
        lines=(KnownLine(line_id="L1", title="羊毛围巾 灰", quantity=3), KnownLine(line_id="L2", title="保温杯")),
    ),
)
OPEN = Context(now=NOW, orders=ORDERS)


def _by_part(commands: tuple[Command, ...]) -> dict[str, str | None]:
    return {str(c.slot) if isinstance(c, SetSlot) else type(c).__name__: c.evidence for c in commands}


def test_a_request_shows_what_asks_for_it_and_what_fills_each_slot(model: CompactModel) -> None:
    words = _by_part(model.predict("围巾掉毛掉得厉害，帮我退两条", OPEN).commands)
    assert words["order"] == words["line"] == "围巾"
    assert words["quantity"] == "两"
    assert "掉毛" in str(words["reason"])
    assert "退" in str(words["StartFlow"])
    assert "围巾" not in str(words["StartFlow"])


def test_each_of_two_requests_shows_its_own_words(model: CompactModel) -> None:
    commands = model.predict("保温杯漏水要退货，另外帮我开张发票", OPEN).commands
    words = {command.flow: str(command.evidence) for command in commands if isinstance(command, StartFlow)}
    assert "退" in words[Flow.RETURN_REFUND]
    assert "发票" in words[Flow.INVOICE]


@pytest.mark.parametrize("suite", sorted(path.name for path in SUITES.glob("*.jsonl")))
def test_whatever_is_understood_rests_on_words_that_were_said(model: CompactModel, suite: str) -> None:
    for line in (SUITES / suite).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        context = msgspec.convert(case["context"], Context)
        for command in model.predict(case["text"], context).commands:
            if isinstance(command, Nothing):
                assert command.evidence is None
            else:
                assert command.evidence, case["id"]
                assert command.evidence in case["text"], case["id"]


def test_the_question_and_the_wish_for_a_person_show_theirs(model: CompactModel) -> None:
    (asked,) = model.predict("对了，运费谁出", OPEN).commands
    (person,) = model.predict("别啰嗦了，给我找个真人", OPEN).commands
    assert isinstance(asked, AskKnowledge)
    assert "运费谁出" in str(asked.evidence)
    assert isinstance(person, Handoff)
    assert "真人" in str(person.evidence)


def test_on_the_fast_path_it_is_all_that_was_said() -> None:
    known = understand("好的，办吧", msgspec.structs.replace(OPEN, flow=Flow.RETURN_REFUND, awaiting="confirm"))
    assert known is not None
    assert known.commands[0].evidence == "好的，办吧"


def test_commands_are_the_same_whatever_words_they_rest_on() -> None:
    one, other = SetSlot(slot=Slot.LINE, value="L1", evidence="围巾"), SetSlot(slot=Slot.LINE, value="L1")
    assert one == other
    assert hash(one) == hash(other)
    assert one != SetSlot(slot=Slot.LINE, value="L2", evidence="围巾")
    assert StartFlow(flow=Flow.INVOICE) != StartFlow(flow=Flow.EXCHANGE)
