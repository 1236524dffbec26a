"""Taking it away again: the service alone, or keys and data with it, after a person has typed which ones.

What is sealed opens under keys only, so destroying them destroys it wherever a copy lies. Overwriting a file is no
promise on solid-state disks and on file systems that copy; the record says what was done, and what was not.
"""

import fcntl
import json
import os
import pwd
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Final

from appliance.setup import audit_log, claim, containers, services, systemd, wiping
from appliance.setup.errors import Refused, StepFailed
from appliance.setup.record import FOLDER, POINTER, Installed, Progress, Records
from appliance.setup.running import Teller

_SYSTEM: Final = Path("/var/lib/aftersales-appliance")


def uninstall(
    folder: Path, state_dir: Path, teller: Teller, *, destroy: bool, typed: str | None, record_dir: Path
) -> Path | None:
    """Returns the record of what was destroyed, if anything was. Refused without the words that are to be typed."""
    records = Records(state_dir)
    progress = records.progress()
    installed = records.installed() or (progress.after if progress else None)
    if progress is not None and progress.before is not None and not destroy:
        raise Refused(
            f"an upgrade to {progress.after.folder} is under way here",
            f"end it first: {progress.after.folder}/install.sh",
        )
    if installed is None and not destroy:
        raise Refused(
            f"nothing is installed in {state_dir}", "name the state directory in an answer file, --answers FILE"
        )
    if destroy:
        claim.refuse_strangers(state_dir)
        _confirm(state_dir, typed)
        _refuse_no_record(record_dir, state_dir)
    removed: list[str] = []
    if installed is not None:
        teller.say("stopping")
        _stop(installed, progress, state_dir, teller)
        removed = services.remove(installed, state_dir, teller)
    if not destroy:
        records.forget()
        volumes = " and in Docker's volumes" if containers.server(state_dir).is_dir() else ""
        teller.say(
            f"the service is gone; data and keys stay in {state_dir}{volumes}, and ./install.sh takes them up again"
        )
        return None
    return _destroy(folder, state_dir, installed, removed, record_dir, teller)


def _stop(installed: Installed, progress: Progress | None, state_dir: Path, teller: Teller) -> None:
    """Of an upgrade that was cut off either version may run. Refused while anything still does, whatever its folder."""
    versions = {each.folder: each for each in (installed, *((progress.after,) if progress else ()))}
    said = ""
    for each in versions.values():
        try:
            services.stop(each, state_dir, teller)
        except StepFailed as failed:
            said = f" ({failed.found})"
    if (holder := _holder(state_dir)) is not None:
        raise Refused(f"process {holder} still runs in {state_dir}{said}", f"kill {holder}, then do this again")


def _holder(state_dir: Path) -> str | None:
    """Who holds the supervisor's lock there, which the kernel lets go of when that process is gone."""
    try:
        with (state_dir / "run" / "supervisor.lock").open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return (state_dir / "run" / "supervisor.lock").read_text("utf-8").strip() or "of an unknown number"
    return None


def words_of(state_dir: Path) -> str:
    return f"destroy {state_dir}"


def _confirm(state_dir: Path, typed: str | None) -> None:
    """Typed by a person, or given whole on the command line; never assumed."""
    wanted = words_of(state_dir)
    if typed is None:
        if not sys.stdin.isatty():
            raise Refused("nobody is there to confirm", f"call it on a terminal, or say --confirm '{wanted}'")
        sys.stdout.write(f"All keys and data in {state_dir} will be destroyed; no backup opens without those keys.\n")
        typed = input(f"Type '{wanted}' to go on: ")
    if typed.strip() != wanted:
        raise Refused("that was not what had to be typed; nothing was touched", f"the words are '{wanted}'")


def _refuse_no_record(record_dir: Path, state_dir: Path) -> None:
    """Before anything is stopped."""
    volume = containers.volume(containers.STATE) if containers.server(state_dir).is_dir() else None
    for destroyed in filter(None, (state_dir, volume)):
        if record_dir.resolve().is_relative_to(destroyed.resolve()):
            raise Refused(
                f"{record_dir} lies in {destroyed}, which is destroyed; record and audit log are to outlast it",
                "name a folder outside it, --record FOLDER",
            )
    try:
        record_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failed:
        raise Refused(f"{record_dir} cannot be made: {failed.strerror}", "name another, --record FOLDER") from failed
    if not os.access(record_dir, os.W_OK | os.X_OK):
        raise Refused(f"{record_dir} cannot be written, and the record goes there", "name another, --record FOLDER")


def _stays(folder: Path, state_dir: Path, removed: list[str]) -> list[str]:
    """What is left on the machine, and is no data and no key of this installation."""
    found = [f"{folder}: the program, with its packages"]
    if named := containers.places(state_dir).values():
        outside = [each for each in named if not each.is_relative_to(state_dir)]
        found += [f"{each}: weights, or PostgreSQL's log, which opens without a key of ours" for each in outside]
        found.append("images, in Docker's own store: docker image rm")
    found += [f"{each}: the program of another version" for each in _other_versions(folder, state_dir)]
    if str(systemd.RULES) in removed:
        found.append("the kernel's rules, until the machine restarts: nft delete table inet aftersales")
    if os.geteuid() == 0:
        found += [f"{each}: what the service wrote, masked; journald drops it by age" for each in systemd.journals()]
        shared = sorted(_SYSTEM.glob("postgresql-*"))
        found += [f"{each}: a copy of PostgreSQL's programs, which other installations may use" for each in shared]
        names = [each.pw_name for each in pwd.getpwall() if each.pw_name in (systemd.USER, systemd.ENGINES)]
        found += [f"the user {name} of this system: userdel {name}" for name in names]
    return found


def _other_versions(folder: Path, state_dir: Path) -> list[Path]:
    """Folders beside this one that name the same state directory: an upgrade leaves the version before."""
    found = []
    for pointer in sorted(folder.parent.glob(f"*/{POINTER}")):
        try:
            names = pointer.read_text("utf-8").strip()
        except OSError:
            continue
        if Path(names).resolve() == state_dir and pointer.parent != folder:
            found.append(pointer.parent)
    return found


def _destroy(
    folder: Path, state_dir: Path, installed: Installed | None, removed: list[str], record_dir: Path, teller: Teller
) -> Path:
    """Of containers the product's keys and log lie in a volume, whether or not the service was taken away before."""
    is_contained = containers.server(state_dir).is_dir()
    volume = containers.volume(containers.STATE) if is_contained else None
    records_folder = Records(state_dir).folder  # copies of keys, where an upgrade was cut off or failed
    stamp, path = reserved(record_dir)
    log = _log(state_dir, volume)
    if log is not None and log.is_relative_to(volume or state_dir):
        audit_log.keep(log, record_dir / f"audit-{stamp}")
        log = record_dir / f"audit-{stamp}"
    folders = [state_dir / "secrets", containers.server(state_dir) / "secrets", records_folder]
    folders += [volume / "secrets"] if volume else []
    keys = [key for each in folders for key in wiping.keys_in(each)]
    links = [link for each in folders for link in wiping.links_in(each)]
    record: dict[str, Any] = {
        "at": stamp,
        "by_uid": os.geteuid(),
        "state_dir": str(state_dir),
        "version": installed.version if installed else None,
        "audit_log_kept_in": str(log) if log else None,
        "keys": [str(key.relative_to(state_dir) if key.is_relative_to(state_dir) else key) for key in keys],
        "emptied": [each.name for each in claim.own(state_dir)],
        "units_removed": removed,
        "not_destroyed": [
            "backups and copies of the keys that were carried elsewhere (keys split, keys save-epochs)",
            "keys in a token or device, where keys.provider is pkcs11 or sdf: delete them there",
            "what a solid-state disk or a copying file system keeps of overwritten blocks",
            "the database, where it is a server of yours",
            *(f"{link.resolve()}, which {link} led to" for link in links),
        ],
        "stays": _stays(folder, state_dir, removed),
        "is_complete": False,
    }
    _write(path, record)
    for key in keys:
        wiping.overwrite(key)
    if is_contained:
        removed += containers.remove_volumes(teller)
    _empty(state_dir)
    try:
        state_dir.rmdir()
    except OSError as kept:
        record["stays"].append(f"{state_dir}: {kept.strerror}; nothing of the installation is in it any more")
    (folder / POINTER).unlink(missing_ok=True)
    _write(path, {**record, "is_complete": True})
    return path


def _log(state_dir: Path, volume: Path | None) -> Path | None:
    """The folder of the audit log, which the settings may have put outside what is destroyed.

    Of containers that were taken away before nobody knows the profile: what either file of settings names is looked at,
    and the usual place last.
    """
    if volume is None:
        found = [audit_log.place(state_dir, state_dir / "appliance.toml")]
    else:
        files = [containers.server(state_dir) / name for name in sorted(containers.SETTINGS)]
        found = [audit_log.place(volume, each, seen_as=Path(containers.HOME)) for each in files]
        found.sort(key=lambda each: each.name == audit_log.USUAL)
    return next((each for each in found if each.is_dir()), None)


def _empty(state_dir: Path) -> None:
    """Of what is the installation's. What tells that it is ours goes last: cut off, the next call goes on."""
    records = state_dir / FOLDER
    others = [each for each in claim.own(state_dir) if each != records]
    for each in [*others, *(each for each in records.iterdir() if each.is_dir()), records]:
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()


def reserved(record_dir: Path) -> tuple[str, Path]:
    """A time and a file for the record, which no other that began in the same second has."""
    second = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    stamp, number = second, 1
    while True:
        path = record_dir / f"uninstalled-{stamp}.json"
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            number += 1
            stamp = f"{second}-{number}"
        else:
            return stamp, path


def _write(path: Path, record: dict[str, Any]) -> None:
    scratch = path.with_suffix(".new")
    with scratch.open("w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    scratch.rename(path)
