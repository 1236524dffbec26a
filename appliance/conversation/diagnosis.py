"""What became of each turn, out of the log: heard, understood, read, decided, done, said, and how long each took.

Nothing is guessed: what the log does not hold is left out, slots are those that a replay of the log comes to, and words
are masked as they are kept. Pure.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from appliance.conversation import events as log
from appliance.conversation.recording import BodyGone, Recorded
from appliance.conversation.replay import states
from appliance.dialogue.schema import Flows
from appliance.dialogue.state import State

_HEARD = frozenset({log.CustomerSaid.TYPE, log.CustomerShowed.TYPE, log.CustomerChose.TYPE})
_SAID = log.BotSaid.TYPE
_DECIDED = frozenset({log.DecisionMade.TYPE, log.QuoteFell.TYPE})
_READ = frozenset({log.FactsRead.TYPE, log.OrderSystemAway.TYPE, log.KnowledgeSearched.TYPE, log.IdentityChecked.TYPE})


class Understanding(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    """What answered: ``fast_path``, ``llm``, ``compact`` or ``pressed``."""
    fell_back: str | None
    """Why the model that is asked first did not."""
    confidence: float
    took_us: int
    commands: tuple[dict[str, Any], ...]
    """With the words that they rest on; empty once their body has expired."""
    asked: tuple[dict[str, Any], ...]
    """The questions to the language model: outcome, time, tokens."""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    verdict: str
    rule: str
    flow: str | None
    refusal: str | None
    policy: str | None
    facts: dict[str, Any]


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    data: dict[str, Any]


class TurnDiagnosis(msgspec.Struct, frozen=True, kw_only=True):
    turn: int
    at: datetime
    """Business time."""
    first_seq: int
    last_seq: int
    heard: tuple[str, ...]
    understanding: Understanding | None
    slots_before: dict[str, Any] | None
    """None where a replay no longer comes this far."""
    slots_after: dict[str, Any] | None
    read: tuple[Happened, ...]
    decisions: tuple[Decided, ...]
    effects: tuple[Happened, ...]
    replies: tuple[str, ...]
    awaiting: str | None
    took_us: dict[str, int]


def diagnose(flows: Flows, events: Sequence[Recorded]) -> list[TurnDiagnosis]:
    known = _states(flows, events)
    return [_turn(number, turn, known) for number, turn in enumerate(_turns(events), 1)]


def _states(flows: Flows, events: Sequence[Recorded]) -> list[State]:
    known: list[State] = []
    try:
        known.extend(states(flows, events))
    except (BodyGone, ValueError, msgspec.ValidationError):
        return known
    return known


def _turns(events: Sequence[Recorded]) -> Iterator[list[Recorded]]:
    turn: list[Recorded] = []
    for event in events:
        turn.append(event)
        if event.type == log.TurnEnded.TYPE:
            yield turn
            turn = []


def _turn(number: int, turn: Sequence[Recorded], known: Sequence[State]) -> TurnDiagnosis:
    ended = turn[-1]
    special = _HEARD | _DECIDED | _READ | {_SAID, log.CommandsUnderstood.TYPE, log.TurnEnded.TYPE}
    masked_us = sum(event.data.get("masked_us", 0) for event in turn)
    took_us = {"masking": masked_us, **ended.data.get("took_us", {})} if masked_us else ended.data.get("took_us", {})
    return TurnDiagnosis(
        turn=number,
        at=ended.business_at,
        first_seq=turn[0].seq,
        last_seq=ended.seq,
        heard=tuple(_words(event) for event in turn if event.type in _HEARD),
        understanding=next((_understood(event) for event in turn if event.type == log.CommandsUnderstood.TYPE), None),
        slots_before=_slots(known, number - 1),
        slots_after=_slots(known, number),
        read=tuple(_happened(event) for event in turn if event.type in _READ),
        decisions=tuple(_decided(event) for event in turn if event.type in _DECIDED),
        effects=tuple(_happened(event) for event in turn if event.type not in special),
        replies=tuple(_words(event) for event in turn if event.type == _SAID),
        awaiting=ended.data.get("awaiting"),
        took_us=took_us,
    )


def _understood(event: Recorded) -> Understanding:
    data = event.data
    return Understanding(
        source=data["source"],
        fell_back=data.get("fell_back"),
        confidence=data["confidence"],
        took_us=data["took_us"],
        commands=tuple((event.body or {}).get("commands", ())),
        asked=tuple(data.get("asked", ())),
    )


def _decided(event: Recorded) -> Decided:
    """Of the ruling in full, where it is still kept; a gate has no ruling."""
    ruling = (event.body or {}).get("decision", {})
    found = {**ruling, **event.data}
    return Decided(
        verdict=found.get("verdict", event.type),
        rule=found.get("rule", ""),
        flow=found.get("flow"),
        refusal=found.get("refusal"),
        policy=found.get("policy"),
        facts=ruling.get("facts", {}),
    )


def _happened(event: Recorded) -> Happened:
    return Happened(type=event.type, data=event.data)


def _words(event: Recorded) -> str:
    return str((event.body or {}).get("text", "")) or f"[{event.type.partition('.')[2]}]"


def _slots(known: Sequence[State], at: int) -> dict[str, Any] | None:
    if at >= len(known):
        return None
    top = known[at].top
    return {"flow": top.flow, **msgspec.to_builtins(top.slots)} if top else {}
