"""How well each part of understanding did its share of a suite: requests, references, reasons, values, answers, order.

A case counts for a part where that part had something to say in it, or said something; it is right where it said just
that. How sure the whole answer was is held against it: a part may be sure and wrong while the others are right.
"""

from collections.abc import Callable, Sequence
from typing import Any

from appliance.understanding.scoring import Key, PartScore, Result, keys
from models.commands import Command, CorrectSlot, SetSlot

_BINS = 10
_ANSWERS = frozenset({"affirm", "deny", "cancel_flow", "resume_flow", "repeat"})
_REFERENCES = frozenset({"order", "line", "quantity"})
_ELSE = frozenset({"ask_knowledge", "chitchat", "clarify", "none"})


def _is_slot(key: Key, names: Callable[[str], bool]) -> bool:
    return key[0] == "slot" and names(str(key[2]))


PARTS: dict[str, Callable[[Key], bool]] = {
    "requests": lambda key: key[0] == "start_flow",
    "references": lambda key: _is_slot(key, lambda name: name in _REFERENCES),
    "reasons": lambda key: _is_slot(key, lambda name: name == "reason"),
    "values": lambda key: _is_slot(key, lambda name: name not in _REFERENCES and name != "reason"),
    "answers": lambda key: key[0] in _ANSWERS,
    "persons": lambda key: key[0] == "handoff",
    "questions": lambda key: key[0] in _ELSE,
}
"""What each part has to say, of the keys in which commands are compared."""


def pipeline(results: Sequence[Result]) -> dict[str, PartScore]:
    """Parts that no case is about are left out."""
    found = {name: _judged(results, part) for name, part in PARTS.items()}
    found["order"] = [(r.understood.confidence, _in_order(r)) for r in results if r.is_right and _has_several(r)]
    return {name: _scored(judged) for name, judged in found.items() if judged}


def ece(judged: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error: how far what was said of the sureness lies from how often it was right."""
    gaps = [0.0] * _BINS
    for confidence, is_right in judged:
        gaps[min(int(confidence * _BINS), _BINS - 1)] += confidence - is_right
    return sum(map(abs, gaps)) / len(judged)


def _judged(results: Sequence[Result], part: Callable[[Key], bool]) -> list[tuple[float, bool]]:
    found = []
    for result in results:
        expected, got = (
            {key: count for key, count in keys(commands).items() if part(key)}
            for commands in (result.case.expect, result.understood.commands)
        )
        if expected or got:
            found.append((result.understood.confidence, expected == got))
    return found


def _has_several(result: Result) -> bool:
    return len(_deeds(result.case.expect)) > 1


def _in_order(result: Result) -> bool:
    return _deeds(result.case.expect) == _deeds(result.understood.commands)


def _deeds(commands: Sequence[Command]) -> list[Any]:
    """What is done one after another; the values of a request may stand in any order."""
    return [next(iter(keys((c,)))) for c in commands if not isinstance(c, SetSlot | CorrectSlot)]


def _scored(judged: Sequence[tuple[float, bool]]) -> PartScore:
    return PartScore(
        cases=len(judged),
        right=round(sum(is_right for _, is_right in judged) / len(judged), 4),
        ece=round(ece(judged), 4),
    )
