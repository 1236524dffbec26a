"""What keeps a version running: systemd, our own supervisor in the background, or Docker."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.setup import containers, systemd
from appliance.setup.answers import Mode, Service
from appliance.setup.record import Installed
from appliance.setup.running import Teller, attempt, call

READY_S: Final = 600
"""The first start makes keys, database and tables; on a busy machine that takes minutes."""


def product(installed: Installed, state_dir: Path, *words: str) -> list[str]:
    """The product's own command, wherever it runs."""
    if installed.mode == Mode.COMPOSE:
        return containers.product(installed, state_dir, *words)
    return [installed.command, *words]


def start(installed: Installed, state_dir: Path, teller: Teller, *, name_servers: Sequence[str] = ()) -> None:
    """Runs when this returns; StepFailed says why not."""
    if installed.mode == Mode.COMPOSE:
        containers.start(installed, state_dir, teller)
    elif installed.service == Service.SYSTEMD:
        systemd.start(teller, is_changed=systemd.place(installed, state_dir, name_servers, teller))
    elif attempt([installed.command, "status"], state_dir).returncode != 0:
        call(teller, [installed.command, "up", "--wait", str(READY_S)], state_dir)


def stop(installed: Installed, state_dir: Path, teller: Teller) -> None:
    """Nothing of it runs when this returns."""
    if installed.mode == Mode.COMPOSE:
        containers.stop(installed, state_dir, teller)
        return
    if installed.service == Service.SYSTEMD:
        systemd.stop(teller)
    call(teller, [installed.command, "down"], state_dir)


def remove(installed: Installed, teller: Teller) -> list[str]:
    """What the installer put outside its folders; returns what was removed."""
    if installed.service != Service.SYSTEMD or installed.mode == Mode.COMPOSE:
        return []
    return systemd.remove(teller)
