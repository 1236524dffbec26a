"""Spans of what is done after a turn: each carrying on of an operation, and each batch of records that is sealed.

They stand in traces of their own: nothing that leaves the appliance links a deed to the turn in which it was agreed.
"""

import time
from typing import Final

from appliance.aftersales.cases.course import Carried, Stage
from appliance.integrations.telemetry.spans import Piece, Spans, laid_out
from security.audit.shift import Batch

OPERATION: Final = "operation"
STAGES: Final[dict[Stage, str]] = {
    Stage.SEAL: "audit.wait",
    Stage.FIND: "order_system.find",
    Stage.WRITE: "order_system.write",
    Stage.END: "operation.commit",
}
SEALING: Final = "audit.seal"
FILES: Final = "audit.files"
DATABASE: Final = "audit.database"


class DeedTraces:
    """Told by executor and sealer."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    def carried(self, carried: Carried) -> None:
        self._spans.tell(pieces_of_operation(carried, time.time_ns()))

    def sealed(self, batch: Batch) -> None:
        self._spans.tell(pieces_of_batch(batch, time.time_ns()))


def pieces_of_operation(carried: Carried, now_ns: int) -> list[Piece]:
    attributes = {
        "operation.kind": carried.kind.value,
        "operation.attempts": carried.attempts,
        "operation.outcome": carried.came_to.value,
    }
    stages = {STAGES[stage]: took_us for stage, took_us in carried.took_us.items()}
    return laid_out(OPERATION, carried.total_us, attributes, stages, now_ns)


def pieces_of_batch(batch: Batch, now_ns: int) -> list[Piece]:
    stages = {FILES: batch.files_us, DATABASE: batch.database_us}
    return laid_out(SEALING, 0, {"audit.records": batch.records}, stages, now_ns)
