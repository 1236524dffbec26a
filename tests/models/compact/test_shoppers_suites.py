"""The suites of shoppers' messages (decision 0059). Each floor lies below what was measured: only a real loss fails."""

import asyncio
from pathlib import Path

import pytest

from appliance.evaluation.understanding_suite import load
from appliance.understanding.pipeline import ece, pipeline
from appliance.understanding.scoring import Result, Score, play, summed
from appliance.understanding.service import Understanding
from models.compact.model import CompactModel

SUITES = Path(__file__).parents[2] / "suites" / "understanding"
FLOORS = {
    "fresh-held-out": (0.96, 0.91, 0.87),
    "fresh-second-held-out": (0.92, 0.88, 0.9),
    "fresh-third-held-out": (0.9, 0.88, 0.77),
    "fresh-fourth-held-out": (0.9, 0.86, 0.85),
    "fresh-fifth-developed-on": (0.96, 0.94, 0.92),
    "plain-held-out": (0.91, 0.89, 0.86),
    "plain-second-held-out": (0.91, 0.85, 0.91),
    "shoppers-developed-on": (0.93, 0.9, 0.88),
    "shoppers-held-out": (0.93, 0.88, 0.83),
    "shoppers-last-written": (0.95, 0.92, 0.87),
}
"""F1 of flows, F1 of slots, whole cases."""


@pytest.fixture(scope="module")
def played(model: CompactModel) -> dict[str, list[Result]]:
    understanding = Understanding(model)
    return {name: asyncio.run(play(load([SUITES / f"{name}.jsonl"]), understanding)) for name in FLOORS}


@pytest.fixture(scope="module")
def scores(played: dict[str, list[Result]]) -> dict[str, Score]:
    return {name: summed(results) for name, results in played.items()}


def test_every_suite_has_a_floor() -> None:
    assert {path.stem for path in SUITES.glob("*.jsonl")} == set(FLOORS)


@pytest.mark.parametrize("name", FLOORS)
def test_shoppers_are_mostly_understood(scores: dict[str, Score], name: str) -> None:
    flows, slots, exact = FLOORS[name]
    result = scores[name]
    assert result.start_flow.f1 >= flows
    assert result.slots.f1 >= slots
    assert result.exact >= exact


@pytest.mark.parametrize("name", FLOORS)
def test_nobody_is_handed_over_who_only_sounds_like_it(scores: dict[str, Score], name: str) -> None:
    assert scores[name].commands["handoff"].precision == 1.0


@pytest.mark.parametrize("name", FLOORS)
def test_no_yes_is_heard_that_was_not_said(scores: dict[str, Score], name: str) -> None:
    """A yes moves money."""
    assert scores[name].commands["affirm"].precision == 1.0


def test_what_is_said_of_the_sureness_is_mostly_so(played: dict[str, list[Result]]) -> None:
    """Of whole cases, and of each part by itself."""
    results = [result for each in played.values() for result in each]
    assert ece([(result.understood.confidence, result.is_right) for result in results]) <= 0.04
    assert {name for name, part in pipeline(results).items() if part.ece > 0.1} == set()
