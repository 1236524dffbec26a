"""Puts what keeps the product under systemd into the system's folders, and takes it away again.

The units, the rules of the kernel and the users come from ``appliance deploy`` of the installed version: there is one
template of each, in ``appliance/deployment``. Only files that changed are written.
"""

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.setup import claim
from appliance.setup.record import FOLDER, Installed
from appliance.setup.running import Teller, attempt, call

USER: Final = "aftersales"
ENGINES: Final = "aftersales-models"
UNIT: Final = "aftersales.service"
TARGET: Final = "aftersales.target"
RULES_UNIT: Final = "aftersales-egress.service"
RULES: Final = Path("/etc/aftersales-appliance/rules.nft")
_UNITS: Final = Path("/etc/systemd/system")
_PLACES: Final = {
    "aftersales-sysusers.conf": Path("/etc/sysusers.d/aftersales.conf"),
    "journald@aftersales.conf": Path("/etc/systemd/journald@aftersales.conf"),
}
_GONE: Final = ("aftersales-certificates.timer", "aftersales-certificates.service")
"""Of older versions: the worker does by the clock what they did."""
_STAMP: Final = Path("/var/lib/systemd/timers/stamp-aftersales-certificates.timer")
"""systemd's own note of when that timer last ran: it outlives the unit."""
_JOURNALS: Final = (Path("/var/log/journal"), Path("/run/log/journal"))
_ENABLED: Final = (TARGET, UNIT)
_SHARED_MODE: Final = 0o1775
"""Of the state directory: the product makes what it needs there, and cannot replace what root wrote beside it."""


def nft() -> str | None:
    return shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def place(installed: Installed, state_dir: Path, name_servers: Sequence[str], teller: Teller) -> bool:
    """Users, units and rules as this version has them; whether anything is another than before."""
    made = state_dir / FOLDER / "units"
    shutil.rmtree(made, ignore_errors=True)
    loader = nft()
    words = [installed.command, "deploy", "units", "--to", str(made), "--profile", installed.profile]
    words += ["--root", installed.folder, "--user", USER, "--engine-user", ENGINES]
    call(teller, [*words, *(["--nft", loader] if loader else ["--without-rules"])], state_dir)
    changed = [_put(_PLACES.get(path.name, _UNITS / path.name), path.read_text("utf-8")) for path in _files(made)]
    call(teller, ["systemd-sysusers", str(_PLACES["aftersales-sysusers.conf"])], None)
    hand_over(state_dir)
    if loader:
        words = [installed.command, "deploy", "rules", "--user", USER, "--engine-user", ENGINES]
        servers = [word for each in name_servers for word in ("--name-server", each)]
        changed.append(_put(RULES, call(teller, [*words, *servers], state_dir)))
    _drop_gone()
    call(teller, ["systemctl", "daemon-reload"], None)
    return any(changed)


def _drop_gone() -> None:
    """A version that is gone back to writes its own anew."""
    for name in _GONE:
        if (_UNITS / name).is_file():
            attempt(["systemctl", "disable", "--now", name], None)
            (_UNITS / name).unlink()
    _STAMP.unlink(missing_ok=True)


def hand_over(state_dir: Path) -> None:
    """What is the installation's there is whose the product runs as, but the installer's own records and the settings.
    What anybody else put beside it stays his. No link is followed."""
    owner = pwd.getpwnam(USER)
    theirs = {each.name for each in claim.own(state_dir)} - {FOLDER, claim.SETTINGS}
    for path, folders, files, at in os.fwalk(state_dir):
        if Path(path) == state_dir:
            folders[:], files[:] = theirs & {*folders}, theirs & {*files}
        for each in (*folders, *files):
            os.chown(each, owner.pw_uid, owner.pw_gid, dir_fd=at, follow_symlinks=False)
    _keep_settings(state_dir / claim.SETTINGS, owner.pw_gid)
    os.chown(state_dir, 0, owner.pw_gid)
    state_dir.chmod(_SHARED_MODE)


def _keep_settings(file: Path, group: int) -> None:
    """Root's, and the product's to read: what they let it reach root loads into the kernel. A link is a site's own."""
    if file.is_symlink() or not file.is_file():
        return
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fchown(descriptor, 0, group)
        os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode) & ~0o022 | 0o040)
    finally:
        os.close(descriptor)


def start(teller: Teller, *, is_changed: bool) -> None:
    """Enabled and running when this returns: the unit says itself when it is ready."""
    if is_changed and nft():
        call(teller, ["systemctl", "enable", RULES_UNIT], None)
        call(teller, ["systemctl", "restart", RULES_UNIT], None)
    call(teller, ["systemctl", "enable", *_ENABLED], None)
    verb = "restart" if is_changed else "start"
    done = attempt(["systemctl", verb, UNIT], None)
    if done.returncode != 0:
        journal = attempt(["journalctl", "--namespace=aftersales", "--unit", UNIT, "--lines", "30", "--no-pager"], None)
        teller.note(journal.stdout)
        call(teller, ["systemctl", "start", UNIT], None)
    call(teller, ["systemctl", "start", *_ENABLED], None)


def stop(teller: Teller) -> None:
    """Stopped, and not started by the machine either: what goes down half-way must not serve from half a change."""
    if (_UNITS / UNIT).exists():
        call(teller, ["systemctl", "disable", "--now", *_ENABLED], None)


def remove(teller: Teller) -> list[str]:
    """What was put outside our folders, but the users: files elsewhere may be theirs. Returns what was removed."""
    attempt(["systemctl", "disable", "--now", *_ENABLED, RULES_UNIT], None)
    there = [*sorted(_UNITS.glob("aftersales*")), *_PLACES.values(), RULES, _STAMP]
    removed = [path for path in there if path.is_file()]
    for path in removed:
        path.unlink()
    if RULES.parent.is_dir() and not any(RULES.parent.iterdir()):
        RULES.parent.rmdir()
    call(teller, ["systemctl", "daemon-reload"], None)
    return list(map(str, removed))


def journals() -> list[Path]:
    """Where journald keeps what the units wrote; their namespace has a folder of its own for each machine's number."""
    return sorted(each for place in _JOURNALS for each in place.glob(f"*.{USER}") if each.is_dir())


def keep_rules(installed: Installed, settings: Path, state_dir: Path, rules: Path, loader: str, teller: Teller) -> None:
    """Of containers: the unit that loads those rules before the network is up, and nothing else."""
    with tempfile.TemporaryDirectory() as made:
        words = ["env", f"APPLIANCE_CONFIG={settings}", installed.command, "deploy", "units", "--to", made]
        words += ["--profile", installed.profile, "--root", installed.folder, "--nft", loader]
        call(teller, [*words, "--rules-file", str(rules)], state_dir)
        _put(_UNITS / RULES_UNIT, (Path(made) / RULES_UNIT).read_text("utf-8"))
    call(teller, ["systemctl", "daemon-reload"], None)
    call(teller, ["systemctl", "enable", RULES_UNIT], None)
    call(teller, ["systemctl", "restart", RULES_UNIT], None)


def drop_rules(rules: Path, teller: Teller) -> list[str]:
    """That unit, where it loads those; returns what was removed."""
    unit = _UNITS / RULES_UNIT
    if not unit.is_file() or str(rules) not in unit.read_text("utf-8"):
        return []
    attempt(["systemctl", "disable", "--now", RULES_UNIT], None)
    unit.unlink()
    call(teller, ["systemctl", "daemon-reload"], None)
    return [str(unit)]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _put(path: Path, text: str) -> bool:
    if path.is_file() and path.read_text("utf-8") == text:
        return False
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.new")
    scratch.write_text(text, encoding="utf-8")
    scratch.rename(path)
    return True
