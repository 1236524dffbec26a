"""``install.sh``: it looks before it touches, and each refusal is one line with its cure."""

import fcntl
import os
import shutil
import subprocess
import sys
import tomllib
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
    shutil.copytree(ROOT / "appliance" / "setup", folder / "appliance" / "setup")
    (folder / "appliance" / "__init__.py").touch()
    (folder / "models" / "catalog").mkdir(parents=True)
    shutil.copy(ROOT / "models" / "catalog" / "profiles.toml", folder / "models" / "catalog")
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
    script = f"set -Eeuo pipefail; command=voice; steps={steps}; source {steps}/say-things.sh; source {steps}/{name}"
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
    done = _install(checkout, "demo", first=pretend)
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


def test_an_installation_that_is_only_shown_changes_nothing(checkout: Path, pretend: Path) -> None:
    before = sorted(path.relative_to(checkout) for path in checkout.rglob("*"))
    answers = checkout.parent / "answers.toml"
    answers.write_text('state_dir = "/var/lib/there-is-no-such-place/main"\nport = 1\naccept = ["memory", "cpus"]\n')
    done = _install(checkout, "--dry-run", "--answers", str(answers), first=pretend)
    assert "== what would be done: install" in done.stdout
    assert done.stdout.endswith("== nothing was changed\n")
    assert sorted(path.relative_to(checkout) for path in checkout.rglob("*")) == before


def test_every_question_can_be_printed(checkout: Path, pretend: Path) -> None:
    done = _install(checkout, "--print-answers", first=pretend)
    assert (done.returncode, tomllib.loads(done.stdout)["mode"], _touched(checkout)) == (0, "native", False)


def test_an_unpacked_bundle_is_asked_and_no_registry(checkout: Path, pretend: Path) -> None:
    (checkout / "bundle" / "wheels").mkdir(parents=True)
    (checkout / "bundle" / "manifest.json").touch()
    _program(pretend, "python3", 'case "$*" in *download*) echo asked >&2; exit 1 ;; esac\nexec /usr/bin/env true')
    done = _install(checkout, "demo", first=pretend)
    assert "packages come from the bundle" in done.stdout
    assert "registry" not in done.stdout + done.stderr


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
    assert named == ["[--answers", "--print-answers", "uninstall", "voice", "demo", "test"]


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


@pytest.mark.parametrize("was_cut_off", [False, True])
def test_an_environment_that_was_cut_off_before_it_had_pip_is_made_anew(checkout: Path, *, was_cut_off: bool) -> None:
    """Debian's Python cannot give it pip: one that only answers stands in."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(checkout / ".venv")], check=True)
    if not was_cut_off:
        (packages,) = (checkout / ".venv" / "lib").glob("python3*/site-packages")
        (packages / "pip").mkdir()
        (packages / "pip" / "__main__.py").write_text("print('pip 1')\n")
    asked = "source <(sed -n '/^is_usable/,/^}/p' compose/install/make-venv.sh); is_usable"
    done = subprocess.run(["bash", "-c", asked], cwd=checkout, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is not was_cut_off, done.stderr


def test_two_installers_do_not_work_in_one_folder(checkout: Path) -> None:
    folder = os.open(checkout, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        refused = _step(checkout, "lock-folder.sh")
    finally:
        os.close(folder)
    assert (refused.returncode, "another ./install.sh works in " in refused.stderr) == (1, True)
    assert _step(checkout, "lock-folder.sh").returncode == 0


def _environment_with(checkout: Path, package: str) -> Path:
    """An environment with one package in it, and where that lies."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(checkout / ".venv")], check=True)
    [packages] = (checkout / ".venv" / "lib").glob("python3*/site-packages")
    (packages / f"{package}.py").write_text("FACT = 1\n")
    (packages / f"{package}-1.dist-info").mkdir()
    (packages / f"{package}-1.dist-info" / "RECORD").write_text(f"{package}.py,,\n")
    (checkout / ".venv" / "installed").write_text("these versions\n")
    for ours in ("models", "security"):
        (checkout / ours).mkdir(exist_ok=True)
    return packages


def _compiles(checkout: Path, package: str, folder: Path) -> bool:
    """Whether a process of the environment, that may write nothing, compiles what it imports."""
    said = subprocess.run(
        [checkout / ".venv/bin/python", "-B", "-P", "-v", "-c", f"import {package}"],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert f"import '{package}'" in said
    return f"code object from {folder / package}" in said


def test_what_was_installed_is_compiled_and_the_lists_of_files_are_as_pip_wrote_them(checkout: Path) -> None:
    packages = _environment_with(checkout, "something")
    record = packages / "something-1.dist-info" / "RECORD"
    before = record.read_bytes()
    assert _compiles(checkout, "something", packages)
    done = _step(checkout, "compile-python.sh")
    assert (done.returncode, done.stderr) == (0, "")
    assert not _compiles(checkout, "something", packages)
    assert not _compiles(checkout, "appliance", checkout)
    assert record.read_bytes() == before


def test_what_changed_since_is_compiled_anew_and_packages_only_with_new_versions(checkout: Path) -> None:
    _environment_with(checkout, "something")
    assert "compiling the packages" in _step(checkout, "compile-python.sh").stdout
    changed = checkout / "appliance" / "__init__.py"
    changed.write_text("FACT = 2\n")
    os.utime(changed, (1, 1))  # another second than that of what was compiled
    assert _compiles(checkout, "appliance", checkout)
    assert "compiling the packages" not in _step(checkout, "compile-python.sh").stdout
    assert not _compiles(checkout, "appliance", checkout)
    (checkout / ".venv" / "installed").write_text("other versions\n")
    assert "compiling the packages" in _step(checkout, "compile-python.sh").stdout


def test_a_source_that_cannot_be_compiled_ends_the_installation_with_its_name(checkout: Path) -> None:
    _environment_with(checkout, "something")
    (checkout / "models" / "broken.py").write_text("def\n")
    done = _step(checkout, "compile-python.sh")
    assert done.returncode != 0
    assert "sources were not compiled" in done.stderr
