"""Reads suites of labelled messages (CONTRACTS, "Suite: understanding").

Labels that nothing could meet are refused (``labels``). A key that no case has is told and not read: files of other
makers may hold remarks of their own, but a misspelt key would change what is asked.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from appliance.errors import InvalidInput
from appliance.evaluation import labels, lines
from appliance.understanding.scoring import Case
from models.commands import Context, KnownLine, KnownOrder

_SHAPES: dict[str, type[msgspec.Struct]] = {"$": Case, "context": Context, "orders": KnownOrder, "lines": KnownLine}


def load(suites: Sequence[Path], warn: Callable[[str], object] = str) -> list[Case]:
    """Every case. InvalidInput names file and line; ``warn`` is told of unknown keys."""

    def parse(line: bytes, where: str) -> Case:
        raw = msgspec.json.decode(line)
        for key, at in _unknown(raw, "$"):
            warn(f"{where}: the key {key!r} in {at} is unknown and was not read")
        return _case(raw)

    return lines.read(suites, parse)


def _case(raw: Any) -> Case:
    if not isinstance(raw, dict) or not isinstance(raw.get("context"), dict):
        raise InvalidInput("a case is an object with id, text, context and expect; context is an object")
    context = {key: value for key, value in raw["context"].items() if value is not None}
    case = msgspec.convert({**raw, "context": context}, Case)
    if wrong := list(labels.faults(case)):
        raise InvalidInput("; ".join(wrong))
    return case


def _unknown(raw: Any, shape: str) -> Iterator[tuple[str, str]]:
    if isinstance(raw, list):
        for each in raw:
            yield from _unknown(each, shape)
        return
    if not isinstance(raw, dict):
        return
    known = _SHAPES[shape].__struct_fields__
    for key, value in raw.items():
        if key not in known:
            yield key, "the case" if shape == "$" else shape
        elif key in _SHAPES:
            yield from _unknown(value, key)
