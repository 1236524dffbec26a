"""The command as a script sees it: exit codes, one line for an error, and nothing loaded that is not asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.cli.main import COMMANDS


def _appliance(*words: str, state_dir: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    base = {key: value for key, value in os.environ.items() if not key.startswith(("APPLIANCE_", "DATABASE_URL"))}
    return subprocess.run(
        [sys.executable, "-m", "appliance.cli.main", *words],
        env={**base, "APPLIANCE_STATE_DIR": str(state_dir), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, tmp_path: Path) -> None:
    done = _appliance(name, "--help", state_dir=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[0].startswith(f"Usage: appliance {name}")) == (0, True)


def test_what_is_said_of_policy_is_what_it_does(tmp_path: Path) -> None:
    words = "Check a policy pack, compare two, try a draft on the past."
    assert words in " ".join(_appliance("--help", state_dir=tmp_path).stdout.split())
    assert words in " ".join(_appliance("policy", "--help", state_dir=tmp_path).stdout.split())


def test_help_loads_no_part_of_the_product(tmp_path: Path) -> None:
    code = (
        "import sys; from appliance.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "loaded = {name for name in sys.modules if name.startswith('appliance.')}\n"
        "may = {f'appliance.{each}' for each in ('cli', 'cli.main', 'cli.guarding', 'cli.owner', 'errors')}\n"
        "print(sorted(loaded - may), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_an_unknown_command_is_wrong_use(tmp_path: Path) -> None:
    done = _appliance("fly", state_dir=tmp_path)
    assert (done.returncode, "No such command 'fly'" in done.stderr) == (2, True)


def test_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "appliance.toml").write_text("[web]\nprot = 1\n")
    done = _appliance("status", state_dir=tmp_path)
    expected = f"appliance: {tmp_path}/appliance.toml: web: Object contains unknown field `prot`\n"
    assert (done.returncode, done.stderr) == (2, expected)


def test_the_whole_error_is_shown_on_request(tmp_path: Path) -> None:
    (tmp_path / "appliance.toml").write_text("prot = 1\n")
    done = _appliance("status", state_dir=tmp_path, APPLIANCE_DEBUG="1")
    assert "Traceback" in done.stderr


def test_nothing_runs_is_said_and_is_not_success(tmp_path: Path) -> None:
    done = _appliance("status", state_dir=tmp_path)
    assert (done.returncode, done.stdout.startswith(f"nothing runs in {tmp_path}")) == (1, True)
    assert _appliance("status", "--json", state_dir=tmp_path).stdout == "null\n"


def test_talking_to_what_does_not_run_is_said_at_once(tmp_path: Path) -> None:
    done = _appliance("chat", "--customer", "demo-gu", state_dir=tmp_path)
    expected = f"appliance: no appliance runs in {tmp_path}: start it with 'appliance up'\n"
    assert (done.returncode, done.stderr) == (1, expected)


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    done = _appliance("down", state_dir=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"nothing runs in {tmp_path}\n")


def test_the_doctor_finds_what_is_missing_and_names_a_cure(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "postgres-appliance_login").touch(mode=0o644)
    done = _appliance("doctor", "--json", state_dir=tmp_path)
    found = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 1
    assert found["python"]["grade"] == "ok"
    assert (found["state"]["grade"], found["state"]["cure"].startswith("chmod 600 ")) == ("wrong", True)
    assert found["processes"] == {
        "check": "processes",
        "grade": "wrong",
        "found": "nothing runs",
        "cure": "start it: 'appliance up'",
        "needed": "every process of the plan ready",
        "may_pass": False,
    }
    assert all(finding["cure"] for finding in found.values() if finding["grade"] != "ok")


def test_the_example_of_the_settings_is_one_that_is_taken(tmp_path: Path) -> None:
    example = _appliance("config", "example", state_dir=tmp_path).stdout
    (tmp_path / "appliance.toml").write_text(example)
    shown = _appliance("config", "show", state_dir=tmp_path)
    assert (shown.returncode, f'state_dir = "{tmp_path}"' in shown.stdout) == (0, True)


def test_a_stopped_appliance_is_one_finding_with_its_cure_and_no_bare_lines(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "postgres-appliance_login").touch(mode=0o600)
    done = _appliance("doctor", "--json", state_dir=tmp_path)
    found = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert (done.returncode, done.stderr) == (1, "")
    for check in ("postgres", "migrations", "login", "worker"):
        assert found[check]["found"].startswith("the database does not answer")
        assert "\n" not in found[check]["found"]
        assert found[check]["cure"] == "start it: 'appliance up'"
