"""Money is integer fen (1/100 yuan). Nothing is ever rounded."""

from collections.abc import Sequence
from typing import NewType

Fen = NewType("Fen", int)


def yuan(amount: int) -> str:
    """How a customer reads it: ``38900`` is ``389元``, ``13073`` is ``130.73元``."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 100)
    if part == 0:
        return f"{sign}{whole}元"
    return f"{sign}{whole}.{part:02d}元"


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` over ``weights`` by largest remainder, ties to the first (POLICY: Money).

    The parts add up to ``total`` exactly. All weights zero: the first takes everything.
    """
    if total < 0 or any(w < 0 for w in weights):
        raise ValueError("amounts and weights are not negative")
    if not weights:
        raise ValueError("nothing to share over")
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    parts = [total * w // whole for w in weights]
    remainders = [total * w % whole for w in weights]
    left = total - sum(parts)
    for i in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left]:
        parts[i] += 1
    return parts
