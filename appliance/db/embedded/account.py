"""Who PostgreSQL runs as. It refuses root, so root hands over to a system user made for it."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import msgspec

from appliance.errors import ConfigurationError

NAME = "aftersales"


class Account(msgspec.Struct, frozen=True):
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether it is the account that this process runs as already."""
        return self.uid == os.geteuid()

    def give(self, path: Path) -> None:
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)


def account() -> Account:
    """Ours if we are an ordinary user; as root, the system user, made on first use."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _make()
        entry = pwd.getpwnam(NAME)
    if entry.pw_uid == 0:
        raise ConfigurationError(f"the user {NAME!r} is root: PostgreSQL refuses that; remove the user and start again")
    return Account(entry.pw_uid, entry.pw_gid)


def _make() -> None:
    nologin = shutil.which("nologin", path="/usr/sbin:/sbin:/usr/bin:/bin") or "/bin/false"
    commands = (
        [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            nologin,
            NAME,
        ],
        ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", nologin, NAME],
    )
    why = "neither useradd nor adduser is installed"
    for command in commands:
        if not (program := shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")):
            continue
        done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)  # noqa: S603 (fixed words)
        if done.returncode == 0 or _exists():
            return
        why = done.stderr.strip() or f"{command[0]} ended with {done.returncode}"
    raise ConfigurationError(
        f"PostgreSQL cannot run as root and the system user {NAME!r} could not be made ({why}): make it by hand, "
        "run the appliance as an ordinary user, or set DATABASE_URL"
    )


def _exists() -> bool:
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        return False
    return True
