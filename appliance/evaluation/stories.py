"""The demo's customers: cases of a suite whose dates are moved to today and whose order numbers are new at each run."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from appliance.clock import SHANGHAI
from appliance.evaluation import suite
from appliance.evaluation.model import Case

FOLDER = Path(__file__).resolve().parents[1] / "demo" / "stories"
_ORDER = re.compile(r"8000000000(\d{4})")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")


class Shop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As its customers know it."""

    name: str
    accent: str
    persona: dict[str, str]


def shop(folder: Path = FOLDER) -> Shop:
    return msgspec.toml.decode((folder / "shop.toml").read_bytes(), type=Shop)


def avatar(folder: Path = FOLDER) -> bytes:
    return (folder / "avatar.png").read_bytes()


def told_at(now: datetime, folder: Path = FOLDER) -> list[Case]:
    """Each story as if it happened now: every time in it keeps its distance from the story's own ``now``."""
    return [suite.checked(moved_to(suite.read(file), now), file) for file in sorted(folder.glob("*.yaml"))]


def moved_to(raw: Any, now: datetime) -> Any:
    """The file's content with its times moved to now, and the order numbers of this run."""
    run = now.astimezone(SHANGHAI).strftime("%m%d%H%M%S")
    by = now - datetime.fromisoformat(raw["now"]) if isinstance(raw, dict) else timedelta(0)
    return _moved(raw, by, run)


def _moved(value: Any, by: timedelta, run: str) -> Any:
    match value:
        case dict():
            return {key: _moved(each, by, run) for key, each in value.items()}
        case list():
            return [_moved(each, by, run) for each in value]
        case str() if _TIME.fullmatch(value):
            return (datetime.fromisoformat(value) + by).astimezone(SHANGHAI).isoformat(timespec="seconds")
        case str():
            return _ORDER.sub(lambda found: run + found[1], value)
        case _:
            return value
