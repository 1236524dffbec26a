"""The network with a sink outside it, made once for the tests of a file that ask for it.

Where the end-to-end suite runs in it with what a bundle brought, it does not run outside as well.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.install.sealed import Sealed, lacking, sealed

_INSIDE: Final = "tests/install/test_without_a_network.py::test_the_end_to_end_suite_"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    if why := lacking():
        pytest.skip(why)
    with sealed(tmp_path_factory.mktemp("sink")) as made:
        yield made


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Behind every other selection: what was not asked for does not count as run inside."""
    if not any(item.nodeid.startswith(_INSIDE) for item in items) or lacking():
        return
    inside = [item for item in items if is_run_inside(item)]
    config.hook.pytest_deselected(items=inside)
    items[:] = [item for item in items if not is_run_inside(item)]


def is_run_inside(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/e2e/") and item.get_closest_marker("slow") is None
