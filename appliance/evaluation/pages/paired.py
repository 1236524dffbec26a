"""Two runs of the same cases: what became right, what became wrong, and whether that may be chance. Pure."""

from collections.abc import Mapping
from math import comb
from typing import Any

from appliance.evaluation.pages.model import Change

_OF_NO_USE = frozenset({"failures", "cases", "ms", "ms_per_turn", "turns", "answered", "precision", "recall"})


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided exact p of so uneven a change, if each changed case might as well have changed the other way."""
    changed = gained + lost
    tail = sum(comb(changed, n) for n in range(min(gained, lost) + 1))
    return min(1.0, float(2 * tail / 2**changed))


def change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """Of two scores as ``--json`` holds them, of the same cases."""
    was, now = wrong_in(before), wrong_in(after)
    old, new = dict(_figures(before)), dict(_figures(after))
    shared = [(name, old[name], value) for name, value in new.items() if name in old]
    return Change(
        became_right=tuple(sorted(was - now)),
        became_wrong=tuple(sorted(now - was)),
        p=mcnemar(len(was - now), len(now - was)),
        figures=tuple((name, earlier, value) for name, earlier, value in shared if earlier != value),
    )


def wrong_in(score: Mapping[str, Any]) -> set[str]:
    return {str(failure["id"]) for failure in score["failures"]}


def _figures(score: Mapping[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for key, value in score.items():
        name = f"{prefix} {key}".strip()
        if key in _OF_NO_USE:
            continue
        if isinstance(value, Mapping):
            found += _figures(value, name)
        elif isinstance(value, int | float):
            found.append((name, float(value)))
    return found
