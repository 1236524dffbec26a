"""What an upgrade of containers saves of Docker's volumes and puts back: data, keys and the log of the product.

Read and written where Docker keeps them on this machine, with every container stopped. The files of the audit log are
only added to, so what the new version added to them stays where it has been started.
"""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from appliance.setup import audit_log, containers, wiping
from appliance.setup.errors import Refused, StepFailed
from appliance.setup.record import Installed
from appliance.setup.running import Teller, attempt, call, complaint

SAVED: Final = "volumes"
"""Their folder in the snapshot."""
_SAVED: Final = (containers.STATE, "aftersales_database")


def refuse_absent() -> None:
    if absent := [name for name in _SAVED if containers.volume(name) is None]:
        raise Refused(
            f"Docker has no volume {absent[0]} on this machine, so there is nothing that could be put back",
            "start Docker; or move that volume here, or remove the record of the installation and install anew",
        )


def is_running(installed: Installed, state_dir: Path) -> bool:
    done = attempt(containers.compose(installed, state_dir, "ps", "--quiet", "web"), state_dir)
    return done.returncode == 0 and bool(done.stdout.strip())


def back_up(installed: Installed, state_dir: Path, archive: Path, teller: Teller) -> None:
    """Written by who may read every table, into the volume that web has too, and taken out of it."""
    call(teller, containers.as_owner(installed, state_dir, "backup", f"{containers.HOME}/{archive.name}"), state_dir)
    made = _there(containers.STATE) / archive.name
    shutil.copy2(made, archive)
    os.chown(archive, 0, 0)
    made.unlink()


def places() -> list[Path]:
    return [_there(name) for name in _SAVED]


def save(to: Path) -> None:
    (to / SAVED).mkdir()
    for name in _SAVED:
        _copy(_there(name), to / SAVED / name)


def log_in(before: Installed, snapshot: Path) -> Path | None:
    """Where in the product's volume the files of the audit log lie, by the settings as they were saved; None where
    those put them on another disk, which nobody puts back."""
    volume = _there(containers.STATE)
    log = audit_log.place(volume, containers.settings(before, snapshot), seen_as=Path(containers.HOME))
    return log.relative_to(volume) if log.is_relative_to(volume) else None


def put_back(snapshot: Path, *, kept: Path | None) -> None:
    """``kept``: what in the product's volume stays as it is. Cut off, the next call begins anew with the volume that
    was not whole yet."""
    for name in _SAVED:
        saved, there = snapshot / SAVED / name, _there(name)
        if not saved.is_dir():
            continue
        _replace(saved, there, kept if name == containers.STATE else None)
        saved.rename(saved.with_name(f"{name}.done"))


def _replace(saved: Path, there: Path, kept: Path | None) -> None:
    """What is in one folder by what was saved of it, but for what lies at ``kept`` in it. No link is followed."""
    first, *deeper = kept.parts if kept else ("",)
    for each in there.iterdir():
        if each.name != first:
            wiping.remove_folder(each) if each.is_dir() and not each.is_symlink() else each.unlink()
    for each in saved.iterdir():
        target = there / each.name
        if not os.path.lexists(target):
            _copy(each, target)
        elif deeper and not target.is_symlink():
            _replace(each, target, Path(*deeper))


def forget(snapshot: Path) -> None:
    """All that followed from putting them back is done, too."""
    wiping.remove_folder(snapshot / SAVED)


def declare(installed: Installed, state_dir: Path, saved_at: str) -> list[str]:
    """The database is started for it, and nothing else."""
    return containers.as_owner(installed, state_dir, "recovery", "declare", "--as-of", saved_at)


def set_wal_aside(state_dir: Path, saved_at: str) -> None:
    """PostgreSQL goes on under numbers of segments that were used since: its archiving refuses to write over them."""
    wal = containers.places(state_dir)["WAL_DIR"]
    since = datetime.fromisoformat(saved_at)
    left = [p for p in wal.iterdir() if p.is_file() and datetime.fromtimestamp(p.stat().st_mtime, UTC) >= since]
    if not left:
        return
    aside = wal / f"left-{since:%Y%m%dT%H%M%SZ}"
    aside.mkdir(mode=0o700, exist_ok=True)
    for path in left:
        path.rename(aside / path.name)


def _there(name: str) -> Path:
    found = containers.volume(name)
    if found is None:
        raise StepFailed(f"Docker has no volume {name} on this machine", "start Docker, then run ./install.sh again")
    return found


def _copy(source: Path, target: Path) -> None:
    done = subprocess.run(["cp", "-a", "--reflink=auto", "-T", "--", source, target], capture_output=True, text=True)  # noqa: S603, S607
    if done.returncode != 0:
        raise StepFailed(f"{source} could not be copied: {complaint(done.stderr)}", "make room, and start again")
