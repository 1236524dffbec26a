"""Which command each thing is that the worker does by the clock: the same that a person would call."""

import sys
from collections.abc import Mapping
from typing import Final

from appliance.clock import Clock
from appliance.config import Settings
from appliance.installation.model import Chore
from appliance.installation.upkeep_rounds import Command, Rounds, archive_in

_APPLIANCE: Final = (sys.executable, "-m", "appliance.cli.main")


def upkeep_rounds(settings: Settings, clock: Clock) -> Rounds:
    return Rounds(settings, commands(settings), clock)


def commands(settings: Settings) -> Mapping[Chore, Command]:
    folder = settings.state_path / settings.upkeep.backup_dir
    return {
        Chore.CERTIFICATES: lambda _: (*_APPLIANCE, "certificates", "renew"),
        Chore.BACKUP: lambda began_at: (*_APPLIANCE, "backup", archive_in(folder, began_at)),
        Chore.DRILL: lambda _: (*_APPLIANCE, "recovery", "drill", str(folder)),
        Chore.EGRESS: lambda _: (*_APPLIANCE, "egress", "test", "--json"),
    }
