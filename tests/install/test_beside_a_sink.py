"""Installed where the only way out ends at a sink, used, looked at and removed; not one frame arrives.

The sources of this checkout with the packages of the tests; what a bundle brings is installed so in a soak
(``test_without_a_network.py``).
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance.setup.test_upgrading import Site
from tests.install.sealed import Sealed
from tests.passable import passable_folder

pytestmark = [pytest.mark.slow, pytest.mark.control("M-05")]


@pytest.fixture
def site() -> Iterator[Site]:
    with passable_folder() as folder:
        made = Site(folder)
        yield made
        for version in folder.glob("*/.venv"):
            made.ask(version.parent, "down")


def test_what_is_installed_with_an_answer_file_contacts_nobody(network: Sealed, site: Site) -> None:
    """The self-test plays the customers of the demonstration."""
    version = site.version("only")
    environment = {"PYTHONPATH": str(version), "APPLIANCE_STATE_DIR": str(site.state)}
    setup = (sys.executable, "-P", "-m", "appliance.setup")
    answered = ("--answers", site.answers)
    with network.silent():
        installed = network.run(*setup, "install", *answered, cwd=version, env=environment)
        assert (installed.returncode, installed.stderr, installed.stdout.count(" until ")) == (0, "", 4)
        assert "played 8 of 8" in (site.state / "install" / "install.log").read_text()
        for words in (("status",), ("doctor",), ("audit", "verify")):
            asked = network.run(version / ".venv/bin/appliance", *words, cwd=version, env=environment)
            assert asked.returncode == 0, asked.stdout + asked.stderr
        gone = ("uninstall", *answered, "--destroy-keys", "--confirm", f"destroy {site.state}")
        removed = network.run(*setup, *gone, cwd=version, env=environment)
        assert (removed.returncode, removed.stderr, site.state.exists()) == (0, "", False)


def test_a_program_that_calls_out_is_heard(network: Sealed) -> None:
    """And a test of silence around it fails."""
    asking = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'?', ('198.51.100.7', 123))"
    with pytest.raises(AssertionError, match=r"left too: .*xc63d"), network.silent():
        network.run(sys.executable, "-I", "-c", asking, cwd=Path("/"))
