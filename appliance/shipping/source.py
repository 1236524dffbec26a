"""The product's own files: what is under version control (or came in a bundle), and what was built from it.

Whatever else lies in the checkout, such as data, keys or environments, is never looked at.
"""

import calendar
import os
import subprocess
import time
from pathlib import Path
from typing import Final

import msgspec

from appliance.errors import ConfigurationError
from models.bundle.manifest import MANIFEST, parse

BUILT: Final = ("appliance/console/dist", "var/models/compact")
_BUILD: Final = "run ./install.sh here, then pack again"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    files: dict[str, Path]
    revision: str
    date: int
    """Of the revision, in seconds since 1970; ``SOURCE_DATE_EPOCH`` wins."""


def source(checkout: Path) -> Source:
    """ConfigurationError where nothing says which files are ours, or what is built from them is not current."""
    names, revision, date = _bundled(checkout) if (checkout / MANIFEST).is_file() else _tracked(checkout)
    _refuse_stale(checkout)
    built = [path.relative_to(checkout).as_posix() for folder in BUILT for path in _files(checkout / folder)]
    wanted = os.environ.get("SOURCE_DATE_EPOCH", "")
    return Source(
        files={name: checkout / name for name in sorted({*names, *built})},
        revision=revision,
        date=int(wanted) if wanted.isdigit() else date,
    )


def _tracked(checkout: Path) -> tuple[list[str], str, int]:
    revision, date = _git(checkout, "log", "-1", "--format=%H %ct").split()
    changes = _git(checkout, "status", "--porcelain", "--untracked-files=no").strip()
    names = [name for name in _git(checkout, "ls-files", "-z").split("\0") if name and (checkout / name).exists()]
    return names, f"{revision}+changes" if changes else revision, int(date)


def _bundled(checkout: Path) -> tuple[list[str], str, int]:
    manifest = parse((checkout / MANIFEST).read_bytes())
    names = [name for name in manifest.files if not name.startswith("bundle/")]
    made = time.strptime(manifest.created, "%Y-%m-%dT%H:%M:%SZ")
    return names, manifest.revision, calendar.timegm(made)


def _git(checkout: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (fixed words)
            ["git", "-c", f"safe.directory={checkout}", "-C", str(checkout), *words],  # noqa: S607
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as refused:
        raise ConfigurationError(
            f"{checkout} is neither a git checkout nor an unpacked bundle, so nothing says which files are the "
            "product's: pack from one of those"
        ) from refused
    return done.stdout


def _refuse_stale(checkout: Path) -> None:
    script = checkout / "compose" / "install" / "build-console.sh"
    done = subprocess.run(["bash", str(script), "fingerprint"], capture_output=True, text=True, check=False)  # noqa: S603, S607
    built = checkout / BUILT[0] / ".fingerprint"
    if done.returncode != 0 or not built.is_file() or built.read_text("utf-8").strip() != done.stdout.strip():
        raise ConfigurationError(f"what runs in the browser is not built, or not from these sources: {_BUILD}")
    if not (checkout / BUILT[1] / "model.json").is_file():
        raise ConfigurationError(f"the compact model is not there: {_BUILD}")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
