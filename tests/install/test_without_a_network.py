"""An offline bundle, packed here, is unpacked, installed, tested and played where the only way out ends at a sink.

Once as root, once as an ordinary user; then the end-to-end suite (what is not slow) runs with what was installed. Not
one frame arrives.
"""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install.offline import end_to_end_suite, environment, play, said, unpacked
from tests.install.sealed import NOBODY, Sealed, python_of_all
from tests.passable import passable_folder

pytestmark = [pytest.mark.slow, pytest.mark.control("M-05")]


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
    return unpacked(network, place)


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


def _install_and_remove(network: Sealed, site: Path, home: Path, python: str, user: int) -> None:
    env, answers, state = environment(home, python), home / "answers.toml", home / "state"
    appliance = site / ".venv/bin/appliance"
    try:
        out = said(network.run("./install.sh", "--answers", answers, cwd=site, env=env, user=user))
        assert "nothing is asked of a network" in out
        assert out.count(" until ") == 4, out
        assert "played 8 of 8" in (state / "install" / "install.log").read_text()
        assert said(network.run(appliance, "status", cwd=site, env=env, user=user)).startswith("ready")
        for words in (("doctor",), ("audit", "verify")):
            said(network.run(appliance, *words, cwd=site, env=env, user=user))
    finally:
        network.run(appliance, "down", cwd=site, env=env, user=user)
    gone = ("uninstall", "--answers", answers, "--destroy-keys", "--confirm", f"destroy {state}")
    record = ("--record", home / "uninstalled")
    said(network.run("./install.sh", *gone, *record, cwd=site, env=env, user=user))
    assert not state.exists()


@pytest.mark.parametrize("user", [0, NOBODY], ids=["root", "a user who takes it over"])
def test_installed_from_a_bundle_it_is_tested_removed_and_played_and_contacts_nobody(
    network: Sealed, site: Path, place: Path, python: str, user: int
) -> None:
    home = _home(site, place, user)
    with network.silent():
        _install_and_remove(network, site, home, python, user)
        play(network, site, home, python, user)


def test_the_end_to_end_suite_passes_with_what_was_installed_and_contacts_nobody(
    network: Sealed, site: Path, place: Path, python: str
) -> None:
    home = place / "home-suite"
    home.mkdir()
    with network.silent():
        if not (site / ".venv/installed").exists():
            play(network, site, home, python, user=0)
        assert " passed" in end_to_end_suite(network, site, home, "not slow")


def test_a_program_that_calls_out_is_heard(network: Sealed) -> None:
    """And a test of silence around it fails."""
    asking = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'?', ('198.51.100.7', 123))"
    with pytest.raises(AssertionError, match=r"left too: .*xc63d"), network.silent():
        network.run(sys.executable, "-I", "-c", asking, cwd=Path("/"))
