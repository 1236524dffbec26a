"""What a model needs of a card's memory, and whether a profile's models fit beside each other. Arithmetic only.

Need of one card = weights / cards + overhead + cache of one token x tokens / cards.
"""

from collections import Counter
from collections.abc import Iterator

from models.catalog.model import Catalog, Device, Model, Placement, Profile

GIB = 1024**3
LEFT_FREE = 0.05
"""Of each card, for the driver and for what nobody foresees."""
SMALLEST_CONTEXT = 8192
"""Tokens: below that, instructions, orders and a conversation do not fit together."""

KEPT_BACK_TOKENS = 256
"""vLLM keeps a block of its cache for itself, and counts in whole blocks (128 tokens on a CPU, less on cards)."""


def cache_gib(model: Model, tokens: int) -> float:
    return 0.0 if model.cache is None else model.cache.bytes_per_token * tokens / GIB


def need_gib(model: Model, *, tokens: int, cards: int = 1) -> float:
    """On each of its cards, with room for ``tokens`` of context altogether."""
    return model.weights_gib / cards + model.overhead_gib + cache_gib(model, tokens) / cards


def least_gib(model: Model) -> float:
    """On a card of its own, with one conversation."""
    return need_gib(model, tokens=min(model.context, SMALLEST_CONTEXT))


def need_of(placement: Placement, model: Model) -> float:
    return need_gib(model, tokens=tokens_of(placement), cards=len(placement.cards))


def tokens_of(placement: Placement) -> int:
    """What its cache must hold."""
    return placement.context * placement.whole_contexts + KEPT_BACK_TOKENS


def complaints(catalog: Catalog, profile: Profile) -> Iterator[str]:
    """Why a profile cannot be: what it names is not there, or does not fit."""
    for role, count in Counter(placement.role for placement in profile.place).items():
        if count > 1:
            yield f"{role} is placed {count} times"
    for placement in profile.place:
        model = catalog.models.get(placement.model)
        if model is None:
            yield f"there is no model {placement.model}"
        else:
            yield from _misplaced(profile, placement, model)
    for card in range(profile.cards):
        taken = sum(placement.memory_share for placement in profile.place if card in placement.cards)
        if taken > 1 - LEFT_FREE + 1e-9:
            yield f"card {card} is given away to {taken:.0%}; {1 - LEFT_FREE:.0%} is all there is"


def _misplaced(profile: Profile, placement: Placement, model: Model) -> Iterator[str]:
    where = f"{placement.role} {model.name}"
    if model.role is not placement.role:
        yield f"{where} is a model for {model.role}"
    if len(set(placement.cards)) < len(placement.cards) or max(placement.cards) >= profile.cards:
        yield f"{where} is on cards {list(placement.cards)}, of {profile.cards}"
    if profile.device is Device.CPU and len(placement.cards) > 1:
        yield f"{where} cannot be spread over a CPU"
    if placement.context > model.context:
        yield f"{where} has a context of {model.context} tokens, not {placement.context}"
    has_gib, needs_gib = placement.memory_share * profile.card_gib, need_of(placement, model)
    if needs_gib > has_gib:
        yield f"{where} needs {needs_gib:.1f} GiB of each of its cards and is given {has_gib:.1f}"
