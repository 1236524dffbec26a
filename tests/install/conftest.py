"""The network with a sink outside it, made once for the tests of a file that ask for it."""

from collections.abc import Iterator

import pytest

from tests.install.sealed import Sealed, refuse_here, sealed


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    refuse_here()
    with sealed(tmp_path_factory.mktemp("sink")) as made:
        yield made
