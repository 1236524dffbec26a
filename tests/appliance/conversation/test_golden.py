"""Recorded conversations go the same way today; a conversation held today can be replayed; a difference is found."""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from appliance.conversation import events as log
from appliance.conversation.recording import BodyGone, Recorded, read_file, write_file
from appliance.conversation.replay import replay
from appliance.dialogue.schema import Flows, load_flows
from tests.appliance.conversation.stories import FOLDER, STORIES, order_system_away, record, return_with_receipt
from tests.appliance.conversation.world import World
from tests.appliance.dialogue.world import DIALOGUE, FLOWS

FILES = sorted(FOLDER.glob("*.jsonl"))


@pytest.mark.control("P-14")
@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_recorded_conversation_goes_the_same_way_today(file: Path) -> None:
    replayed = replay(FLOWS, read_file(file))
    assert replayed.difference is None
    assert replayed.turns >= 2


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_recorded_event_is_of_a_registered_type(file: Path) -> None:
    for event in read_file(file):
        log.decode(event.type, event.v, event.data)


def test_there_is_a_golden_file_of_every_story_and_every_type_of_event() -> None:
    assert {file.stem for file in FILES} >= set(STORIES)
    recorded = {event.type for file in FILES for event in read_file(file)}
    assert set(log.REGISTERED) - recorded <= {
        "customer.chose",
        "case.progressed",
        "work_order.progressed",
        "call.measured",
    }


@pytest.mark.parametrize("story", STORIES)
async def test_a_conversation_of_today_can_be_replayed(world: World, story: str) -> None:
    events = await record(await STORIES[story](world))
    replayed = replay(FLOWS, events)
    assert replayed.difference is None
    assert replayed.turns == sum(event.type == "turn.ended" for event in events)
    if os.environ.get("GOLDEN_WRITE") == "1":
        write_file(FOLDER / f"{story}.jsonl", events)


async def test_a_log_is_written_and_read_as_it_is(world: World, tmp_path: Path) -> None:
    events = await record(await return_with_receipt(world))
    write_file(tmp_path / "log.jsonl", events)
    assert read_file(tmp_path / "log.jsonl") == events


# Differences.


@pytest.fixture
async def recorded(world: World) -> list[Recorded]:
    return await record(await return_with_receipt(world))


def changed(events: list[Recorded], type_: str, **data: Any) -> list[Recorded]:
    """The last event of a type, as if it had said something else."""
    index = max(i for i, event in enumerate(events) if event.type == type_)
    other = msgspec.structs.replace(events[index], data=events[index].data | data)
    return [*events[:index], other, *events[index + 1 :]]


async def test_other_words_are_a_difference(recorded: list[Recorded]) -> None:
    found = replay(FLOWS, changed(recorded, "bot.said", key="receipt.exchange")).difference
    assert found is not None
    assert "receipt.exchange" in found.recorded
    assert "receipt.return_refund" in found.replayed


async def test_another_outcome_is_a_difference(recorded: list[Recorded]) -> None:
    found = replay(FLOWS, changed(recorded, "conversation.outcome", outcome="cancelled")).difference
    assert found is not None
    assert (found.turn, "cancelled" in found.recorded) == (5, True)


async def test_something_else_awaited_is_a_difference(recorded: list[Recorded]) -> None:
    assert replay(FLOWS, changed(recorded, "turn.ended", awaiting="rating")).difference is not None


async def test_a_missing_event_is_a_difference(recorded: list[Recorded]) -> None:
    without = [event for event in recorded if event.type != "decision.made"]
    found = replay(FLOWS, without).difference
    assert found is not None
    assert "decision.made" in found.replayed


async def test_a_work_order_less_is_a_difference(world: World) -> None:
    events = await record(await order_system_away(world))
    without = [event for event in events if event.type != "work_order.created"]
    found = replay(FLOWS, without).difference
    assert found is not None
    assert found.replayed == "+1 work orders"


async def test_a_flow_that_asks_more_is_named_by_turn_and_place(recorded: list[Recorded], tmp_path: Path) -> None:
    found = replay(_flows_that_say(tmp_path, "welcome_back"), recorded).difference
    assert found is not None
    assert found.turn == 2
    assert "welcome_back" in found.replayed
    assert recorded[found.seq - 1].seq == found.seq


async def test_a_new_wording_is_no_difference(recorded: list[Recorded]) -> None:
    spoken = [
        msgspec.structs.replace(event, body={"text": "..."}) if event.type == "bot.said" else event
        for event in recorded
    ]
    assert replay(FLOWS, spoken).difference is None


async def test_without_its_words_a_conversation_cannot_be_replayed(recorded: list[Recorded]) -> None:
    shredded = [
        msgspec.structs.replace(event, body=None) if event.type == "decision.made" else event for event in recorded
    ]
    with pytest.raises(BodyGone, match=r"the words of event \d+ are gone"):
        replay(FLOWS, shredded)


async def test_a_log_of_the_future_is_refused(recorded: list[Recorded]) -> None:
    newer = [msgspec.structs.replace(event, v=9) if event.type == "turn.ended" else event for event in recorded]
    with pytest.raises(ValueError, match=r"no event type turn\.ended of version 9 is registered"):
        replay(FLOWS, newer)


async def test_half_a_log_is_refused(recorded: list[Recorded]) -> None:
    with pytest.raises(ValueError, match=r"begins with conversation\.started"):
        replay(FLOWS, recorded[3:])


def _flows_that_say(folder: Path, key: str) -> Flows:
    """The flows that ship, but a quote is preceded by a sentence."""
    for path in (DIALOGUE / "flows").glob("*.yaml"):
        flow = yaml.safe_load(path.read_text(encoding="utf-8"))
        if flow["flow"] == "settle":
            at = next(i for i, step in enumerate(flow["steps"]) if step.get("id") == "quote")
            flow["steps"][at].pop("id")
            flow["steps"].insert(at, {"id": "quote", "say": key})
        (folder / path.name).write_text(yaml.safe_dump(flow, allow_unicode=True), encoding="utf-8")
    return load_flows(folder)
