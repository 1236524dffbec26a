"""The folder in which the processes of one run keep what a monitoring system is told. A new run begins with none."""

import shutil
from pathlib import Path


def folder(state_dir: Path) -> Path:
    return state_dir / "run" / "metrics"


def begin(state_dir: Path) -> None:
    """Counters of a version or a number of processes that is not there any more would be summed up for ever."""
    kept = folder(state_dir)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(mode=0o700, parents=True)
