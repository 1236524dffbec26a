"""Root who calls a command of an installation that another user runs acts as that user.

What root wrote among its keys and logs the service could not read afterwards. It never gains a right: only root gives
one up, for the call.
"""

import os
import pwd
from pathlib import Path
from typing import Final

from appliance.errors import ConfigurationError
from security.egress import rules

APART = frozenset({"bench", "bundle", "config", "demo", "deploy", "eval", "size"})
"""Commands that write nothing into the state directory of an installation."""
_ASKING: Final = frozenset({"doctor", "selftest", "status"})
"""Commands that say whether the kernel's rules are loaded, which root alone is told: so he asks before."""


def become(words: list[str]) -> None:
    """Of whoever owns the keys there; nobody is where nothing was started yet. ConfigurationError without that user."""
    if os.geteuid() != 0 or not words or words[0] in APART or words[0].startswith("-"):
        return
    try:
        owner = _keys().stat().st_uid
    except OSError:
        return
    if owner == 0:
        return
    try:
        entry = pwd.getpwuid(owner)
    except KeyError as gone:
        raise ConfigurationError(
            f"{_keys()} belongs to user {owner}, who is not there: make that user again, or chown the state directory"
        ) from gone
    if words[0] in _ASKING:
        rules.is_loaded()
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def _keys() -> Path:
    # All settings: not where a command is only described.
    from appliance.config import default_state_dir

    return Path(os.environ.get("APPLIANCE_STATE_DIR") or default_state_dir()) / "secrets"
