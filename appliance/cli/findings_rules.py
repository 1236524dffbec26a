"""What ``appliance doctor`` and ``status`` say of the kernel's rules, the wall behind the guards: are they loaded?

They go by the user who runs the product, so there are none where that is nobody of its own. Only root may ask the
kernel; whoever else asks is told so.
"""

import os
import pwd
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from appliance.cli.findings_outcome import Outcome, is_kept_elsewhere, well, wrong
from appliance.config import Settings
from appliance.db.embedded.account import NAME
from appliance.installation.model import Grade
from security.egress import rules

UNIT: Final = Path("/etc/systemd/system/aftersales-egress.service")
USER: Final = NAME


class Wall(StrEnum):
    LOADED = "loaded"
    GONE = "gone"
    """The unit loaded them, and somebody took them away."""
    UNSEEN = "unseen"
    NONE = "none"


IN_WORDS: Final[Mapping[Wall, str]] = {
    Wall.LOADED: "the kernel's rules are loaded",
    Wall.GONE: "the kernel's rules are not loaded: see 'appliance doctor'",
    Wall.UNSEEN: "root alone can see whether the kernel's rules are loaded",
    Wall.NONE: "no rules of the kernel are loaded: the guards and your network alone keep in what runs here",
}


def wall() -> Wall:
    if not UNIT.is_file() or not _is_its_user():
        return Wall.NONE
    match rules.is_loaded():
        case True:
            return Wall.LOADED
        case False:
            return Wall.GONE
        case None:
            return Wall.UNSEEN


def _is_its_user() -> bool:
    try:
        return pwd.getpwnam(USER).pw_uid == os.geteuid()
    except KeyError:
        return False


async def loaded(settings: Settings) -> Outcome:
    if is_kept_elsewhere(settings):
        where = "on that machine, as root: 'nft list table inet aftersales' (docs/deployment.md)"
        return Grade.SKIPPED, "the rules of its machine a container cannot see", where
    match wall():
        case Wall.LOADED:
            return well(IN_WORDS[Wall.LOADED])
        case Wall.GONE:
            cure = "as root: 'systemctl reload aftersales-egress'; then find out who flushed them"
            return wrong("the kernel's rules are not loaded, though their unit is there", cure)
        case Wall.UNSEEN:
            return Grade.SKIPPED, IN_WORDS[Wall.UNSEEN], "as root: 'appliance doctor'"
        case Wall.NONE:
            return Grade.SKIPPED, IN_WORDS[Wall.NONE], "./install.sh loads them under systemd (docs/deployment.md)"
