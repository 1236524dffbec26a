"""Spans of a turn for a collector of the intranet, made once it stands in the log.

What a stage took is measured; when it began within its turn is reckoned: the stages are laid end to end.
"""

import time
from collections.abc import Sequence
from typing import Final

from appliance.conversation.event import EventData
from appliance.conversation.events import CommandsUnderstood, TurnEnded
from appliance.conversation.ports import BrokenOff, Watch
from appliance.integrations.metrics.watching import how_it_ended
from appliance.integrations.telemetry.spans import Attributes, Piece, Spans, laid_out

TURN: Final = "turn"
STAGES: Final[dict[str, str]] = {
    "waited": "channel.wait",
    "burst": "channel.burst",
    "understanding": "understanding",
    "orders": "order_system.read",
    "policy": "policy",
    "words": "answer.words",
    "commit": "audit.commit",
}
"""The stages of ``TurnEnded.took_us`` in their order, and what their spans are called."""


class Watches:
    """Several that are told of the same turns."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def committed(self, left: Sequence[EventData]) -> None:
        for each in self._watches:
            each.committed(left)

    def broken_off(self, why: BrokenOff) -> None:
        for each in self._watches:
            each.broken_off(why)


class TurnTraces:
    """``Watch`` of conversations."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    def committed(self, left: Sequence[EventData]) -> None:
        if pieces := pieces_of(left, time.time_ns()):
            self._spans.tell(pieces)

    def broken_off(self, why: BrokenOff) -> None:
        """It left nothing, so only its end is known."""
        now = time.time_ns()
        self._spans.tell([Piece(TURN, now, now, {"turn.outcome": why.value})])


def pieces_of(left: Sequence[EventData], now_ns: int) -> list[Piece]:
    """The turn first, then its stages. Nothing for what is no whole turn."""
    ended = next((each for each in left if isinstance(each, TurnEnded)), None)
    if ended is None:
        return []
    stages = {span: ended.took_us[stage] for stage, span in STAGES.items() if stage in ended.took_us}
    whole_us = ended.took_us.get("waited", 0) + ended.took_us.get("total", 0)
    outcome: Attributes = {"turn.outcome": how_it_ended(left).value, "turn.owner": ended.owner}
    pieces = laid_out(TURN, whole_us, outcome, stages, now_ns)
    understood = STAGES["understanding"]
    return [each._replace(attributes=_understood(left)) if each.name == understood else each for each in pieces]


def _understood(left: Sequence[EventData]) -> Attributes:
    found = next((each for each in left if isinstance(each, CommandsUnderstood)), None)
    if found is None:
        return {}
    return {
        "understanding.path": found.source,
        "understanding.commands": found.types,
        "understanding.fell_back": found.fell_back or "",
        "understanding.questions": len(found.asked),
    }
