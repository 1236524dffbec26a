"""Faults that a test switches on, for one shop or for all. Kept in memory: a restarted process has none.

Deterministic: the same seed and the same requests give the same faults.
"""

from enum import StrEnum
from random import Random
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class FaultName(StrEnum):
    LOSE_ANSWER = "lose_answer"
    DELAY_MS = "delay_ms"
    ERROR_5XX = "error_5xx"
    DUPLICATE_DELIVERY = "duplicate_delivery"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    probability: Annotated[float, Meta(ge=0, le=1)] = 1.0
    count: Annotated[int, Meta(ge=0)] | None = None
    """Strikes so often, then never again; absent: without end."""
    on: Literal["reads", "writes", "all"] = "writes"
    ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    """How long; ``delay_ms`` only."""


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    seed: int = 0
    lose_answer: Fault | None = None
    """The write is committed, then the connection is dropped without an answer."""
    delay_ms: Fault | None = None
    """Before the request is handled."""
    error_5xx: Fault | None = None
    """Before anything is written."""
    duplicate_delivery: Fault | None = None
    """An event that was delivered is pushed again."""


class FaultBoard:
    """Where the faults hang. A shop's own stand instead of those for all."""

    def __init__(self) -> None:
        self._boards: dict[str | None, _Board] = {}

    def hang(self, shop_id: str | None, faults: Faults) -> None:
        self._boards[shop_id] = _Board(faults)

    def clear(self, shop_id: str | None) -> None:
        self._boards.pop(shop_id, None)

    def shown(self, shop_id: str | None) -> Faults:
        board = self._boards.get(shop_id)
        return board.faults if board else Faults()

    def strike(self, name: FaultName, shop_id: str, *, is_write: bool) -> Fault | None:
        """The fault, if it strikes this time."""
        board = self._boards.get(shop_id) or self._boards.get(None)
        return board.strike(name, is_write=is_write) if board else None


class _Board:
    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._dice = {name: Random(f"{faults.seed}:{name}") for name in FaultName}  # noqa: S311
        self._struck = dict.fromkeys(FaultName, 0)

    def strike(self, name: FaultName, *, is_write: bool) -> Fault | None:
        fault: Fault | None = getattr(self.faults, name)
        if fault is None or (fault.on == "writes" and not is_write) or (fault.on == "reads" and is_write):
            return None
        if fault.count is not None and self._struck[name] >= fault.count:
            return None
        if self._dice[name].random() >= fault.probability:
            return None
        self._struck[name] += 1
        return fault
