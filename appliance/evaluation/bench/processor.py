"""Processor time of a process and all its descendants, as the kernel counts it."""

import os
from collections import defaultdict
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(root: int) -> float:
    """Of ``root``, of every living process below it, and of their children that have ended."""
    children: dict[int, list[int]] = defaultdict(list)
    spent: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _fields(folder)):
            pid = int(folder.name)
            children[int(fields[1])].append(pid)
            spent[pid] = sum(map(int, fields[11:15])) * _TICK_S
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        total += spent.get(pid, 0.0)
        waiting += children[pid]
    return total


def _fields(folder: Path) -> list[str]:
    """What follows the name in ``stat``: state, parent, …, utime, stime, cutime, cstime."""
    try:
        return (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
