"""What ``appliance doctor`` looks at in the machine: Python, disk, limits, clock, locale, time zones, the port."""

import os
import shutil
import socket
import sys
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.cli.findings_outcome import Outcome, is_kept_elsewhere, reading, rows, warning, well, wrong
from appliance.clock import SystemClock
from appliance.config import Settings
from appliance.installation.model import Grade
from appliance.installation.rules import LEAST_FREE_MB
from appliance.setup.machine import Machine, look
from appliance.supervisor import board, open_files

_OLDEST_PYTHON = (3, 11)
_LEAST_FREE_FILES = 10_000
_SCARCE = 0.10
"""Share of a disk that is left."""
_SKEW_S = 2.0
_LEAST_MEMORY_MB = 400
_ZONE = "Asia/Shanghai"


async def python(_: Settings) -> Outcome:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _OLDEST_PYTHON:
        return wrong(f"Python {found}", "install Python 3.11 or newer and run ./install.sh again")
    return well(f"Python {found}")


async def disk(settings: Settings) -> Outcome:
    place = next(path for path in (settings.state_path, *settings.state_path.parents) if path.exists())
    usage, files = shutil.disk_usage(place), os.statvfs(place)
    free_mb = usage.free // 1_000_000
    found = f"{free_mb} MB free in {place}"
    if free_mb < LEAST_FREE_MB:
        return wrong(found, f"make room: at least {LEAST_FREE_MB} MB, or move state_dir to another disk")
    if files.f_files and files.f_favail < _LEAST_FREE_FILES:
        return wrong(
            f"{files.f_favail} files can still be made in {place}",
            "the disk has run out of inodes: remove what consists of many small files, or move state_dir",
        )
    if usage.free < _SCARCE * usage.total:
        return warning(f"{found}, less than a tenth of it", "make room before it is full")
    return well(found)


async def open_file_limit(_: Settings) -> Outcome:
    found = f"a process may hold {open_files.most()} files and connections"
    if open_files.most() < open_files.LEAST:
        cure = f"raise the hard limit to {open_files.LEAST} (LimitNOFILE of the unit, or limits.conf), and restart"
        return warning(found, cure)
    return well(found)


async def memory(_: Settings) -> Outcome:
    machine = _machine()
    if machine.memory_mb < _LEAST_MEMORY_MB:
        return wrong(f"{machine.memory_mb} MB of memory", "give the machine or the container more memory")
    return well(f"{machine.memory_mb} MB of memory")


async def kept_clock(_: Settings) -> Outcome:
    """Whether anybody keeps this machine's clock right; containers cannot always be told."""
    match _machine().is_clock_kept:
        case True:
            return well("the kernel says that the clock is kept right")
        case False:
            return warning("nobody keeps the clock right", "set up chrony with a time server of yours")
        case None:
            return Grade.SKIPPED, "the kernel cannot be asked here", "look on the machine itself: 'chronyc tracking'"


async def clock(settings: Settings) -> Outcome:
    """Beside the database's, and beside what the log has sealed: a clock that went back makes records of tomorrow."""
    now = SystemClock().now()
    async with reading(settings) as conn:
        (found,) = await rows(conn, "clock")
    skew_s = (found["database_at"] - now).total_seconds()
    if abs(skew_s) > _SKEW_S:
        return wrong(
            f"this machine and the database's differ by {skew_s:+.0f} s",
            "let both keep time by the same server (chrony), then restart",
        )
    sealed_at = found["sealed_at"]
    if sealed_at is not None and (ahead_s := (sealed_at - now).total_seconds()) > _SKEW_S:
        return wrong(
            f"the log was sealed at {sealed_at:%Y-%m-%d %H:%M} UTC, {ahead_s:.0f} s from now: the clock went back",
            "put the clock right; until then deadlines, tokens and records carry the wrong time",
        )
    return well(f"within {_SKEW_S:g} s of the database's, and behind no record")


async def locale(_: Settings) -> Outcome:
    encoding = sys.getfilesystemencoding().lower()
    if encoding.replace("-", "") != "utf8":
        return warning(f"files and terminals are read as {encoding}", "export LANG=C.UTF-8 before 'appliance up'")
    return well("UTF-8")


async def time_zones(settings: Settings) -> Outcome:
    """Deadlines count days of China, and reports days of their own zone: both rest on the tables of time zones."""
    for name, setting in ((_ZONE, ""), (settings.reports.zone, " (reports.zone)")):
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return wrong(f"there is no time zone {name}{setting}", "install the package tzdata, or mend the setting")
    return well(f"{_ZONE} and {settings.reports.zone} are known")


async def port(settings: Settings) -> Outcome:
    """Only where ours is not listening there already."""
    if is_kept_elsewhere(settings) or board.read(settings.state_path) is not None or not settings.web.port:
        return Grade.SKIPPED, "it is ours, any, or a container's", "nothing is to be done"
    where = f"{settings.web.host}:{settings.web.port}"
    try:
        family = socket.getaddrinfo(settings.web.host, settings.web.port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((settings.web.host, settings.web.port), family=family).close()
    except OSError as taken:
        cure = f"stop what listens there ('ss -ltnp sport = :{settings.web.port}'), or choose another web.port"
        return wrong(f"cannot listen on {where}: {taken.strerror}", cure)
    return well(f"{where} is free")


def _machine() -> Machine:
    """Without asking the programs of cards and containers."""
    return look(ask=lambda _: None)
