"""Cases that no corpus line was written from. The floor lies below what was measured: only a real loss fails."""

import pytest

from appliance.evaluation.understanding_suite import load
from appliance.understanding.scoring import score
from appliance.understanding.service import Understanding
from models.compact.model import SUITE, CompactModel


@pytest.fixture(scope="module")
def understanding(model: CompactModel) -> Understanding:
    return Understanding(model)


async def test_held_out_cases_are_mostly_understood(understanding: Understanding) -> None:
    result = await score(load([SUITE]), understanding)
    assert result.start_flow.f1 >= 0.9
    assert result.slots.f1 >= 0.88
    assert result.exact >= 0.8


async def test_nobody_agrees_by_accident(understanding: Understanding) -> None:
    """A yes that was not said would move money: precision is what counts."""
    result = await score(load([SUITE]), understanding)
    assert result.commands["affirm"].precision == 1.0
