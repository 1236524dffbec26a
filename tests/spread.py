"""How pytest-xdist spreads the tests over processes: file by file, but for folders whose files share one dear thing.

A file's tests stay in one process and in their order. So do all tests of a folder in ``_TOGETHER``: an appliance with a
browser, or a model server, is then started once, not once a process. Files with slow tests come first, so that no long
one is left for the end, when the other processes have nothing to do.
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
    """A plugin of pytest's; the order counts for little where ``-n`` is not given."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> ByFile:
        config.option.loadscopereorder = False
        return ByFile(config, log)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        slow = {scope(item.nodeid) for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: scope(item.nodeid) not in slow)
