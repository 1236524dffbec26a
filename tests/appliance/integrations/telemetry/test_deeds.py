"""Spans of operations and of sealing: what took how long, by codes, and nothing that links them to anybody."""

from typing import Any

from appliance.aftersales.cases.course import CameTo, Carried, Stage
from appliance.aftersales.orders.model import CaseKind
from appliance.integrations.telemetry.deeds import DeedTraces, pieces_of_batch, pieces_of_operation
from security.audit.shift import Batch
from tests.appliance.integrations.telemetry.receiver import receiving
from tests.appliance.integrations.telemetry.test_turns import sending_to

NOW_NS = 1_000_000_000
CARRIED = Carried(
    kind=CaseKind.CANCEL_ORDER,
    attempts=1,
    came_to=CameTo.ENDED,
    total_us=900,
    took_us={Stage.SEAL: 100, Stage.FIND: 200, Stage.WRITE: 300, Stage.END: 50},
)


def test_an_operation_is_one_whole_with_its_stages_in_their_order() -> None:
    whole, *stages = pieces_of_operation(CARRIED, NOW_NS)
    assert (whole.name, whole.ended_ns - whole.began_ns) == ("operation", 900_000)
    assert [(each.name, each.ended_ns - each.began_ns) for each in stages] == [
        ("audit.wait", 100_000),
        ("order_system.find", 200_000),
        ("order_system.write", 300_000),
        ("operation.commit", 50_000),
    ]
    assert whole.attributes == {
        "operation.kind": "cancel_order",
        "operation.attempts": 1,
        "operation.outcome": "ended",
    }


def test_a_batch_is_as_long_as_both_sinks_took() -> None:
    whole, *sinks = pieces_of_batch(Batch(records=7, files_us=40, database_us=60), NOW_NS)
    assert (whole.name, whole.attributes, whole.ended_ns - whole.began_ns) == (
        "audit.seal",
        {"audit.records": 7},
        100_000,
    )
    assert [each.name for each in sinks] == ["audit.files", "audit.database"]


def test_both_reach_a_collector_each_as_a_trace_of_its_own() -> None:
    with receiving() as receiver:
        spans = sending_to(receiver.url)
        DeedTraces(spans).carried(CARRIED)
        DeedTraces(spans).sealed(Batch(records=7, files_us=40, database_us=60))
        spans.close()
        found: dict[str, Any] = {span.name: span for span in receiver.spans()}
    assert len({span.trace_id for span in found.values()}) == 2
    assert found["order_system.write"].parent_span_id == found["operation"].span_id
    assert found["audit.files"].parent_span_id == found["audit.seal"].span_id
