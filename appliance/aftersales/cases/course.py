"""How one carrying on of an operation went: what took how long, and what it came to. Codes and durations alone.

It is told to who watches (a collector of traces) once it is over, and decides nothing.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

import msgspec

from appliance.aftersales.orders.model import CaseKind


class Stage(StrEnum):
    """In their order, where each takes place."""

    SEAL = "seal"
    """Until its intent was sealed."""
    FIND = "find"
    WRITE = "write"
    END = "end"
    """The commit of what came of it."""


class CameTo(StrEnum):
    ENDED = "ended"
    PUT_OFF = "put_off"
    LEASE_LOST = "lease_lost"
    LEFT = "left"
    """Not even putting it off was possible, or the process ends."""


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    kind: CaseKind
    attempts: int
    """How often it was put off before."""
    came_to: CameTo
    total_us: int
    took_us: Mapping[Stage, int]


Watch = Callable[[Carried], None]


def unwatched(_: Carried) -> None:
    """Nobody looks on."""


class Course:
    def __init__(self) -> None:
        self._began_ns = time.perf_counter_ns()
        self._took_us: dict[Stage, int] = {}

    @contextmanager
    def during(self, stage: Stage) -> Iterator[None]:
        """However it ends. What takes place twice is added up."""
        began = time.perf_counter_ns()
        try:
            yield
        finally:
            self._took_us[stage] = self._took_us.get(stage, 0) + _us_since(began)

    def carried(self, kind: CaseKind, attempts: int, came_to: CameTo) -> Carried:
        return Carried(
            kind=kind,
            attempts=attempts,
            came_to=came_to,
            total_us=_us_since(self._began_ns),
            took_us={stage: self._took_us[stage] for stage in Stage if stage in self._took_us},
        )


def _us_since(began_ns: int) -> int:
    return (time.perf_counter_ns() - began_ns) // 1000
