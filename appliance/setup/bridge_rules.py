"""The kernel's rules beside containers: which of their bridges may begin what, by a table of our own.

Networks without a way out and the gate keep the containers in. The rules hold where somebody changed a network, and
count what was refused. Docker's own stay. A site with rules of its own (docs/deployment.md) keeps those, and nothing
is laid over them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.setup import containers, systemd
from appliance.setup.answers import Service
from appliance.setup.errors import StepFailed
from appliance.setup.record import Installed
from appliance.setup.running import Teller, attempt, call, complaint

TABLE: Final = ("inet", "aftersales")
_CURE: Final = "see that the kernel has nf_tables and that this is root; then run ./install.sh again"


def file_of(state_dir: Path) -> Path:
    return containers.server(state_dir) / "rules.nft"


def load(installed: Installed, state_dir: Path, trunks: Sequence[str], teller: Teller) -> None:
    """Before a container is started. What keeps them from being loaded is said with its cure, and holds up nothing."""
    if systemd.RULES.exists():
        teller.say(f"{systemd.RULES} has rules of this machine: they are kept as they are, and none are loaded here")
        return
    loader = systemd.nft()
    if loader is None:
        _warn(
            teller,
            "no rules of the kernel are loaded: there is no nft",
            "install nftables, then run ./install.sh again",
        )
        return
    file, settings = file_of(state_dir), containers.settings(installed, state_dir)
    words = ["env", f"APPLIANCE_CONFIG={settings}", installed.command, "deploy", "rules", "--containers"]
    words += [word for each in trunks for word in ("--sip-trunk", each)]
    file.write_text(call(teller, words, state_dir), encoding="utf-8")
    done = attempt([loader, "-f", str(file)], None)
    if done.returncode != 0:
        _warn(teller, f"the kernel does not take the rules of {file}: {complaint(done.stderr, done.stdout)}", _CURE)
        return
    teller.say(f"the kernel's rules for the bridges of the containers are loaded: {file}")
    _keep(installed, settings, state_dir, loader, teller)


def _keep(installed: Installed, settings: Path, state_dir: Path, loader: str, teller: Teller) -> None:
    """Over a restart of the machine, where systemd can do it."""
    file = file_of(state_dir)
    by_hand = f"load them before Docker starts: {loader} -f {file}"
    if installed.service != Service.SYSTEMD:
        _warn(teller, "nothing loads the kernel's rules after a restart of the machine", by_hand)
        return
    try:
        systemd.keep_rules(installed, settings, state_dir, file, loader, teller)
    except StepFailed as failed:
        _warn(teller, f"{systemd.RULES_UNIT} does not load the kernel's rules: {failed.found}", by_hand)


def remove(state_dir: Path, teller: Teller) -> list[str]:
    """Table, file and unit, if they are ours; returns what was removed. The containers have to be down."""
    file, loader = file_of(state_dir), systemd.nft()
    if not file.is_file():
        return []
    removed = systemd.drop_rules(file, teller)
    if loader and not systemd.RULES.exists() and attempt([loader, "delete", "table", *TABLE], None).returncode == 0:
        removed.append(f"the kernel's table {' '.join(TABLE)}")
    file.unlink()
    return [*removed, str(file)]


def _warn(teller: Teller, found: str, cure: str) -> None:
    teller.say(f"WARNING: {found}. Cure: {cure}")
