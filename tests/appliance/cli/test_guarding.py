"""Whoever calls a command by hand is guarded as the processes are: what no setting names is not reached."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.cli import guarding
from appliance.cli.main import COMMANDS
from security.egress import guard

TRY = """
import json, socket, sys
from appliance.cli import main as program
from security.egress import guard
def command(**_):
    found = guard.current()
    try:
        socket.create_connection(("192.0.2.1", 9), timeout=0.01)
    except guard.EgressRefused:
        refused = True
    except OSError:
        refused = False
    print(json.dumps([found and found.admitted, refused]))
program.appliance.main = command
program.main()
"""


def tried(state: Path, *words: str, **around: str) -> tuple[list[str] | None, bool]:
    environment = {"PATH": os.environ["PATH"], "APPLIANCE_STATE_DIR": str(state), **around}
    done = subprocess.run(
        [sys.executable, "-c", TRY, *words], env=environment, capture_output=True, text=True, check=True
    )
    admitted, refused = json.loads(done.stdout)
    return admitted, refused


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "appliance.toml").write_text('[platform]\nreach = ["10.9.9.9:443"]\n')
    return tmp_path


@pytest.mark.control("M-05")
@pytest.mark.parametrize("words", [("recovery", "settle"), ("orders", "reconcile"), ("run", "web")])
def test_a_command_reaches_what_the_settings_name_and_nobody_else(state: Path, words: tuple[str, ...]) -> None:
    admitted, refused = tried(state, *words)
    assert ("10.9.9.9:443" in (admitted or []), refused) == (True, True)
    [counted] = (state / "run" / "egress").glob(f"{'web' if words[0] == 'run' else words[0]}-*.json")
    assert json.loads(counted.read_text())["blocked"][0]["host"] == "192.0.2.1"


def test_what_listens_here_is_reached_under_the_address_that_it_has(state: Path) -> None:
    with (state / "appliance.toml").open("a") as settings:
        settings.write('[web]\nhost = "192.0.2.1"\n[voice]\nhost = "192.0.2.2"\n')
    admitted, refused = tried(state, "doctor")
    assert ({"192.0.2.1", "192.0.2.2"} <= {*(admitted or [])}, refused) == (True, False)


def test_settings_that_cannot_be_read_let_nothing_out(state: Path) -> None:
    (state / "appliance.toml").write_text("[platform\n")
    assert tried(state, "doctor") == ([], True)


def test_what_a_supervisor_said_is_what_holds(state: Path) -> None:
    assert tried(state, "run", "web", **guard.said("web-1", ["10.1.1.1:1"], "")) == (["10.1.1.1:1"], True)


def test_whoever_asks_for_help_is_told_without_the_settings(state: Path) -> None:
    for words in (("--help",), ("recovery", "settle", "--help"), ()):
        assert tried(state, *words)[0] is None


def test_the_commands_without_one_are_there_and_have_a_reason(state: Path) -> None:
    assert guarding.FREE.keys() <= COMMANDS.keys()
    assert all(guarding.FREE.values())
    assert tried(state, "bundle", "pack")[0] is None
