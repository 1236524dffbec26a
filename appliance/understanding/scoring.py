"""How well messages are understood, on any suite of labelled cases (CONTRACTS, "Suite: understanding").

``set_slot`` and ``correct_slot`` count as the same command; ``ask_knowledge`` is scored by its type; the flows of
``clarify`` are a set. A slot belongs to the ``start_flow`` before it.
"""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from appliance.understanding.model import Understood
from appliance.understanding.service import Understanding
from models.commands import AskKnowledge, Clarify, Command, Context, CorrectSlot, SetSlot, StartFlow
from models.compact.model import HeldOut

Key = tuple[Any, ...]


class Case(msgspec.Struct, frozen=True):
    id: str
    text: str
    context: Context
    expect: tuple[Command, ...]


class Rate(msgspec.Struct, frozen=True):
    precision: float
    recall: float
    f1: float


class CommandRate(Rate, frozen=True):
    cases: int


class Milliseconds(msgspec.Struct, frozen=True):
    p50: float
    p95: float


class Failure(msgspec.Struct, frozen=True):
    id: str
    expected: tuple[dict[str, Any], ...]
    got: tuple[dict[str, Any], ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One case, and what was understood."""

    case: Case
    understood: Understood
    ms: float

    @property
    def is_right(self) -> bool:
        return keys(self.case.expect) == keys(self.understood.commands)


class PartScore(msgspec.Struct, frozen=True):
    """One part of the pipeline, over the cases in which it had something to say."""

    cases: int
    right: float
    """Share of those cases."""
    ece: float
    """Expected calibration error over them."""


class Headline(msgspec.Struct, frozen=True):
    exact: float
    start_flow: Rate
    slots: Rate


class Score(msgspec.Struct, frozen=True):
    cases: int
    exact: float
    start_flow: Rate
    slots: Rate
    commands: dict[str, CommandRate]
    ms: Milliseconds
    failures: tuple[Failure, ...]
    answered: dict[str, int] = {}
    """Cases by what answered: ``fast_path``, ``llm``, ``compact``."""
    fell_back: dict[str, int] = {}
    """Cases that the model asked first did not answer, by the code of why."""
    parts: dict[str, CommandRate] = {}
    """Each flow started and each slot by itself: ``start_flow invoice``, ``slot reason``."""
    pipeline: dict[str, PartScore] = {}
    """Each part of the pipeline by itself."""
    classifiers: dict[str, HeldOut] = {}
    """Those of the compact model, on lines of the corpus that they were not trained on."""
    clear: Headline | None = None
    """The same cases with the words unmasked, where the score is of masked ones."""

    @property
    def headline(self) -> Headline:
        return Headline(self.exact, self.start_flow, self.slots)


def keys(commands: Sequence[Command]) -> Counter[Key]:
    """Commands in the form in which they are compared, slots with the flow that they belong to."""
    found: Counter[Key] = Counter()
    flow: str | None = None
    for command in commands:
        match command:
            case StartFlow():
                flow = command.flow
                found["start_flow", command.flow] += 1
            case SetSlot() | CorrectSlot():
                found["slot", flow, command.slot, str(command.value)] += 1
            case Clarify():
                found["clarify", frozenset(command.flows)] += 1
            case AskKnowledge():
                found["ask_knowledge",] += 1
            case _:
                found[_tag(command), getattr(command, "reason", None)] += 1
    return found


def _tag(command: Command) -> str:
    return str(type(command).__struct_config__.tag)


async def score(cases: Sequence[Case], understanding: Understanding) -> Score:
    return summed(await play(cases, understanding))


async def play(cases: Sequence[Case], understanding: Understanding) -> list[Result]:
    """Each case by itself."""
    results = []
    for case in cases:
        began = time.perf_counter()
        understood = await understanding.understand(case.text, case.context)
        results.append(Result(case=case, understood=understood, ms=(time.perf_counter() - began) * 1000))
    return results


def summed(results: Sequence[Result]) -> Score:
    right, extra, missed, holding = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    answered, fell_back = Counter[str](), Counter[str]()
    for result in results:
        understood = result.understood
        answered[understood.source] += 1
        fell_back.update([understood.fell_back] if understood.fell_back else [])
        expected_keys, got_keys = keys(result.case.expect), keys(understood.commands)
        right.update(_kinds(expected_keys & got_keys))
        extra.update(_kinds(got_keys - expected_keys))
        missed.update(_kinds(expected_keys - got_keys))
        holding.update({kind for k in expected_keys for kind in (str(k[0]), _part(k)) if kind})
    durations = sorted(result.ms for result in results)
    failures = tuple(_failure(result) for result in results if not result.is_right)
    seen = set(right) | set(extra) | set(missed)
    parts = sorted(name for name in seen if " " in name)
    others = sorted(seen - {"start_flow", "slot", *parts})

    def rated(names: list[str]) -> dict[str, CommandRate]:
        return {name: CommandRate(*_rates(right[name], extra[name], missed[name]), holding[name]) for name in names}

    return Score(
        cases=len(results),
        exact=1 - len(failures) / len(results),
        start_flow=Rate(*_rates(right["start_flow"], extra["start_flow"], missed["start_flow"])),
        slots=Rate(*_rates(right["slot"], extra["slot"], missed["slot"])),
        commands=rated(others),
        ms=Milliseconds(p50=_at(durations, 0.5), p95=_at(durations, 0.95)),
        answered=dict(answered),
        fell_back=dict(fell_back),
        failures=failures,
        parts=rated(parts),
    )


def _failure(result: Result) -> Failure:
    return Failure(id=result.case.id, expected=plain(result.case.expect), got=plain(result.understood.commands))


def _kinds(found: Counter[Key]) -> Counter[str]:
    """Commands by their type; flows and slots by their part too."""
    kinds: Counter[str] = Counter()
    for key, count in found.items():
        kinds[str(key[0])] += count
        if part := _part(key):
            kinds[part] += count
    return kinds


def _part(key: Key) -> str | None:
    """``start_flow invoice`` or ``slot reason``; None for what has no parts."""
    match key:
        case ("start_flow", flow):
            return f"start_flow {flow}"
        case ("slot", _, slot, _):
            return f"slot {slot}"
        case _:
            return None


def _rates(right: int, extra: int, missed: int) -> tuple[float, float, float]:
    """Precision, recall, F1; nothing expected and nothing given is 1."""
    precision = right / (right + extra) if right + extra else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)


def plain(commands: Sequence[Command]) -> tuple[dict[str, Any], ...]:
    return tuple({k: v for k, v in msgspec.to_builtins(c).items() if v is not None} for c in commands)
