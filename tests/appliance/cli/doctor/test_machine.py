"""What is wrong with the machine, made so: a full disk, little memory, low limits, an old Python, a taken port."""

import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.cli import findings_machine
from appliance.cli.findings import CHECKS
from appliance.config import Settings
from appliance.installation.model import Grade
from appliance.setup import machine
from tests.appliance.cli.doctor.conftest import Doctor, as_owner, changed

fault = pytest.mark.fault
_ASK = """
import asyncio, json, sys
from appliance.cli import findings_machine
from appliance.config import Settings
grade, found, cure = asyncio.run(getattr(findings_machine, sys.argv[1])(Settings(state_dir=sys.argv[2])))
print(json.dumps({"grade": grade, "found": found, "cure": cure}))
"""


def said(doctor: Doctor, place: Path, *before: str, **environment: str) -> dict[str, str]:
    """By a doctor in a process of his own, under what ``before`` makes of it."""
    argv = [*before, sys.executable, "-c", _ASK, CHECKS[doctor.check].__name__, str(place)]
    done = subprocess.run(argv, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def in_a_small_disk(options: str, place: Path) -> list[str]:
    return with_mounted(f'-t tmpfs -o {options} none "{place}"')


def with_mounted(words: str) -> list[str]:
    """In a namespace of its own; skipped where that is not allowed."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("no namespace can be made here")
    return ["unshare", "-rm", "sh", "-c", f'mount {words} && exec "$@"', "sh"]


@fault("python", "Python 3.10.9", "install Python 3.11 or newer")
async def test_a_python_that_is_too_old_is_found(
    doctor: Doctor, patient: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an older one calls itself; what is written for a newer one it could not even read."""
    await doctor.is_content(patient)
    monkeypatch.setattr(findings_machine, "sys", SimpleNamespace(version_info=(3, 10, 9, "final", 0)))
    await doctor.finds(patient)


@fault("memory", "256 MB of memory", "more memory")
def test_a_memory_that_is_too_small_is_found(doctor: Doctor, tmp_path: Path) -> None:
    assert said(doctor, tmp_path)["grade"] == "ok"
    small = tmp_path / "meminfo"
    small.write_text("MemTotal:         262144 kB\nMemFree:           65536 kB\n")
    found = said(doctor, tmp_path, *with_mounted(f'--bind "{small}" /proc/meminfo'))
    assert (found["grade"], found["found"]) == ("wrong", "256 MB of memory")
    assert "more memory" in found["cure"]


def _kernel_says(monkeypatch: pytest.MonkeyPatch, state: int) -> None:
    """To adjtimex(2), which no namespace can be given an answer of its own."""
    library = SimpleNamespace(adjtimex=lambda _: state)
    fake = SimpleNamespace(CDLL=lambda *_, **__: library, create_string_buffer=ctypes.create_string_buffer)
    monkeypatch.setattr(machine, "ctypes", fake)


@fault("kept clock", "nobody keeps the clock right", "chrony")
async def test_a_clock_that_nobody_keeps_is_found(
    doctor: Doctor, patient: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kernel_says(monkeypatch, 0)
    await doctor.is_content(patient)
    _kernel_says(monkeypatch, 5)
    await doctor.finds(patient)
    _kernel_says(monkeypatch, -1)
    seen = await doctor.looks(patient)
    assert (seen.grade, "chronyc tracking" in seen.cure) == (Grade.SKIPPED, True)


@fault("disk", "MB free", "make room")
def test_a_disk_that_is_nearly_full_is_found(doctor: Doctor, tmp_path: Path) -> None:
    found = said(doctor, tmp_path, *in_a_small_disk("size=8m", tmp_path))
    assert (found["grade"], "8 MB free" in found["found"], "make room" in found["cure"]) == ("wrong", True, True)


@fault("disk", "files can still be made", "inodes")
def test_a_disk_without_inodes_is_found(doctor: Doctor, tmp_path: Path) -> None:
    found = said(doctor, tmp_path, *in_a_small_disk("size=90%,nr_inodes=64", tmp_path))
    assert (found["grade"], "files can still be made" in found["found"]) == ("wrong", True)
    assert "inodes" in found["cure"]


@fault("open files", "a process may hold 512", "LimitNOFILE")
def test_a_low_limit_of_open_files_is_found(doctor: Doctor, tmp_path: Path) -> None:
    found = said(doctor, tmp_path, "sh", "-c", 'ulimit -n 512 && exec "$@"', "sh")
    assert (found["grade"], "a process may hold 512" in found["found"]) == ("warning", True)
    assert "LimitNOFILE" in found["cure"]


@fault("locale", "files and terminals are read as", "LANG=C.UTF-8")
def test_a_locale_without_utf_8_is_found(doctor: Doctor, tmp_path: Path) -> None:
    found = said(doctor, tmp_path, LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert (found["grade"], "are read as ascii" in found["found"]) == ("warning", True)
    assert said(doctor, tmp_path, LC_ALL="C.UTF-8")["grade"] == "ok"


@fault("time zones", "there is no time zone", "tzdata")
async def test_a_time_zone_that_is_not_known_is_found(doctor: Doctor, patient: Settings) -> None:
    await doctor.is_content(patient)
    seen = await doctor.finds(changed(patient, "reports", zone="Asia/Atlantis"))
    assert "reports.zone" in seen.found


@fault("port", "Address already in use", "choose another web.port")
async def test_a_port_that_another_holds_is_found(doctor: Doctor, patient: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        mine = changed(patient, "web", port=other.getsockname()[1])
        await doctor.finds(mine)
    await doctor.is_content(mine)


@fault("clock", "the clock went back", "put the clock right")
async def test_a_clock_that_went_back_behind_the_log_is_found(doctor: Doctor, logged: Settings, owner_url: str) -> None:
    await doctor.is_content(logged)
    await as_owner(owner_url, "ALTER TABLE audit_checkpoint DISABLE TRIGGER ALL")
    await as_owner(owner_url, "ALTER TABLE audit_checkpoint NO FORCE ROW LEVEL SECURITY")
    await as_owner(owner_url, "UPDATE audit_checkpoint SET created_at = now() + interval '1 day'")
    await doctor.finds(logged)
