"""Puts the guard into an engine's own environment: a copy of its one file, and a line that imports it at each start."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from security.egress import guard
from security.errors import GuardNotPlaced

_ASK: Final = "import sysconfig; print(sysconfig.get_path('purelib'))"


def place(python: Path) -> Path:
    """Once and again: what is there already and the same stays. It does nothing without ``guard.VARIABLE``."""
    packages = _packages(python)
    copy, line = packages / f"{guard.COPIED_AS}.py", packages / f"{guard.COPIED_AS}.pth"
    wanted = Path(guard.__file__).read_bytes()
    try:
        if not copy.is_file() or copy.read_bytes() != wanted:
            shutil.copyfile(guard.__file__, copy)
        if not line.is_file():
            line.write_text(f"import {guard.COPIED_AS}\n", encoding="ascii")
    except OSError as refused:
        raise GuardNotPlaced(
            f"{packages} cannot be written to ({refused.strerror}): start once as its owner"
        ) from refused
    return copy


def is_placed(python: Path) -> bool:
    copy = _packages(python) / f"{guard.COPIED_AS}.py"
    return (
        copy.is_file() and copy.read_bytes() == Path(guard.__file__).read_bytes() and copy.with_suffix(".pth").is_file()
    )


def _packages(python: Path) -> Path:
    try:
        done = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as failed:
        raise GuardNotPlaced(f"{python} does not start: {failed}") from failed
    said = done.stdout.splitlines()
    if not said or not Path(said[-1]).is_dir():
        raise GuardNotPlaced(f"{python} does not say where its packages lie: is it a Python?")
    return Path(said[-1])
