"""Upgrading with data, failing half-way, being killed, removing: with the real product and database.

A version is a folder of sources; its ``appliance`` runs them with the packages of the tests. The first one is of a
commit before this (``old_version.py``), installed by its own installer. What is installed is made once for all tests
here, which take it from version to version in any order.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.setup import claim
from tests.appliance.setup.old_version import PARTS, ROOT, commit_before, write_sources
from tests.passable import passable_folder

pytestmark = pytest.mark.slow

NEXT = "appliance/db/migrations/9000_note_upgrade.sql"
AFTER_NEXT = "appliance/db/migrations/9001_note_another.sql"
COMMAND = '#!/bin/sh\nPYTHONPATH="{folder}" exec "{python}" -P -m appliance.cli.main "$@"\n'
_PATIENCE_S = 900


def copy_of(made: Path, script: str, commit: str | None = None) -> Path:
    """The sources of this checkout, or of a commit, in a folder of their own; ``script`` is its ``appliance``.

    What is built of them, the pages and the compact model, is this checkout's in any case.
    """
    made.mkdir()
    skip = shutil.ignore_patterns("node_modules")
    if commit is not None:
        write_sources(commit, made)
        shutil.copytree(ROOT / "appliance/console/dist", made / "appliance/console/dist")
    for part in PARTS if commit is None else ():
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, made / part, ignore=skip)
        else:
            shutil.copy(source, made / part)
    shutil.copytree(ROOT / "var" / "models" / "compact", made / "var" / "models" / "compact")
    command = made / ".venv" / "bin" / "appliance"
    command.parent.mkdir(parents=True)
    command.write_text(script)
    command.chmod(0o755)
    return made


class Site:
    """A machine with one state directory, and versions beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.answers = folder / "answers.toml"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.answers.write_text(f'state_dir = "{self.state}"\nport = {port}\nworkers = 1\nservice = "supervisor"\n')

    def version(self, name: str, commit: str | None = None) -> Path:
        return copy_of(self.folder / name, COMMAND.format(folder=self.folder / name, python=sys.executable), commit)

    def begin(self, version: Path, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "appliance.setup", *(words or ("install",)), "--answers", str(self.answers)],
            cwd=version, env={**os.environ, "PYTHONPATH": str(version)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def install(self, version: Path, *words: str) -> tuple[int, str, str]:
        process = self.begin(version, *words)
        out, err = process.communicate(timeout=_PATIENCE_S)
        return process.returncode, out, err

    def ask(self, version: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "APPLIANCE_STATE_DIR": str(self.state)}
        command = [str(version / ".venv/bin/appliance"), *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def installed(self) -> Path:
        return Path(json.loads((self.state / "install" / "installation.json").read_text())["folder"])

    def shops(self) -> list[str]:
        return [each["shop"] for each in json.loads(self.ask(self.installed(), "shop", "list", "--json").stdout)]

    def backups(self) -> list[Path]:
        return list((self.state / "backups").glob("before-*.csab"))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with passable_folder() as made:
        yield made
        for version in made.glob("*/.venv"):
            Site(made).ask(version.parent, "down")


@pytest.fixture(scope="module")
def made(folder: Path) -> Site:
    return Site(folder)


@pytest.fixture
def site(made: Site) -> Site:
    """A version is installed and has a shop; it may be one that another test has left."""
    if not made.state.is_dir():
        first = made.folder / "first"
        if not first.is_dir():
            made.version("first", commit_before())
        code, out, err = made.install(first)
        assert (code, err) == (0, "")
        assert (out.count(" until "), made.installed()) == (4, first)
        token = next(line.split()[1] for line in out.splitlines() if line.startswith("sys_admin"))
        assert token not in (made.state / "install" / "install.log").read_text()
        assert (made.state / "tls" / "localhost.pem").is_file()
        assert claim.strangers(made.state) == []
        assert made.ask(first, "shop", "add", "kept", "--name", "留下的店").returncode == 0
    return made


def _change_tables(version: Path, *changes: str) -> None:
    for name, change in zip((NEXT, AFTER_NEXT), changes, strict=False):
        (version / name).write_text(f"{change}\n")
        (version / name).with_suffix(".toml").write_text("")


def test_the_first_version_is_of_a_commit_before_this() -> None:
    if commit_before() is None:
        pytest.skip("there is no commit before this one with the same packages: the first version is a copy of this")


def test_installed_again_new_tokens_are_issued_because_nobody_has_used_the_first(site: Site) -> None:
    code, out, _ = site.install(site.installed())
    assert (code, out.count(" until "), site.shops()) == (0, 4, ["kept"])


def test_a_version_whose_tables_fail_changes_nothing(site: Site) -> None:
    before, failing = site.installed(), site.version("failing")
    _change_tables(failing, "CREATE TABLE half_way (n int); SELECT * FROM there_is_no_such_table;")
    code, out, err = site.install(failing)
    assert (code, "was never started, so nothing was served" in out) == (1, True)
    assert "the upgrade failed and was rolled back" in err
    assert "there_is_no_such_table" in err
    assert (site.installed(), site.shops(), site.ask(before, "status").returncode) == (before, ["kept"], 0)


def test_an_upgrade_that_was_killed_goes_on_and_one_that_fails_late_goes_back(site: Site) -> None:
    second, third = site.version("second"), site.version("third")
    _change_tables(second, "CREATE TABLE was_upgraded (n int);")
    saved = len(site.backups())
    process = site.begin(second)
    progress = site.state / "install" / "progress.json"
    deadline = time.monotonic() + _PATIENCE_S
    while "snapshot" not in (progress.read_text() if progress.exists() else ""):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with (site.state / "install" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until what it had begun has ended: the next one would be refused
    refused = site.install(third)
    assert (refused[0], f"an installation of {second} is under way" in refused[2]) == (1, True)
    code, _, err = site.install(second)
    assert (code, err) == (0, ""), err
    assert (site.installed(), site.shops()) == (second, ["kept"])
    assert len(site.backups()) == saved + 1
    assert not (site.state / "install" / "before").exists()
    assert site.ask(second, "audit", "verify").returncode == 0

    (third / "appliance" / "app" / "worker.py").write_text("raise SystemExit(2)\n")
    _change_tables(third, "CREATE TABLE was_upgraded (n int);", "CREATE TABLE was_here (n int);")
    code, out, err = site.install(third)
    assert (code, "rolled back" in err, "it is reconciling" in out) == (1, True, True)
    assert (site.installed(), site.shops(), len(site.backups())) == (second, ["kept"], saved + 2)
    wrong = [each for each in json.loads(site.ask(second, "doctor", "--json").stdout) if each["grade"] == "wrong"]
    assert {each["check"] for each in wrong} <= {"restore", "audit"}, wrong
    assert site.ask(second, "recovery", "status").returncode == 1


def test_keys_and_data_are_destroyed_after_the_very_words_and_the_record_says_what_stays(site: Site) -> None:
    version = site.installed()
    code, _, _ = site.install(version, "uninstall", "--destroy-keys", "--confirm", "yes")
    assert (code, site.ask(version, "status").returncode) == (1, 0)
    others = [path.parent for path in site.folder.glob("*/.state-dir") if path.parent != version]
    words = ("uninstall", "--destroy-keys", "--confirm", f"destroy {site.state}")
    code, _, err = site.install(version, *words)
    assert (code, err, site.state.exists()) == (0, "", False)
    record = json.loads(next((site.folder / "uninstalled").glob("uninstalled-*.json")).read_text())
    assert record["is_complete"]
    assert "secrets/root.key" in record["keys"]
    assert list(Path(record["audit_log_kept_in"]).iterdir())
    assert {f"{each}: the program of another version" for each in others} <= set(record["stays"])
    named = {site.folder / "answers.toml", site.folder / "uninstalled", version, *others}
    assert set(site.folder.iterdir()) - named == set()
