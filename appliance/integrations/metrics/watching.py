"""What is counted, and when: as others say that it happened."""

import asyncio
from collections.abc import Sequence
from typing import Final

from appliance.conversation.call_events import CallMeasured
from appliance.conversation.event import EventData
from appliance.conversation.events import (
    BotSaid,
    CommandsUnderstood,
    HandoffMade,
    OperationAccepted,
    QuoteOffered,
    TurnEnded,
    TurnGivenUp,
)
from appliance.conversation.ports import BrokenOff
from appliance.db import Database
from appliance.integrations.metrics import catalogue as c
from appliance.integrations.metrics.catalogue import Turned
from appliance.integrations.metrics.meters import Meters
from models.question import Question

PULSE_S: Final = 5.0
"""After so long a process says anew how its pool is used."""

_ENDS: Final = (
    (TurnGivenUp, Turned.GIVEN_UP),
    (HandoffMade, Turned.HANDED_OFF),
    (OperationAccepted, Turned.ACCEPTED),
    (QuoteOffered, Turned.QUOTED),
)
"""What a turn counts as, by the first of these that it left."""


class Watching:
    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    # Of a turn.

    def committed(self, left: Sequence[EventData]) -> None:
        for each in left:
            match each:
                case CommandsUnderstood():
                    self._understood(each)
                case BotSaid(rephrased=True):
                    self._meters.count(c.REWORDINGS, outcome=c.REWORDED)
                case BotSaid(fell_back=str(why)):
                    self._meters.count(c.REWORDINGS, outcome=why)
                case TurnEnded(took_us=took_us):
                    for stage, took in took_us.items():
                        self._meters.observe(c.STAGE_SECONDS, took, stage=stage)
        self._meters.count(c.TURNS, outcome=how_it_ended(left))

    def broken_off(self, why: BrokenOff) -> None:
        self._meters.count(c.TURNS, outcome=why)

    def _understood(self, understood: CommandsUnderstood) -> None:
        self._meters.count(c.UNDERSTOOD, path=understood.source)
        if understood.fell_back is not None:
            self._meters.count(c.FELL_BACK, reason=understood.fell_back)

    # Of a call.

    def called(self, call: CallMeasured) -> None:
        self._meters.count(c.CALLS, left=call.left)
        for answer in call.answers:
            for part in c.ANSWER_SECONDS.words:
                self._meters.observe(c.ANSWER_SECONDS, getattr(answer, part) * 1000, part=part)
        for took_ms in call.partials_ms:
            self._meters.observe(c.PARTIAL_SECONDS, took_ms * 1000)
        for took_ms in call.yields_ms:
            self._meters.observe(c.YIELD_SECONDS, took_ms * 1000)
        happened = {
            "yielded": len(call.yields_ms),
            "false_interruption": call.false_interruptions,
            "not_yielded": call.not_yielded,
            "backchannel": call.backchannels,
            "utterance": call.utterances,
            "split": call.split,
            "late_final": call.late_finals,
            "filler": call.fillers,
            "silence": call.silences,
            "key": call.keys,
        }
        for what, many in happened.items():
            self._meters.count(c.CALL_EVENTS, many, what=what)

    # Of the language model.

    def asked(self, question: Question) -> None:
        self._meters.count(c.QUESTIONS, outcome=question.outcome)
        if question.outcome not in c.NEVER_SENT:
            self._meters.observe(c.QUESTION_SECONDS, question.took_us)
        self._meters.count(c.TOKENS, question.prompt_tokens or 0, of="prompt")
        self._meters.count(c.TOKENS, question.answer_tokens or 0, of="answer")

    def resting(self, is_resting: bool, *, on_smaller: bool = False) -> None:
        self._meters.set(c.RESTING, is_resting)
        self._meters.set(c.ON_SMALLER, on_smaller)

    def is_resting(self) -> bool:
        """In any process."""
        return self._meters.total(c.RESTING) > 0

    def is_on_smaller(self) -> bool:
        """In every process that leaves the model's server alone, and there is one."""
        return 0 < self._meters.total(c.RESTING) <= self._meters.total(c.ON_SMALLER)

    # Of the web and the pool.

    def answered(self, method: str, route: str, status: int) -> None:
        self._meters.count(c.HTTP, method=method, route=route, status=str(status))

    async def pulse(self, db: Database) -> None:
        """Until it is cancelled."""
        while True:
            use = db.use
            self._meters.set(c.CONNECTIONS, use.busy, state="busy")
            self._meters.set(c.CONNECTIONS, use.free, state="free")
            self._meters.set(c.WAITING, use.waiting)
            await asyncio.sleep(PULSE_S)


def how_it_ended(left: Sequence[EventData]) -> Turned:
    ends = (how for kind, how in _ENDS if any(isinstance(each, kind) for each in left))
    return next(ends, Turned.ANSWERED)
