"""How pytest-xdist spreads the tests over processes: file by file, but for folders whose files share one dear thing.

A file's tests stay in one process and in their order. So do all tests of a folder in ``_TOGETHER``: an appliance with a
browser, or a model server, is then started once, not once a process.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_TOGETHER = ("tests/e2e/browser/", "tests/vllm/")


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scope(nodeid: str) -> str:
    """The tests with the same scope run in one process, one after another."""
    return next((folder for folder in _TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])


class Spread:
    """A plugin of pytest's, heard only where ``-n`` is given."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> ByFile:
        return ByFile(config, log)
