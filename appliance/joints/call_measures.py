"""Keeps what a call tells of itself: as an event of its conversation, and in the metrics of the machine."""

import logging
from collections.abc import Sequence
from typing import Final

import msgspec
import psycopg

from appliance.conversation import events as log
from appliance.conversation import store
from appliance.conversation.call_events import CallMeasured
from appliance.conversation.floor import Floor
from appliance.conversation.store import StoredEvent
from appliance.db import Database
from appliance.errors import ApplianceError
from appliance.ids import ConversationId, ShopId
from appliance.integrations.metrics.watching import Watching

_TELLING: Final = (log.CommandsUnderstood.TYPE, log.BotSaid.TYPE, log.TurnEnded.TYPE)
"""What tells how long an answer waited for others."""
_log = logging.getLogger(__name__)


class CallMeasures:
    def __init__(self, db: Database, floor: Floor, watching: Watching) -> None:
        self._db = db
        self._floor = floor
        self._watching = watching

    async def keep(self, shop: ShopId, conversation_id: ConversationId, measured: CallMeasured) -> None:
        """A call has been held whether or not it could be measured: what fails here is logged."""
        try:
            async with self._db.transaction(shop) as conn:
                held = await self._floor.hold(conn, shop, conversation_id)
                events = await store.events(conn, shop, conversation_id, 0, _TELLING)
                whole = with_elsewhere(measured, events)
                await self._floor.append(conn, shop, conversation_id, held, whole)
        except (ApplianceError, psycopg.Error) as lost:
            _log.warning("call.not_measured", extra={"why": type(lost).__name__})
            return
        self._watching.called(whole)


def with_elsewhere(measured: CallMeasured, events: Sequence[StoredEvent]) -> CallMeasured:
    """Each answer with what its turn waited for language model and order system, as the log tells."""
    took_ms: dict[int, int] = {}
    turn: list[StoredEvent] = []
    for event in events:
        turn.append(event)
        if event.type == log.TurnEnded.TYPE:
            waited_ms = _elsewhere_us(turn) // 1000
            took_ms |= {each.seq: waited_ms for each in turn}
            turn = []
    answers = tuple(
        msgspec.structs.replace(each, elsewhere=min(each.turn, took_ms.get(each.seq, 0))) for each in measured.answers
    )
    return msgspec.structs.replace(measured, answers=answers)


def _elsewhere_us(turn: Sequence[StoredEvent]) -> int:
    total_us = 0
    for event in turn:
        match log.decode(event.type, event.v, event.data):
            case log.CommandsUnderstood(asked=asked):
                total_us += sum(each.took_us for each in asked)
            case log.TurnEnded(took_us=took_us):
                total_us += took_us.get("orders", 0) + (took_us.get("words", 0) if _was_reworded(turn) else 0)
    return total_us


def _was_reworded(turn: Sequence[StoredEvent]) -> bool:
    """By the language model, or it was asked to."""
    said = [event.data for event in turn if event.type == log.BotSaid.TYPE]
    return any(each.get("rephrased") or each.get("fell_back") for each in said)
