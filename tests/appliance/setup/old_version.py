"""The sources of a commit before this one, for an upgrade from what was really there.

Taken is the one before the last change of the tables, else the one before this; only one that names the same packages
runs on those of the tests. Without any the sources of this checkout stand in, and the run says so.
"""

import io
import subprocess
import tarfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
PARTS: Final = ("appliance", "models", "security", "pyproject.toml")
_PINS: Final = ("compose/install/constraints.txt",)
_TABLES: Final = (":(glob)**/migrations/*.sql",)


def commit_before() -> str | None:
    """None: no history here, as in a shallow clone or an unpacked bundle, or none whose packages are ours."""
    changed = _git("log", "--first-parent", "-1", "--format=%H", "--", *_TABLES)
    for name in (f"{changed.strip()}~1" if changed else "", "HEAD~1"):
        commit = _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") if name else None
        if commit and _git("diff", "--quiet", commit.strip(), "--", *_PINS) is not None:
            return commit.strip()
    return None


def write_sources(commit: str, to: Path) -> None:
    packed = subprocess.run(["git", "archive", commit, *PARTS], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(to, filter="data")


def _git(*words: str) -> str | None:
    """None where it answers with an error, or is not there."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
