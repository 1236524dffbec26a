"""``install.sh``: it looks before it touches, and each refusal is one line with its cure."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The installer alone, in a folder whose name has a space."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ROOT / "compose" / "install", folder / "compose" / "install")
    shutil.copy(ROOT / "install.sh", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def pretend(tmp_path: Path) -> Path:
    """A folder first on PATH, for programs that answer as told."""
    folder = tmp_path / "pretend"
    folder.mkdir()
    return folder


def _program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _install(checkout: Path, *words: str, first: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """PYTHON of whoever runs the tests would come before the Python that pretends."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHON"}
    return subprocess.run(
        [str(checkout / "install.sh"), *words],
        env={**inherited, "PATH": f"{first}:{os.environ['PATH']}", **environment},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def _step(checkout: Path, name: str) -> "subprocess.CompletedProcess[str]":
    """One step of it, after what every step rests on."""
    steps = "compose/install"
    script = f"set -Eeuo pipefail; command=install; steps={steps}; source {steps}/say-things.sh; source {steps}/{name}"
    return subprocess.run(["bash", "-c", script], cwd=checkout, capture_output=True, text=True, check=False)


def _touched(checkout: Path) -> bool:
    return (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("name", "answer", "complaint"),
    [
        ("uname", "echo Darwin", "FAIL: expected Linux, found Darwin. Cure: "),
        ("getconf", "exit 1", "FAIL: expected glibc, found another C library. Cure: "),
        ("df", "printf 'x\\n/dev/x 9 9 12 9 /\\n'", "FAIL: expected at least 1500 MB free in "),
    ],
)
def test_a_machine_that_does_not_fit_is_refused_untouched(
    checkout: Path, pretend: Path, name: str, answer: str, complaint: str
) -> None:
    _program(pretend, name, answer)
    done = _install(checkout, first=pretend)
    assert (done.returncode, done.stderr.startswith(complaint), done.stderr.count("\n")) == (1, True, 1)
    assert "Cure: " in done.stderr
    assert not _touched(checkout)


def test_an_old_python_is_refused_untouched(checkout: Path, pretend: Path) -> None:
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        _program(pretend, name, '[ "$1" = --version ] && echo Python 3.9.2')
    done = _install(checkout, first=pretend)
    assert done.stderr.startswith("FAIL: expected Python 3.11 or newer, found Python 3.9.2. Cure: ")
    assert not _touched(checkout)


def test_a_registry_that_does_not_answer_is_named_with_its_cure(checkout: Path, pretend: Path) -> None:
    _program(
        pretend,
        "python3",
        'case "$*" in *download*) echo "no route" >&2; exit 1 ;; *--version*) echo Python 3.12.1 ;; esac',
    )
    done = _install(checkout, first=pretend)
    assert done.stderr.startswith("FAIL: the package registry does not give click==")
    assert "no route. Cure: check the network" in done.stderr
    assert not _touched(checkout)


def test_an_unknown_command_is_refused(checkout: Path, pretend: Path) -> None:
    done = _install(checkout, "fly", first=pretend)
    assert (done.returncode, done.stderr) == (
        1,
        "FAIL: there is no command 'fly'. Cure: ./install.sh --help lists them\n",
    )


def test_help_names_every_command(checkout: Path, pretend: Path) -> None:
    done = _install(checkout, "--help", first=pretend)
    assert done.returncode == 0
    named = [line.split()[1] for line in done.stdout.splitlines() if "./install.sh" in line]
    assert named[1:] == ["voice", "demo", "test"]


@pytest.mark.parametrize(
    ("state_dir", "fate"),
    [
        ("{checkout}/var", "they go when this folder is deleted"),
        ("/var/lib/aftersales-appliance/a checkout-123456", "they stay when this folder is deleted"),
    ],
)
def test_it_says_where_the_data_is_and_whether_it_goes_with_the_folder(
    checkout: Path, state_dir: str, fate: str
) -> None:
    place = state_dir.format(checkout=checkout)
    (checkout / ".venv" / "bin").mkdir(parents=True)
    _program(checkout / ".venv" / "bin", "appliance", f"""printf '# Where\\nstate_dir = "%s"\\n' '{place}'""")
    said = _step(checkout, "report-state.sh").stdout
    assert f"data and keys are kept in {place}: {fate}" in said
    assert (f"rm -rf '{place}'" in said) == (fate == "they stay when this folder is deleted")


def test_settings_that_are_refused_do_not_end_the_installation(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    _program(checkout / ".venv" / "bin", "appliance", "echo 'appliance: bad' >&2; exit 2")
    done = _step(checkout, "report-state.sh")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "appliance: bad\n")


def test_tests_take_no_unknown_option() -> None:
    done = subprocess.run(
        ["bash", str(ROOT / "compose/install/run-tests.sh"), "--fast"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "there is no option '--fast'. Cure: " in done.stderr) == (2, True)


@pytest.mark.control("M-25")
def test_every_dependency_is_pinned_to_the_tested_version() -> None:
    lines = (ROOT / "compose/install/constraints.txt").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#") and "==" not in line] == []


@pytest.mark.skipif(
    shutil.which("shellcheck") is None,
    reason=f"shellcheck is not here: {os.environ.get('TEST_SHELLCHECK', './install.sh test fetches it')}",
)
def test_the_scripts_pass_shellcheck() -> None:
    scripts = [ROOT / "install.sh", ROOT / ".ci/run", *sorted((ROOT / "compose/install").glob("*.sh"))]
    done = subprocess.run(
        ["shellcheck", "-x", "-S", "warning", *map(str, scripts)], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
