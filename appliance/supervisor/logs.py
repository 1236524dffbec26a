"""One log file a process, appended by the process itself, cut when it grows too long."""

import os
import shutil
from pathlib import Path

_LONGEST_BYTES = 20_000_000
_TAIL_BYTES = 4_096


def open_log(state_dir: Path, name: str) -> int:
    folder = state_dir / "log"
    folder.mkdir(mode=0o750, exist_ok=True)
    return os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)


def cut_long_logs(state_dir: Path, longest_bytes: int = _LONGEST_BYTES) -> None:
    """Copy to ``NAME.log.1`` and empty the file: its writer appends, so it goes on at the new end."""
    for path in (state_dir / "log").glob("*.log"):
        if path.stat().st_size > longest_bytes:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)


def last_line(state_dir: Path, name: str) -> str:
    """The last thing it said, for a message; empty if nothing."""
    try:
        with (state_dir / "log" / f"{name}.log").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").split("\n")
    except FileNotFoundError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
