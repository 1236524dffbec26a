"""``[upkeep]``: what is done by the clock to keep the installation whole, and when."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section

_TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$(?!\n)"


class Often(StrEnum):
    NEVER = "never"
    WEEKLY = "weekly"
    """On Sundays."""
    MONTHLY = "monthly"
    """On the first Sunday."""


class UpkeepSettings(Section, frozen=True):
    """Done by the worker, in the profile production. Times are HH:MM of Asia/Shanghai; missed ones are made up for."""

    certificates_at: Annotated[
        str, Meta(pattern=_TIME, description="When certificates that run out are renewed, daily; empty: never")
    ] = "02:40"
    backup_dir: Annotated[
        str,
        Meta(description="Folder that gets a backup each night, on another disk or a share; empty: none is made"),
    ] = ""
    backup_at: Annotated[
        str, Meta(pattern=_TIME, min_length=1, description="When it is made; needs the owner of the tables")
    ] = "01:30"
    backups_kept: Annotated[
        int, Meta(ge=1, le=400, description="Nightly backups that are kept; older ones of ours are removed")
    ] = 14
    drill: Annotated[
        Often,
        Meta(
            description="How often the newest backup there is restored into a cluster that is thrown away: never, "
            "weekly (Sundays) or monthly (the first Sunday); needs room for the database once more"
        ),
    ] = Often.NEVER
    drill_at: Annotated[str, Meta(pattern=_TIME, min_length=1, description="When")] = "04:30"
    egress_at: Annotated[
        str, Meta(pattern=_TIME, description="When 'appliance egress test' is run, daily; empty: never")
    ] = "05:30"
