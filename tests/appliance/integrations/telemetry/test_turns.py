"""Spans of turns arrive at a real receiver over OTLP, and nothing of anybody is in them."""

from collections.abc import Iterator
from typing import Any

import pytest

from appliance.config_telemetry import TelemetrySettings
from appliance.conversation.event import EventData
from appliance.conversation.events import CommandsUnderstood, TurnEnded
from appliance.conversation.ports import BrokenOff
from appliance.integrations.telemetry.spans import Spans
from appliance.integrations.telemetry.turns import STAGES, TurnTraces, Watches, pieces_of
from tests.appliance.integrations.telemetry.receiver import Receiver, receiving

TOOK_US = {"waited": 10, "orders": 2000, "burst": 600, "understanding": 900, "policy": 80, "words": 70, "commit": 500}
UNDERSTOOD = CommandsUnderstood(types=("start_flow",), flows=("repair",), source="compact", confidence=0.9, took_us=900)
TURN: list[EventData] = [UNDERSTOOD, TurnEnded(took_us={**TOOK_US, "total": 4200})]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def sending_to(url: str, *, share: float = 1.0) -> Spans:
    spans = Spans.of(TelemetrySettings(traces_url=url, share=share), "web-1", "1.0")
    assert spans is not None
    return spans


def told(receiver: Receiver, *turns: list[EventData]) -> dict[str, Any]:
    spans = sending_to(receiver.url)
    for left in turns:
        TurnTraces(spans).committed(left)
    spans.close()
    return {span.name: span for span in receiver.spans()}


def attributes(span: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


def test_a_turn_is_one_trace_with_a_span_for_each_stage_in_order(receiver: Receiver) -> None:
    spans = told(receiver, TURN)
    assert set(spans) == {"turn", *STAGES.values()}
    assert len({span.trace_id for span in spans.values()}) == 1
    root = spans.pop("turn")
    assert all(span.parent_span_id == root.span_id for span in spans.values())
    stages = [spans[name] for name in STAGES.values()]
    assert [stage.end_time_unix_nano - stage.start_time_unix_nano for stage in stages] == [
        TOOK_US[stage] * 1000 for stage in STAGES
    ]
    assert [stage.end_time_unix_nano for stage in stages[:-1]] == [stage.start_time_unix_nano for stage in stages[1:]]
    assert root.start_time_unix_nano == stages[0].start_time_unix_nano
    assert root.end_time_unix_nano >= stages[-1].end_time_unix_nano
    assert (attributes(root)["turn.outcome"], attributes(spans["understanding"])["understanding.path"]) == (
        "answered",
        "compact",
    )


def test_how_a_turn_ended_is_said_and_what_broke_off_too(receiver: Receiver) -> None:
    spans = sending_to(receiver.url)
    Watches(TurnTraces(spans)).broken_off(BrokenOff.LEASE_LOST)
    spans.close()
    [span] = receiver.spans()
    assert attributes(span) == {"turn.outcome": "lease_lost"}


def test_what_is_no_whole_turn_makes_no_span() -> None:
    assert pieces_of([UNDERSTOOD], 1) == []


def test_a_share_of_none_sends_nothing(receiver: Receiver) -> None:
    spans = sending_to(receiver.url, share=0.0)
    TurnTraces(spans).committed(TURN)
    spans.close()
    assert receiver.bodies == []


def test_without_a_collector_there_are_no_traces() -> None:
    assert Spans.of(TelemetrySettings(), "web-1", "1.0") is None


def test_a_collector_that_is_away_holds_up_no_turn_and_no_end() -> None:
    spans = sending_to("http://127.0.0.1:9/v1/traces")
    TurnTraces(spans).committed(TURN)
    spans.close()
