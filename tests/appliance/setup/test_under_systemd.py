"""Installed under the real systemd: one hardened unit, a user of its own, upgraded and taken away again."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from appliance.deployment.text import TEMPLATES
from tests.appliance.setup.old_version import ROOT
from tests.appliance.setup.systemd_machine import SystemdMachine, systemd_machine
from tests.appliance.setup.test_upgrading import copy_of
from tests.passable import passable_folder

pytestmark = [pytest.mark.soak]

PYTHON = f"/srv/python/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
STATE = "/srv/state"
ANSWERS = f'state_dir = "{STATE}"\nworkers = 1\nservice = "systemd"\naccept = ["packet filter"]\n'
COMMAND = (
    "#!/bin/sh\nexport LD_LIBRARY_PATH=/srv/python/lib\n"
    'export PYTHONPATH="{folder}:{folder}/appliance/client/intranet:/srv/packages"\n'
    f'exec {PYTHON} -P -m appliance.cli.main "$@"\n'
)
KILLED = """
import os, sys
from appliance.setup import record, __main__ as setup
note = record.Records.put_progress
def put(self, progress):
    note(self, progress)
    if progress.done[-1:] == ({step!r},):
        os._exit(9)
record.Records.put_progress = put
sys.exit(setup.main(["install", "--answers", "/srv/site/answers.toml"]))
"""
"""As a kill behind a step leaves it."""


class Site:
    def __init__(self, machine: SystemdMachine) -> None:
        self.machine = machine

    def install(self, version: str, *words: str) -> tuple[int, str, str]:
        answered = ("--answers", "/srv/site/answers.toml")
        done = self._python(version, "-m", "appliance.setup", *(words or ("install",)), *answered)
        return done.returncode, done.stdout, done.stderr

    def run(self, version: str, script: str) -> "subprocess.CompletedProcess[str]":
        return self._python(version, "-c", script)

    def _python(self, version: str, *words: str) -> "subprocess.CompletedProcess[str]":
        folder = f"/srv/site/{version}"
        environment = {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        return self.machine.run(PYTHON, "-P", *words, cwd=folder, env=environment)

    def ask(self, version: str, *words: str) -> "tuple[int, str]":
        done = self.machine.run(f"/srv/site/{version}/.venv/bin/appliance", *words, env={"APPLIANCE_STATE_DIR": STATE})
        return done.returncode, done.stdout + done.stderr

    def shown(self, unit: str, *names: str) -> list[str]:
        said = self.machine.run("systemctl", "show", unit, *(f"--property={name}" for name in names)).stdout
        values = dict(line.split("=", 1) for line in said.splitlines())
        return [values[name] for name in names]

    def log(self) -> str:
        journal = self.machine.run("journalctl", "--namespace=aftersales", "--no-pager", "--lines=60").stdout
        return self.machine.run("tail", "-n", "60", f"{STATE}/install/install.log").stdout + journal


@pytest.fixture
def site() -> Iterator[Site]:
    with passable_folder() as folder:
        place = folder / "site"
        place.mkdir(mode=0o755)
        for name in ("first", "second"):
            shutil.copytree(ROOT / "docs", copy_of(place / name, COMMAND.format(folder=f"/srv/site/{name}")) / "docs")
        (place / "answers.toml").write_text(ANSWERS)
        with systemd_machine(place) as machine:
            yield Site(machine)


@pytest.mark.control("M-05")
def test_its_unit_runs_it_as_a_user_of_its_own_through_an_upgrade_and_is_taken_away(site: Site) -> None:
    code, out, err = site.install("first")
    assert (code, err, out.count(" until ")) == (0, "", 4), site.log()

    user, pid, state, kind = site.shown("aftersales.service", "User", "MainPID", "ActiveState", "Type")
    assert (user, state, kind) == ("aftersales", "active", "notify")
    status = site.machine.run("cat", f"/proc/{pid}/status").stdout
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    assert site.machine.run("pgrep", "-u", "root", "-f", "appliance.cli.main").stdout == ""
    owners = site.machine.run("stat", "-c", "%U:%G:%a %n", STATE, f"{STATE}/secrets", f"{STATE}/install").stdout
    assert owners.splitlines() == [
        f"root:aftersales:1775 {STATE}",
        f"aftersales:aftersales:700 {STATE}/secrets",
        f"root:root:755 {STATE}/install",
    ]
    assert site.ask("first", "shop", "add", "kept", "--name", "留下的店")[0] == 0
    for words in (("status",), ("doctor",), ("audit", "verify")):
        assert site.ask("first", *words)[0] == 0
    strangers = site.machine.run("find", STATE, "-user", "root", "-not", "-path", f"{STATE}/install*").stdout
    assert sorted(strangers.split()) == [STATE, f"{STATE}/appliance.toml"]

    units = [
        f"/etc/systemd/system/{path.name.removesuffix('.j2')}" for path in (TEMPLATES / "units").glob("aftersales*")
    ]
    placed = [unit for unit in units if site.machine.run("test", "-f", unit).returncode == 0]
    assert len(placed) >= 7
    complaints = site.machine.run("systemd-analyze", "verify", "--man=no", "/etc/systemd/system/aftersales.service",
                                  "/etc/systemd/system/aftersales.target").stderr  # fmt: skip
    assert [line for line in complaints.splitlines() if "aftersales" in line] == []

    assert site.run("second", KILLED.format(step="stop")).returncode == 9
    for unit in ("aftersales.service", "aftersales.target"):
        assert site.shown(unit, "ActiveState", "UnitFileState") == ["inactive", "disabled"]
    code, out, err = site.install("second")
    assert (code, err) == (0, ""), site.log()
    assert site.shown("aftersales.service", "ActiveState", "UnitFileState") == ["active", "enabled"]
    (command,) = site.shown("aftersales.service", "ExecStart")
    assert "/srv/site/second/.venv/bin/appliance" in command
    assert [each["shop"] for each in json.loads(site.ask("second", "shop", "list", "--json")[1])] == ["kept"]

    site.machine.run("systemctl", "stop", "aftersales.service")
    assert site.shown("aftersales.service", "Result", "ActiveState") == ["success", "inactive"]
    code, out, err = site.install("second", "uninstall", "--destroy-keys", "--confirm", f"destroy {STATE}")
    assert (code, err) == (0, ""), site.log()
    left = site.machine.run("find", "/etc", "/var/lib/systemd", STATE, "-name", "*aftersales*").stdout
    assert left == ""
    record = json.loads(site.machine.run("sh", "-c", "cat /srv/uninstalled/uninstalled-*.json").stdout)
    assert "/etc/systemd/system/aftersales.service" in record["units_removed"]
    named = [each.split(": ")[0] for each in record["stays"]]
    journals = site.machine.run("find", "/var/log/journal", "-maxdepth", "1", "-name", "*.aftersales").stdout.split()
    assert journals != []
    assert set(named) >= {"/srv/site/second", "/srv/site/first", "the user aftersales of this system", *journals}
