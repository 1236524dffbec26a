"""The metrics that a process keeps. Processes of one appliance keep theirs in files of one folder, to be summed up."""

import os
from itertools import product
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

from appliance.integrations.metrics.catalogue import HTTP, HTTP_LABELS, METERS, OTHER, ROUTE, Kind, Meter

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where ``prometheus_client`` looks for the folder: it takes it from nowhere else."""

Made = Counter | Gauge | Histogram


class Meters:
    """``kept``: the folder, where other processes keep theirs too; without one, this process is all there is."""

    def __init__(self, kept: Path | None = None) -> None:
        self._kept = kept
        self._own = CollectorRegistry()
        self._words = {meter.name: _words(meter) for meter in METERS}
        self._made = {meter.name: _made(meter, self._own) for meter in METERS if meter.kind is not Kind.READ}

    @classmethod
    def shared(cls, kept: Path, process: str) -> "Meters":
        """``process``: its name in the tree, under which it goes on where one of that name left off."""
        os.environ[_FOLDER] = str(kept)
        values.ValueClass = values.MultiProcessValue(lambda: process)  # type: ignore[no-untyped-call]
        return cls(kept)

    @property
    def registry(self) -> CollectorRegistry:
        """Of all processes, as it stands now."""
        if self._kept is None:
            return self._own
        summed = CollectorRegistry()
        MultiProcessCollector(summed, path=str(self._kept))  # type: ignore[no-untyped-call]
        return summed

    def total(self, meter: Meter) -> float:
        """Of a gauge without labels, over all processes."""
        found = (each for family in self.registry.collect() for each in family.samples if each.name == meter.name)
        return sum(each.value for each in found)

    def count(self, meter: Meter, amount: float = 1, **labels: str) -> None:
        self._of(meter, labels).inc(amount)

    def observe(self, meter: Meter, took_us: int, **labels: str) -> None:
        self._of(meter, labels).observe(took_us / 1e6)

    def set(self, meter: Meter, value: float, **labels: str) -> None:
        self._of(meter, labels).set(value)

    def _of(self, meter: Meter, labels: dict[str, str]) -> Any:
        """A Counter, Gauge or Histogram, as its meter says."""
        made, words = self._made[meter.name], self._words[meter.name]
        closed = {name: _closed(said, words[name]) for name, said in labels.items()}
        return made.labels(**closed) if closed else made


def _words(meter: Meter) -> dict[str, frozenset[str] | None]:
    """By label; None where routes are its words."""
    if meter is HTTP:
        return {ROUTE: None, **{label: frozenset(words) for label, words in HTTP_LABELS.items()}}
    return {meter.label: frozenset(meter.words)} if meter.label else {}


def _closed(said: str, words: frozenset[str] | None) -> str:
    return said if words is None or said in words else OTHER


def _made(meter: Meter, registry: CollectorRegistry) -> Made:
    """All that can be counted begins with 0, so that the first one is seen as an increase.

    A gauge does so too: what a process of this name said last, before it died, is not so any more.
    """
    words = _words(meter)
    names = tuple(words)
    made: Made
    match meter.kind:
        case Kind.COUNTER:
            made = Counter(meter.name, meter.help, names, registry=registry)
        case Kind.HISTOGRAM:
            made = Histogram(meter.name, meter.help, names, registry=registry, buckets=meter.buckets)
        case _:
            made = Gauge(meter.name, meter.help, names, registry=registry, multiprocess_mode="sum")
    if meter is HTTP:
        return made
    for each in product(*(sorted(listed or ()) for listed in words.values())):
        one = made.labels(*each) if each else made
        if isinstance(one, Gauge):
            one.set(0)
    return made
