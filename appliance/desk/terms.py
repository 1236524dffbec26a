"""The terms of the desk, read from a file: hours, skill groups, routes, priorities."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from appliance.aftersales.work.hours import Hours
from appliance.config_voice import DIALPLAN_PLACE
from appliance.conversation.model import Channel
from appliance.desk.model import Priority
from appliance.errors import ConfigurationError
from models.commands import Flow, HandoffReason

SHIPPED = Path(__file__).with_name("terms.toml")
GroupName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]

DialplanPlace = Annotated[str, Meta(pattern=rf"^({DIALPLAN_PLACE})?$(?!\n)")]
"""``context,extension``, or empty"""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class GroupTerms(_Part, frozen=True):
    most_waiting: Annotated[int, Meta(ge=1, le=100_000)]
    answer_within_s: Annotated[int, Meta(ge=1, le=86_400)] = 30
    """What the service level measures by, on the wall and in reports."""
    transfer_to: DialplanPlace = ""
    """Where the telephone system moves a call for this group; empty: where ``voice.people`` says."""


class Route(_Part, frozen=True):
    group: GroupName
    flows: tuple[Flow, ...] = ()
    reasons: tuple[HandoffReason, ...] = ()
    channels: tuple[Channel, ...] = ()

    def fits(self, flow: str | None, reason: str, channel: str) -> bool:
        return (
            (not self.flows or flow in self.flows)
            and (not self.reasons or reason in self.reasons)
            and (not self.channels or channel in self.channels)
        )


class Terms(_Part, frozen=True):
    hours: Hours
    groups: dict[GroupName, GroupTerms]
    routes: tuple[Route, ...]
    head_start_s: dict[Priority, Annotated[int, Meta(ge=0, le=86_400)]]
    priorities: dict[HandoffReason, Priority]

    def __post_init__(self) -> None:
        if unknown := {route.group for route in self.routes} - self.groups.keys():
            raise ConfigurationError(f"desk terms: a route names the group {min(unknown)}, which is not there")
        if not self.routes or self.routes[-1] != Route(group=self.routes[-1].group):
            raise ConfigurationError("desk terms: the last route must name nothing but a group, so that it fits all")
        if missing := [each for each in Priority if each not in self.head_start_s]:
            raise ConfigurationError(f"desk terms: head_start_s.{missing[0]} is missing")

    @property
    def targets(self) -> dict[str, int]:
        """Of each group, the seconds within which who asks for a person is to have one."""
        return {name: self.groups[name].answer_within_s for name in sorted(self.groups)}


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
