"""What is installed, and how far an installation has come: two small files in the state directory, replaced whole.

One installer at a time holds the lock, and every program that it calls; the kernel lets go of it when they are gone.
"""

import dataclasses
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from appliance.setup.errors import Refused
from appliance.setup.faults import Fault

FOLDER: Final = "install"
POINTER: Final = ".state-dir"
"""In the folder of a version: where its state directory is."""
_LOCK: Final = "lock"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """One version in its folder."""

    version: str
    revision: str
    folder: str
    profile: str
    mode: str
    service: str
    host: str
    port: int
    name: str

    @property
    def command(self) -> str:
        return str(Path(self.folder) / ".venv" / "bin" / "appliance")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What is under way: from which version to which, and the steps behind it."""

    before: Installed | None
    after: Installed
    done: tuple[str, ...] = ()
    failure: str = ""
    """Why it is being rolled back; empty while it goes forward."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What an upgrade has found out, besides its steps; its roll-back needs it."""

    faults: tuple[Fault, ...] = ()
    """What was wrong while it still served."""
    was_ready: bool = True
    """Whether all of it ran."""
    is_stopping: bool = False
    """Whether the old one was about to be stopped: before that nothing of it was touched."""
    saved_at: str = ""
    """The second that data and keys were copied at, all of it stopped."""
    has_run_since: bool = False
    """Whether a version was found running since then: what it wrote is not in the copy."""
    is_changing: bool = False
    """Whether the new version was about to change what was copied: a later copy would be none of the old one."""
    has_started: bool = False
    """Whether the new version was about to be started: from then on it may have served, and written."""
    is_declared: bool = False
    """Whether the old one, put back, was told so."""

    @property
    def may_have_served(self) -> bool:
        """Since the copy: what was written then is lost by putting it back."""
        return self.has_started or self.has_run_since


class Records:
    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.folder = state_dir / FOLDER
        self._installed = self.folder / "installation.json"
        self._progress = self.folder / "progress.json"
        self._known = self.folder / "known.json"
        self._migrations = self.folder / "migrations.json"

    @property
    def log(self) -> Path:
        return self.folder / "install.log"

    @property
    def snapshot(self) -> Path:
        return self.folder / "before"

    @property
    def half_snapshot(self) -> Path:
        return self.folder / "before.making"

    def is_ours(self) -> bool:
        """Whether an installer ever worked here; what it began, took away or was cut off in leaves its traces, too."""
        marks = (self._installed, self._progress, self.log)
        return (self.folder / _LOCK).is_file() and any(each.is_file() for each in marks)

    def holds_more_than_its_lock(self) -> bool:
        """Cut off before its first word, an installer leaves the lock alone."""
        return self.folder.is_dir() and any(each.name != _LOCK for each in self.folder.iterdir())

    def installed(self) -> Installed | None:
        tree = _read(self._installed)
        try:
            return None if tree is None else Installed(**tree)
        except TypeError as stranger:
            raise Refused(
                f"{self._installed} was written by another version", "use the install.sh of the newest one"
            ) from stranger

    def progress(self) -> Progress | None:
        tree = _read(self._progress)
        if tree is None:
            return None
        before = tree["before"]
        return Progress(
            before=None if before is None else Installed(**before),
            after=Installed(**tree["after"]),
            done=tuple(tree["done"]),
            failure=tree["failure"],
        )

    def known(self) -> Known:
        """Nothing, where no upgrade has looked."""
        tree = _read(self._known)
        if tree is None:
            return Known()
        try:
            return Known(**{**tree, "faults": tuple(Fault(**each) for each in tree["faults"])})
        except (TypeError, KeyError) as stranger:
            raise Refused(
                f"{self._known} was written by another version", "use the install.sh of the one that began the upgrade"
            ) from stranger

    def put_known(self, known: Known) -> None:
        _write(self._known, dataclasses.asdict(known))

    def put_installed(self, installed: Installed) -> None:
        """With the tables that its folder brought, which tell another commit of the same version from it."""
        _write(self._migrations, {"names": migrations_in(Path(installed.folder))})
        _write(self._installed, dataclasses.asdict(installed))

    def migrations(self) -> list[str] | None:
        """None where the installer of before did not note them."""
        tree = _read(self._migrations)
        return None if tree is None else list(tree["names"])

    def put_progress(self, progress: Progress) -> None:
        _write(self._progress, dataclasses.asdict(progress))

    def end_progress(self) -> None:
        """What was known goes last: a roll-back that has to go on needs it, and the next upgrade begins it anew."""
        self._progress.unlink(missing_ok=True)
        self._known.unlink(missing_ok=True)

    def forget(self) -> None:
        """Nothing is installed any more, nor under way."""
        self.end_progress()
        self._installed.unlink(missing_ok=True)
        self._migrations.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Refused while another installer works here, or what one that was killed had begun."""
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        file = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        os.set_inheritable(file, True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise Refused(
                f"another installation works in {self.state_dir}, or a program that it began",
                f"wait for its end; 'fuser -v {self.folder}/{_LOCK}' names it",
            ) from None
        try:
            yield
        finally:
            os.close(file)


def migrations_in(folder: Path) -> list[str]:
    """Of a version, by name."""
    return sorted(path.name for path in (folder / "appliance" / "db" / "migrations").glob("*.sql"))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        tree: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as damaged:
        raise Refused(
            f"{path} cannot be read ({damaged})", "call as the user who installed, or restore the file"
        ) from damaged
    return tree


def _write(path: Path, tree: dict[str, Any]) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    with scratch.open("w", encoding="utf-8") as file:
        json.dump(tree, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    scratch.rename(path)
