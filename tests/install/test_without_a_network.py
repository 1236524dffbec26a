"""An offline bundle, packed here, is unpacked, installed, tested and played where the only way out ends at a sink.

Once as root, once as an ordinary user; then the end-to-end suite (what is not slow) runs with what was installed. Not
one frame arrives.
``E2E_INSIDE`` selects its tests by other marks than ``not slow``.
"""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install.sealed import NOBODY, Sealed, python_of_all
from tests.passable import passable_folder

pytestmark = [pytest.mark.slow, pytest.mark.control("M-05")]

ROOT = Path(__file__).parents[2]
AXE = "appliance/console/node_modules/axe-core"
"""What the pages are judged with: no part of what is installed, and there where the pages were checked."""
RUN_TESTS = "import sys; sys.path.append(sys.argv[1]); import pytest; sys.exit(pytest.main(sys.argv[2:]))"
"""What is installed comes first; from the packages of the tests comes what it lacks, pytest and its plugins."""


@pytest.fixture(scope="module")
def place(network: Sealed) -> Iterator[Path]:
    with passable_folder() as made:
        yield made


@pytest.fixture(scope="module")
def python(network: Sealed) -> str:
    found = python_of_all()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def site(place: Path, network: Sealed) -> Path:
    """The bundle of this checkout, unpacked inside by what travels beside it."""
    key, bundle = place / "release.key", place / "it.bundle"
    appliance = [sys.executable, "-P", "-m", "appliance.cli.main", "bundle"]
    subprocess.run([*appliance, "key", str(key)], cwd=ROOT, check=True, capture_output=True)
    words = ["pack", "--key", str(key), "--out", str(bundle), "--work", str(place / "work"), "--without-debian"]
    packed = subprocess.run([*appliance, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert packed.returncode == 0, packed.stderr
    folder = place / "unpacked"
    opener = ("python3", place / "open-bundle.pyz", "unpack", bundle, folder, "--key", f"{key}.pub")
    opened = network.run(*opener, cwd=place)
    assert opened.returncode == 0, opened.stderr
    bundle.unlink()
    return folder


def _well(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def _home(site: Path, place: Path, user: int) -> Path:
    """With an answer file. The user takes over the folder, packages included: root installed them from the bundle."""
    home = place / f"home-{user}"
    home.mkdir()
    answers = home / "answers.toml"
    answers.write_text(f'state_dir = "{home}/state"\nport = {_port()}\nworkers = 1\nservice = "supervisor"\n')
    if user:
        for path in (home, answers):
            shutil.chown(path, user, user)
        subprocess.run(["chown", "-R", f"{user}:{user}", str(site)], check=True)
    return home


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _environment(home: Path, python: str) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home), "PYTHON": python}


def _install_and_remove(network: Sealed, site: Path, home: Path, python: str, user: int) -> None:
    env, answers, state = _environment(home, python), home / "answers.toml", home / "state"
    appliance = site / ".venv/bin/appliance"
    try:
        out = _well(network.run("./install.sh", "--answers", answers, cwd=site, env=env, user=user))
        assert "nothing is asked of a network" in out
        assert out.count(" until ") == 4, out
        assert "played 8 of 8" in (state / "install" / "install.log").read_text()
        assert _well(network.run(appliance, "status", cwd=site, env=env, user=user)).startswith("ready")
        for words in (("doctor",), ("audit", "verify")):
            _well(network.run(appliance, *words, cwd=site, env=env, user=user))
    finally:
        network.run(appliance, "down", cwd=site, env=env, user=user)
    gone = ("uninstall", "--answers", answers, "--destroy-keys", "--confirm", f"destroy {state}")
    record = ("--record", home / "uninstalled")
    _well(network.run("./install.sh", *gone, *record, cwd=site, env=env, user=user))
    assert not state.exists()


def _play(network: Sealed, site: Path, home: Path, python: str, user: int) -> None:
    env = _environment(home, python) | {"APPLIANCE_STATE_DIR": str(home / "demo")}
    played = _well(network.run("./install.sh", "demo", "--exit", cwd=site, env=env, user=user))
    assert "8 of 8 customers got what policy says" in played


@pytest.mark.parametrize("user", [0, NOBODY], ids=["root", "a user who takes it over"])
def test_installed_from_a_bundle_it_is_tested_removed_and_played_and_contacts_nobody(
    network: Sealed, site: Path, place: Path, python: str, user: int
) -> None:
    home = _home(site, place, user)
    with network.silent():
        _install_and_remove(network, site, home, python, user)
        _play(network, site, home, python, user)


def test_the_end_to_end_suite_passes_with_what_was_installed_and_contacts_nobody(
    network: Sealed, site: Path, place: Path, python: str
) -> None:
    home = place / "home-suite"
    home.mkdir()
    for part in ("tests", "docs", "compose", AXE):
        if (ROOT / part).exists():
            shutil.copytree(ROOT / part, home / part)
    shutil.copy(ROOT / "pyproject.toml", home)
    words = ("-q", "-p", "no:cacheprovider", "-m", os.environ.get("E2E_INSIDE", "not slow"), "tests/e2e")
    run_tests = (site / ".venv/bin/python", "-P", "-c", RUN_TESTS, sysconfig.get_path("purelib"), *words)
    with network.silent():
        if not (site / ".venv/installed").exists():
            _play(network, site, home, python, 0)
        ran = _well(network.run(*run_tests, cwd=home, env={"PYTHONPATH": str(home)}))
    assert " passed" in ran.splitlines()[-1]


def test_a_program_that_calls_out_is_heard(network: Sealed) -> None:
    """And a test of silence around it fails."""
    asking = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'?', ('198.51.100.7', 123))"
    with pytest.raises(AssertionError, match=r"left too: .*xc63d"), network.silent():
        network.run(sys.executable, "-I", "-c", asking, cwd=Path("/"))
