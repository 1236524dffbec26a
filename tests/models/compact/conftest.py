"""One trained model for all tests: the installed one where it is current, else trained for this run."""

from pathlib import Path

import pytest

from models.compact.model import DEFAULT_DIRECTORY, CompactModel


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from models.compact.train import is_stale, train

    if not is_stale(DEFAULT_DIRECTORY):
        return DEFAULT_DIRECTORY
    out = tmp_path_factory.mktemp("compact")
    train(out)
    return out


@pytest.fixture(scope="session")
def model(trained: Path) -> CompactModel:
    return CompactModel.load(trained)
