"""A bundle that brings what calls need, installed where no network is: all of the end-to-end suite passes there.

Pages in a browser and calls are in it; the engines that hear and speak were installed inside, too.
"""

import pytest

from tests.install.offline import ENGINES, end_to_end_suite, environment, play, said, unpacked
from tests.install.sealed import Sealed, python_of_all
from tests.passable import passable_folder

pytestmark = [pytest.mark.soak, pytest.mark.control("M-05")]


def test_the_whole_end_to_end_suite_passes_with_what_was_installed_and_contacts_nobody(network: Sealed) -> None:
    python = python_of_all()
    assert python is not None
    with passable_folder() as place, network.silent():
        site, home = unpacked(network, place, "voice", "funasr"), place / "home"
        home.mkdir()
        said(network.run("./install.sh", "voice", cwd=site, env=environment(home, python)))
        assert [name for name in ENGINES if not (site / name).exists()] == []
        play(network, site, home, python, user=0)
        assert " passed" in end_to_end_suite(network, site, home, "not soak")
