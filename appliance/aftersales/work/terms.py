"""The terms of work orders, read from a file: hours, times by priority, each kind's team, and how teams assign."""

import tomllib
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from appliance.aftersales.work.hours import Hours
from appliance.aftersales.work.model import Priority, Team, WorkOrderKind
from appliance.errors import ConfigurationError

SHIPPED = Path(__file__).with_name("terms.toml")
Skill = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]


class Assignment(StrEnum):
    LEAST_LOADED = "least_loaded"
    FIRST_COME = "first_come"


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Times(_Part, frozen=True):
    """Minutes of working time."""

    response_min: Annotated[int, Meta(ge=1, le=100_000)]
    resolution_min: Annotated[int, Meta(ge=1, le=100_000)]
    warn_percent: Annotated[int, Meta(ge=1, le=99)]


class KindTerms(_Part, frozen=True):
    team: Team
    priority: Priority
    skills: tuple[Skill, ...] = ()
    tells_customer: bool = False
    """Whether its customer hears in the conversation when it is taken up and when it is resolved."""


class Deadlines(msgspec.Struct, frozen=True):
    response_due_at: datetime
    due_at: datetime
    warn_at: datetime


class Terms(_Part, frozen=True):
    hours: Hours
    priorities: dict[Priority, Times]
    teams: dict[Team, Assignment]
    kinds: dict[WorkOrderKind, KindTerms]
    answer_within_days: Annotated[int, Meta(ge=1, le=365)] = 7
    """Of the calendar."""

    def __post_init__(self) -> None:
        missing = (
            *(f"priorities.{each}" for each in Priority if each not in self.priorities),
            *(f"teams.{each}" for each in Team if each not in self.teams),
            *(f"kinds.{each}" for each in WorkOrderKind if each not in self.kinds),
        )
        if missing:
            raise ConfigurationError(f"work order terms: missing are {', '.join(missing)}")

    def deadlines(
        self, priority: Priority, opened_at: datetime, clock_since: datetime, waited: timedelta = timedelta()
    ) -> Deadlines:
        """On the business clock: the response from the opening, the resolution from when its clock began.

        ``waited``: working time for which that clock stood still.
        """
        times = self.priorities[priority]
        whole = timedelta(minutes=times.resolution_min)
        return Deadlines(
            response_due_at=self.hours.after(opened_at, timedelta(minutes=times.response_min)),
            due_at=self.hours.after(clock_since, whole + waited),
            warn_at=self.hours.after(clock_since, whole * times.warn_percent / 100 + waited),
        )


def load_terms(path: Path) -> Terms:
    """ConfigurationError names the file, the key and what is wrong."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Terms)
    except OSError as unread:
        raise ConfigurationError(f"{path}: cannot be read: {unread.strerror}") from unread
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as wrong:
        raise ConfigurationError(f"{path}: {wrong}") from wrong


@cache
def shipped_terms() -> Terms:
    return load_terms(SHIPPED)
