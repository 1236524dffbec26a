"""Root acts as whoever owns the keys of an installation, and as root where nobody else does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.cli.owner import APART

NOBODY = 65534
ACT = (
    "import os, sys\n"
    "from appliance.cli import owner\n"
    "from appliance.errors import ConfigurationError\n"
    "try:\n"
    "    owner.become(sys.argv[1:])\n"
    "except ConfigurationError as refused:\n"
    "    sys.exit(str(refused))\n"
    "print(os.getuid(), os.geteuid(), os.getgid(), os.getgroups())\n"
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def _acting(state_dir: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", ACT, *words],
        env={**os.environ, "APPLIANCE_STATE_DIR": str(state_dir)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_root_gives_up_its_rights_for_good(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    os.chown(tmp_path / "secrets", NOBODY, NOBODY)
    assert _acting(tmp_path, "backup", "x").stdout == f"{NOBODY} {NOBODY} {NOBODY} [{NOBODY}]\n"


def test_root_stays_root_where_it_owns_them_or_none_are_there(tmp_path: Path) -> None:
    assert _acting(tmp_path, "up").stdout.startswith("0 0 0 ")
    (tmp_path / "secrets").mkdir()
    assert _acting(tmp_path, "up").stdout.startswith("0 0 0 ")


@pytest.mark.parametrize(("word", "asked"), [("doctor", "0\n"), ("status", "0\n"), ("backup", "")])
def test_root_asks_for_the_kernels_rules_before_and_only_where_they_are_spoken_of(
    tmp_path: Path, word: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets").mkdir()
    os.chown(tmp_path / "secrets", NOBODY, NOBODY)
    nft = tmp_path / "nft"
    nft.write_text(f'#!/bin/sh\n/usr/bin/id -u >>"{tmp_path}/asked"\n')
    nft.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert _acting(tmp_path, word).stdout.startswith(f"{NOBODY} ")
    found = tmp_path / "asked"
    assert (found.read_text() if found.exists() else "") == asked


@pytest.mark.parametrize("word", [*sorted(APART), "--help"])
def test_a_command_that_touches_no_installation_stays_as_it_is(tmp_path: Path, word: str) -> None:
    (tmp_path / "secrets").mkdir()
    os.chown(tmp_path / "secrets", NOBODY, NOBODY)
    assert _acting(tmp_path, word).stdout.startswith("0 0 0 ")


def test_an_owner_that_is_no_user_is_said(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    os.chown(tmp_path / "secrets", 987_654, 987_654)
    done = _acting(tmp_path, "status")
    assert (done.returncode, "belongs to user 987654, who is not there" in done.stderr) == (1, True)
