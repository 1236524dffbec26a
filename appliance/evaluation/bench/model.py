"""What a bench says: named measures, each with what it is measured against, and on which machine."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from appliance.errors import ApplianceError
from appliance.evaluation.percentile import percentile


class NotMeasured(ApplianceError):
    """What was to be measured did not work, so there is no number."""

    code = "not_measured"


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """What does not apply is None. ``ratio`` is value over baseline."""

    name: str
    unit: str
    value: float | None
    baseline: float | None = None
    ratio: float | None = None
    p50: float | None = None
    p95: float | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    measures: tuple[Measure, ...]
    machine: dict[str, Any]

    def as_json(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def rate(name: str, value: float, baseline: float | None = None) -> Measure:
    return _measure(name, "1/s", value, baseline)


def latency(name: str, values_ms: Sequence[float], baseline_ms: Sequence[float] = ()) -> Measure:
    """Its value is the median."""
    p50, p95 = percentile(values_ms, 0.5), percentile(values_ms, 0.95)
    made = _measure(name, "ms", p50, percentile(baseline_ms, 0.5))
    return msgspec.structs.replace(made, p50=_rounded(p50), p95=_rounded(p95))


def compared(name: str, unit: str, value: float, baseline: float) -> Measure:
    return _measure(name, unit, value, baseline)


def plain(name: str, unit: str, value: float) -> Measure:
    return _measure(name, unit, value, None)


def machine() -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def print_report(report: Report, console: Console) -> None:
    table = Table("measure", "value", "baseline", "ratio", "p50", "p95", box=None, pad_edge=False)
    for each in report.measures:
        shown = [_shown(value) for value in (each.baseline, each.ratio, each.p50, each.p95)]
        table.add_row(each.name, f"{_shown(each.value)} {each.unit}", *shown)
    console.print(table)
    console.print(", ".join(f"{key}: {value}" for key, value in report.machine.items()), soft_wrap=True)


def _measure(name: str, unit: str, value: float | None, baseline: float | None) -> Measure:
    ratio = value / baseline if value is not None and baseline else None
    return Measure(name=name, unit=unit, value=_rounded(value), baseline=_rounded(baseline), ratio=_rounded(ratio))


def _rounded(value: float | None) -> float | None:
    """Four significant digits: no measurement here is worth more."""
    return None if value is None else float(f"{value:.4g}")


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _first(file: str, key: str) -> str | None:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)
