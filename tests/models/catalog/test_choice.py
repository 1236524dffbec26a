"""The cards of a machine, as the driver tells them, and the largest profile that fits them."""

import pytest

from models.catalog.cards import Card, parse
from models.catalog.choice import largest
from models.catalog.loading import load

PROFILES = load().profiles.values()
ANSWER = """NVIDIA H100 80GB HBM3, 81559
NVIDIA A10, 23028
NVIDIA Thor, [N/A]
"""


def test_cards_are_read_and_one_that_keeps_its_memory_to_itself_is_left_out() -> None:
    assert [(card.name, round(card.memory_gib, 2)) for card in parse(ANSWER)] == [
        ("NVIDIA H100 80GB HBM3", 79.65),
        ("NVIDIA A10", 22.49),
    ]


@pytest.mark.parametrize(
    ("memories", "profile"),
    [
        ([], "cpu"),
        ([15.0], "cpu"),
        ([22.5], "gpu-24g"),
        ([24.0, 24.0], "gpu-24g"),
        ([44.99], "gpu-48g"),
        ([79.65], "gpu-80g"),
        ([79.65, 22.5], "gpu-80g"),
        ([79.65, 80.0], "gpu-multi"),
    ],
)
def test_the_largest_profile_that_fits_is_taken(memories: list[float], profile: str) -> None:
    chosen = largest(PROFILES, [Card("any", memory) for memory in memories])
    assert chosen is not None
    assert chosen.name == profile
