"""What this machine is, read from the kernel's files and a few programs. It changes nothing."""

import ctypes
import errno
import locale
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ANSWER_S: Final = 20
_UNSYNCHRONISED: Final = 5
"""What adjtimex(2) returns while the clock is not kept right."""
_TIMEX_BYTES: Final = 512
_KB_PER_MB: Final = 1024
_NVIDIA: Final = "0x10de"
_DISPLAY: Final = "0x03"
"""How the class of whatever draws or computes begins on the PCI bus."""
_NO_ADDRESS: Final = "is no address of this machine"
_HINDRANCES: Final = {
    errno.EADDRINUSE: "is in use",
    errno.EADDRNOTAVAIL: _NO_ADDRESS,
    errno.EACCES: "may be taken by root alone",
}

Ask = Callable[[Sequence[str]], str | None]
"""Runs a program and returns what it printed; None where it is missing or failed."""


@dataclass(frozen=True, kw_only=True)
class Card:
    name: str
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class Machine:
    system: str
    hardware: str
    distribution: str
    glibc: str
    python: tuple[int, int]
    cpus: int
    cpu_flags: frozenset[str]
    memory_mb: int
    is_root: bool
    init: str
    """Name of process 1."""
    is_clock_kept: bool | None
    encoding: str
    driver: str
    cards: tuple[Card, ...]
    """Those that its driver shows."""
    cards_on_bus: int
    """Of NVIDIA, whether or not a driver knows them."""
    docker: str
    compose: str
    has_nvidia_runtime: bool
    selinux: str
    apparmor: str


def look(root: Path = Path("/"), ask: Ask | None = None) -> Machine:
    ask = ask or _ask
    asked = ask(["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"]) or ""
    rows = [[part.strip() for part in line.split(",")] for line in asked.splitlines()]
    cards = [(row[0], int(row[1]), row[2]) for row in rows if len(row) == 3 and row[1].isdigit()]
    docker = ask(["docker", "version", "--format", "{{.Server.Version}}"]) or ""
    return Machine(
        system=platform.system(),
        hardware=platform.machine(),
        distribution=_distribution(root),
        glibc=platform.libc_ver()[1],
        python=sys.version_info[:2],
        cpus=len(os.sched_getaffinity(0)),
        cpu_flags=_flags(root),
        memory_mb=_memory_mb(root),
        is_root=os.geteuid() == 0,
        init=_read(root / "proc/1/comm"),
        is_clock_kept=_is_clock_kept(),
        encoding=locale.getpreferredencoding(False),
        driver=cards[0][2] if cards else "",
        cards=tuple(Card(name=name, memory_mib=memory) for name, memory, _ in cards),
        cards_on_bus=_cards_on_bus(root),
        docker=docker.strip(),
        compose=(ask(["docker", "compose", "version", "--short"]) or "").strip() if docker else "",
        has_nvidia_runtime="nvidia" in (ask(["docker", "info", "--format", "{{json .Runtimes}}"]) or "")
        if docker
        else False,
        selinux={"1": "enforcing", "0": "permissive"}.get(_read(root / "sys/fs/selinux/enforce"), "off"),
        apparmor="on" if _read(root / "sys/module/apparmor/parameters/enabled") == "Y" else "off",
    )


def _ask(words: Sequence[str]) -> str | None:
    program = shutil.which(words[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 (fixed words)
            [program, *words[1:]], capture_output=True, text=True, check=True, timeout=_ANSWER_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _cards_on_bus(root: Path) -> int:
    devices = (root / "sys/bus/pci/devices").glob("*")
    return sum(_read(each / "vendor") == _NVIDIA and _read(each / "class").startswith(_DISPLAY) for each in devices)


def _distribution(root: Path) -> str:
    lines = [line.partition("=") for line in _read(root / "etc/os-release").splitlines()]
    return next((value.strip('"') for key, _, value in lines if key == "PRETTY_NAME"), "unknown")


def _flags(root: Path) -> frozenset[str]:
    lines = [line.partition(":") for line in _read(root / "proc/cpuinfo").splitlines()]
    return frozenset(next((v for k, _, v in lines if k.strip() in {"flags", "Features"}), "").split())


def _memory_mb(root: Path) -> int:
    """Of the machine, or of the container that this runs in where that has less."""
    lines = [line.split() for line in _read(root / "proc/meminfo").splitlines()]
    total = next((int(words[1]) // _KB_PER_MB for words in lines if words and words[0] == "MemTotal:"), 0)
    limit = _read(root / "sys/fs/cgroup/memory.max")
    return min(total, int(limit) // 1024**2) if limit.isdigit() else total


def _is_clock_kept() -> bool | None:
    """As the kernel knows it from whatever keeps its time; None where it cannot be asked."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _UNSYNCHRONISED


def free_mb(path: Path) -> int:
    """On the disk that holds it, or will."""
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    return shutil.disk_usage(there).free // 1_000_000


def port_hindrance(host: str, port: int) -> str:
    """Why nothing of ours can listen there; empty where it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((host, port))
        except socket.gaierror:
            return _NO_ADDRESS
        except OSError as failed:
            return _HINDRANCES.get(failed.errno or 0, f"cannot be taken: {failed.strerror}")
    return ""


def new_file_hindrance(path: Path, state_dir: Path) -> str:
    """Why it cannot be made; empty where it can, also in the state directory that is still to be made."""
    if path.exists() or path.is_symlink():
        return "is there already"
    is_made_later = path.parent == state_dir and not state_dir.exists()
    return "" if is_made_later or os.access(path.parent, os.W_OK | os.X_OK) else "cannot be made in that folder"


def closed_parent(path: Path) -> Path | None:
    """The first folder above it that other users may not pass: PostgreSQL runs as one of those where root installs."""
    above = [each for each in path.absolute().parents if each.exists()]
    return next((each for each in above if not each.stat().st_mode & 0o001), None)
