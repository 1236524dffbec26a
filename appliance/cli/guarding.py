"""The alarm at the door (``security.egress.guard``) of a command: it reaches what the settings name, and nobody else.

The supervisor gives its children theirs. Whoever calls a command by himself, or a container that runs one process of
the tree, brings none; then the settings decide here, and where they cannot be read nothing but this machine is reached.
"""

import os
from typing import Final

from appliance.errors import ApplianceError
from security.egress import guard

FREE: Final = {
    "bundle": "packs on a machine that is connected, from registries that its own settings name",
    "egress": "knocks at every door on purpose, each try in a process of its own",
    "up": "guards itself under the supervisor's name, or starts one that does",
}
"""Commands without one, and why."""


def stand(words: list[str]) -> None:
    """Once in a process. ``words`` of a command that is only described bring none."""
    if guard.VARIABLE in os.environ:
        guard.install_from_environment()
        return
    if not words or words[0].startswith("-") or words[0] in FREE or {"-h", "--help"} & {*words}:
        return
    # All settings: not where a command is only described.
    from appliance import config
    from appliance.supervisor import egress

    name = words[1] if words[0] == "run" and len(words) > 1 else words[0]
    try:
        said = egress.environment(config.load(), name)
    except ApplianceError:
        said = guard.said(name, (), "")
    guard.install_from_environment(said)
