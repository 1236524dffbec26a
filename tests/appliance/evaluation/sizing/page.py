"""The two tables of ``docs/scaling.md``, computed."""

from appliance.evaluation.sizing import capacity, queueing
from appliance.evaluation.sizing.model import Demand
from appliance.evaluation.sizing.sizes import size_of

_COLUMNS = (
    "peak turns",
    "processor for turns",
    "customers at once",
    "web workers",
    "phone lines",
    "disk",
    "people",
)


def sizes() -> list[str]:
    rows = []
    for per_day in (10_000, 100_000, 1_000_000, 10_000_000):
        found = size_of("x", Demand(conversations_per_day=per_day), capacity.shipped()).lines
        values = {line.name: line.value for line in found}
        rows.append(_row(f"{per_day:,}", *(f"{values[name]:,g}" for name in _COLUMNS)))
    return rows


def queue() -> list[str]:
    service_s = capacity.shipped().cpu_ms_per_turn / 1000
    return [
        _row(
            str(cores),
            f"{busy:g}",
            f"{cores * busy / service_s:.0f}",
            f"{queueing.waits(cores, cores * busy):.3f}",
            f"{queueing.mean_wait_s(cores, cores * busy, service_s) * 1000:.1f}",
        )
        for cores in (2, 8, 64)
        for busy in (0.5, 0.7, 0.9)
    ]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
