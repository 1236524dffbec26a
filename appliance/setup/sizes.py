"""Which profile fits the cards that were found; the profiles stand in the catalogue of models."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from appliance.setup.answers import AUTO
from appliance.setup.errors import Refused
from appliance.setup.machine import Card

CPU: Final = "cpu"
_PROFILES: Final = "models/catalog/profiles.toml"
_MIB_PER_GIB: Final = 1024


def choose(folder: Path, cards: Sequence[Card], wanted: str) -> str:
    """The largest that fits; or the one that was asked for, if it does. Refused says what is missing."""
    listed: list[dict[str, Any]] = tomllib.loads((folder / _PROFILES).read_text("utf-8"))["profile"]
    fitting = [each for each in listed if _fits(each, cards)]
    if wanted == AUTO:
        return str(max(fitting, key=_size)["name"])
    by_name = {str(each["name"]): each for each in listed}
    if wanted not in by_name:
        raise Refused(f"there is no profile {wanted}", f"there are {AUTO}, {', '.join(by_name)}")
    if by_name[wanted] not in fitting:
        there = ", ".join(f"{card.name} {card.memory_mib / _MIB_PER_GIB:.0f} GiB" for card in cards) or "no card"
        raise Refused(
            f"the profile {wanted} needs {by_name[wanted].get('cards', 1)} of {by_name[wanted]['card_gib']:g} GiB, "
            f"found {there}",
            f"take {max(fitting, key=_size)['name']}, or see whether the driver shows all cards (nvidia-smi)",
        )
    return wanted


def _fits(profile: dict[str, Any], cards: Sequence[Card]) -> bool:
    if profile["device"] == CPU:
        return True
    large = sum(card.memory_mib / _MIB_PER_GIB >= profile["card_gib"] for card in cards)
    return bool(large >= profile.get("cards", 1))


def _size(profile: dict[str, Any]) -> tuple[bool, float]:
    return profile["device"] != CPU, profile.get("cards", 1) * profile["card_gib"]
