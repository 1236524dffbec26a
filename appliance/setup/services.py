"""What keeps a version running: systemd, our own supervisor in the background, or Docker."""

from pathlib import Path
from typing import Final

from appliance.setup import bridge_rules, containers, systemd
from appliance.setup.answers import Answers, Mode, Service
from appliance.setup.record import Installed
from appliance.setup.running import Teller, attempt, call

READY_S: Final = 600
"""The first start makes keys, database and tables; on a busy machine that takes minutes."""


def product(installed: Installed, state_dir: Path, *words: str) -> list[str]:
    """The product's own command, wherever it runs."""
    if installed.mode == Mode.COMPOSE:
        return containers.product(installed, state_dir, *words)
    return [installed.command, *words]


def start(installed: Installed, state_dir: Path, teller: Teller, answers: Answers) -> None:
    """Runs when this returns, behind the kernel's rules where they can be loaded; StepFailed says why not."""
    if installed.mode == Mode.COMPOSE:
        bridge_rules.load(installed, state_dir, answers.sip_trunks, teller)
        containers.start(installed, state_dir, teller)
    elif installed.service == Service.SYSTEMD:
        systemd.start(teller, is_changed=systemd.place(installed, state_dir, answers.name_servers, teller))
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


def remove(installed: Installed, state_dir: Path, teller: Teller) -> list[str]:
    """What the installer put outside its folders; returns what was removed."""
    if installed.mode == Mode.COMPOSE:
        return bridge_rules.remove(state_dir, teller)
    return systemd.remove(teller) if installed.service == Service.SYSTEMD else []
