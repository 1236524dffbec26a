"""What is to be done here: the answers, what was found, and which of installing, upgrading or going on it comes to."""

import hashlib
import json
import os
import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from appliance.setup import carrying_over, claim, containers, sizes, systemd
from appliance.setup import machine as machines
from appliance.setup.answers import Answers, Mode, Service
from appliance.setup.checks import SYSTEMD, Check, Site, checks
from appliance.setup.record import POINTER, Installed, Progress, Records

_OF_ROOT: Final = Path("/var/lib/aftersales-appliance/main")
_OF_USER: Final = ".local/share/aftersales-appliance"


class Task(StrEnum):
    INSTALL = "install"
    REPAIR = "repair"
    """This very version is installed: whatever is missing is made."""
    UPGRADE = "upgrade"


@dataclass(frozen=True, kw_only=True)
class Situation:
    folder: Path
    state_dir: Path
    answers: Answers
    machine: machines.Machine
    profile: str
    checks: list[Check]
    installed: Installed | None
    progress: Progress | None
    wanted: Installed

    @property
    def task(self) -> Task:
        if self.installed is None:
            return Task.INSTALL
        return Task.REPAIR if self.installed.folder == self.wanted.folder else Task.UPGRADE


def state_dir_of(folder: Path, answers: Answers) -> Path:
    """As answered; else where this folder was installed into before; else the usual place of this user.

    By its own name, where a link leads to it: under that alone are its parts known.
    """
    pointer = folder / POINTER
    if answers.state_dir:
        named = Path(answers.state_dir)
    elif pointer.is_file():
        named = Path(pointer.read_text("utf-8").strip())
    else:
        named = _OF_ROOT if os.geteuid() == 0 else Path.home() / _OF_USER
    return named.resolve()


def look(folder: Path, answers: Answers) -> Situation:
    """It changes nothing. Refused for a profile that cannot be, and for what contradicts what is installed."""
    found = machines.look()
    state_dir = state_dir_of(folder, answers)
    records = Records(state_dir)
    installed, progress = records.installed(), records.progress()
    is_upgrade = installed is not None and installed.folder != str(folder)
    answers = carrying_over.settled(answers, installed, progress, state_dir, is_upgrade=is_upgrade)
    profile = sizes.choose(folder, found.cards, answers.profile)
    wanted = _wanted(folder, answers, found, profile)
    carrying_over.refuse_other_version(wanted, installed, records)
    recorded = progress.after if progress else installed
    unfinished = "" if progress is None else f"one under way to {progress.after.folder}, which is gone on with"
    site = Site(
        folder=folder,
        state_dir=state_dir,
        state_hindrance=claim.hindrance(state_dir, folder),
        folder_free_mb=machines.free_mb(folder),
        state_free_mb=machines.free_mb(state_dir),
        has_environment=(folder / ".venv" / "installed").exists(),
        port_hindrance=machines.port_hindrance(*_listens(answers)),
        tokens_hindrance="" if is_upgrade else machines.new_file_hindrance(folder / answers.tokens_file, state_dir),
        closed_parent=machines.closed_parent(state_dir),
        closed_program=machines.closed_parent(folder / "install.sh"),
        python_home=Path(sys.base_prefix),
        has_packet_filter=systemd.nft() is not None,
        is_folder_writable=os.access(folder, os.W_OK),
        installed=carrying_over.in_effect(recorded, state_dir) if recorded else None,
        unfinished=unfinished,
        bundle=bundle_of(folder),
        has_compose_file=(folder / "compose" / "server" / "compose.yaml").is_file(),
        has_images_lock=_lock(answers, state_dir).is_file(),
        has_weights=any(Path(answers.weights_dir or state_dir / "weights").glob("*/*")),
    )
    return Situation(
        folder=folder,
        state_dir=state_dir,
        answers=answers,
        machine=found,
        profile=profile,
        checks=checks(found, site, answers, profile),
        installed=installed,
        progress=progress,
        wanted=wanted,
    )


def _wanted(folder: Path, answers: Answers, found: machines.Machine, profile: str) -> Installed:
    project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    service = answers.service
    if service == Service.AUTO:
        service = Service.SYSTEMD if found.init == SYSTEMD and found.is_root else Service.SUPERVISOR
    return Installed(
        version=str(project["project"]["version"]),
        revision=str(_manifest(folder).get("revision", "")),
        folder=str(folder),
        profile=profile,
        mode=str(answers.mode),
        service=str(service),
        host=_listens(answers)[0],
        port=_listens(answers)[1],
        name=answers.name,
    )


def _listens(answers: Answers) -> tuple[str, int]:
    """In containers it is the proxy that does, for everybody."""
    return ("0.0.0.0", containers.PORT) if answers.mode == Mode.COMPOSE else (answers.host, answers.port)  # noqa: S104


def _lock(answers: Answers, state_dir: Path) -> Path:
    return Path(answers.images_lock) if answers.images_lock else containers.server(state_dir) / "images.lock"


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        tree: dict[str, Any] = json.loads((folder / "bundle" / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return tree


def bundle_of(folder: Path) -> str:
    """Whether the packages of an unpacked bundle are still those of its manifest. Its signature was checked before."""
    wheels = folder / "bundle" / "wheels"
    if not (folder / "bundle" / "manifest.json").exists():
        return "none"
    listed = {
        e["path"]: e["sha256"] for e in _manifest(folder).get("files", []) if e["path"].startswith("bundle/wheels/")
    }
    there = {f"bundle/wheels/{path.name}": path for path in wheels.glob("*")}
    if not listed or (odd := listed.keys() ^ there.keys()):
        return f"{min(odd) if listed else 'its manifest'} is missing, or was added"
    for name, path in there.items():
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != listed[name]:
                return f"{name} was changed"
    return "whole"
