"""Calling programs: what one that failed is quoted with, and that one whose installer was killed is waited for."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.setup.errors import Refused, StepFailed
from appliance.setup.record import Records
from appliance.setup.running import Teller, attempt, call, complaint

ROOT = Path(__file__).parents[3]
INSTALLER = """
import sys
from pathlib import Path
from appliance.setup.record import Records
from appliance.setup.running import attempt
with Records(Path(sys.argv[1])).locked():
    attempt([sys.executable, "-c", "import sys; open(sys.argv[1]).read()", sys.argv[2]], None)
"""
DATABASE = (
    "loading\n"
    'appliance: migration ours/9000 failed: relation "missing" does not exist\n'
    "LINE 1: CREATE TABLE a (n int); SELECT * FROM missing;\n"
    "                                              ^\n"
)


@pytest.mark.parametrize(
    ("told", "quoted"),
    [
        (
            (DATABASE, ""),
            'migration ours/9000 failed: relation "missing" does not exist '
            "LINE 1: CREATE TABLE a (n int); SELECT * FROM missing; ^",
        ),
        (("wrong    keys          the root key is gone\n\n   ^~~\n────\n", ""), "wrong keys the root key is gone"),
        (("", "only said\n"), "only said"),
        (("appliance: first\nappliance: last\n", ""), "last"),
        (("FAIL: no room. Cure: make some\n", ""), "FAIL: no room. Cure: make some"),
        (("\n", "  "), "without a word"),
    ],
)
def test_its_error_is_quoted_on_one_line(told: tuple[str, str], quoted: str) -> None:
    assert complaint(*told) == quoted


def test_an_endless_error_is_cut() -> None:
    assert len(complaint("appliance: " + "x" * 10_000)) < 700


def test_a_failed_call_names_the_log_that_holds_the_rest(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    words = [sys.executable, "-c", "import sys; print('before'); sys.exit('appliance: no key\\n  anywhere')"]
    with pytest.raises(StepFailed, match=f"ended with 1: no key anywhere. Cure: read {log}; "):
        call(Teller(log), words, None)
    assert "before" in log.read_text()


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = attempt([str(tmp_path / "absent")], None)
    assert (done.returncode, complaint(done.stderr)) == (127, f"{tmp_path}/absent: No such file or directory")


def test_what_a_killed_installer_had_begun_keeps_the_next_one_out_until_it_ends(tmp_path: Path) -> None:
    state, told = tmp_path / "state", tmp_path / "told"
    os.mkfifo(told)
    installer = subprocess.Popen([sys.executable, "-P", "-c", INSTALLER, state, told], env={"PYTHONPATH": str(ROOT)})
    with told.open("w"):  # returns once the program that it called reads
        installer.send_signal(signal.SIGKILL)
        installer.wait()
        with pytest.raises(Refused, match="or a program that it began"), Records(state).locked():
            pass
    with (state / "install" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    with Records(state).locked():
        pass


def test_what_takes_too_long_is_stopped_and_said() -> None:
    done = attempt([sys.executable, "-c", "import signal; signal.pause()"], None, longest_s=0.2)
    assert (done.returncode, done.stderr) == (124, "it had not ended after 0.2 s, and was stopped")
