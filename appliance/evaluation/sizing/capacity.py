"""What was measured: the table that ships, or this machine's own benches."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from appliance.errors import ConfigurationError
from appliance.evaluation.sizing.model import Capacity

SHIPPED: Final = Path(__file__).with_name("capacity.toml")
_MEASURES: Final = ("cpu_ms_per_turn", "turns_per_conversation", "memory_kb_per_connection", "tls_kb_per_connection")


class _Measure(msgspec.Struct, frozen=True):
    name: str
    value: Any


class _Report(msgspec.Struct, frozen=True):
    """Of what a bench writes, what is read here."""

    measures: list[_Measure]
    machine: dict[str, Any]


def shipped() -> Capacity:
    return msgspec.convert(tomllib.loads(SHIPPED.read_text(encoding="utf-8")), Capacity)


def of_benches(files: Sequence[Path]) -> Capacity:
    """What these files of ``appliance bench … --json`` say; the rest is the shipped table's. ConfigurationError."""
    known = shipped()
    for file in files:
        try:
            report = msgspec.json.decode(file.read_bytes(), type=_Report)
            found = {
                each.name: msgspec.convert(each.value, float) for each in report.measures if each.name in _MEASURES
            }
        except (OSError, UnicodeDecodeError, msgspec.DecodeError) as wrong:
            raise ConfigurationError(f"{file}: expected what 'appliance bench text --json' writes ({wrong})") from wrong
        machine = ", ".join(f"{name}: {value}" for name, value in report.machine.items())
        if not found or min(found.values()) <= 0:
            raise ConfigurationError(f"{file}: holds none of {', '.join(_MEASURES)}, or one that is no amount")
        still = tuple(name for name in known.guessed_too if name not in found)
        where = {"machine": machine, "measured_at": "", "note": f"of {file.name}"}
        changed: dict[str, Any] = {**found, **where, "guessed_too": still}
        known = msgspec.structs.replace(known, **changed)
    return known
