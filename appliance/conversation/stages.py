"""How long the stages of one turn took, for whoever asks later why it was slow. Measured, never decided by."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Stages:
    """Times of stages that do not overlap, in microseconds."""

    def __init__(self) -> None:
        self._began = time.perf_counter_ns()
        self._took_ns: Counter[str] = Counter()

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter_ns()
        try:
            yield
        finally:
            self._took_ns[stage] += time.perf_counter_ns() - began

    def took_us(self) -> dict[str, int]:
        """With ``total``, since the turn began."""
        self._took_ns["total"] = time.perf_counter_ns() - self._began
        return {stage: took // 1000 for stage, took in self._took_ns.items()}
