"""Processor time of a process and all its descendants, as the kernel counts it."""

import os
from collections import defaultdict
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_MOST_LOOKS = 20


def cpu_s(root: int) -> float:
    """Of ``root``, of every living process below it, and of their children that have ended.

    One that ends while it is looked for would be missed, with all it spent: so until two looks find the same processes,
    as long as they do not come and go all the time.
    """
    spent = _spent_below(root)
    for _ in range(_MOST_LOOKS):
        before, spent = spent.keys(), _spent_below(root)
        if before == spent.keys():
            break
    return sum(spent.values())


def _spent_below(root: int) -> dict[int, float]:
    """Seconds of each process of the tree."""
    children: dict[int, list[int]] = defaultdict(list)
    spent: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _fields(folder)):
            pid = int(folder.name)
            children[int(fields[1])].append(pid)
            spent[pid] = sum(map(int, fields[11:15])) * _TICK_S
    tree, waiting = {}, [root]
    while waiting:
        pid = waiting.pop()
        tree[pid] = spent.get(pid, 0.0)
        waiting += children[pid]
    return tree


def _fields(folder: Path) -> list[str]:
    """What follows the name in ``stat``: state, parent, …, utime, stime, cutime, cstime."""
    try:
        return (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
