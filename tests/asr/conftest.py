"""FunASR as it is, once for the whole run, and speech that eSpeak NG made for it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from models.asr.engine import Folders
from models.asr.launcher import SELF_TEST_MODEL
from models.catalog import manifest
from tests.asr.worker import PYTHON, ROOT, AsrWorker

_FULL: Final = "1"
"""The architectures in their full size: minutes and gigabytes, so a soak has them."""
_SHARE: Final = os.environ.get("TEST_FUNASR_SHARE", "0.04")
_SHARES: Final = (_SHARE,) if _SHARE == _FULL else (_SHARE, pytest.param(_FULL, marks=pytest.mark.soak))


@pytest.fixture(scope="session")
def python() -> Path:
    if not PYTHON.parents[1].joinpath("installed").exists():
        pytest.skip(f"FunASR is not here: {os.environ.get('TEST_FUNASR', './install.sh test --all installs it')}")
    return PYTHON


@pytest.fixture(scope="session", params=_SHARES, ids=lambda share: f"share {share}")
def random_models(request: pytest.FixtureRequest, python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asr-models")
    subprocess.run([python, "-I", Path(__file__).with_name("make_models.py"), folder, request.param], check=True)
    for model in folder.iterdir():
        manifest.write(model)
    return folder


@pytest.fixture(scope="session")
def spoken(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what ``SENTENCES`` say over a telephone line, as PCM at 16 kHz."""
    folder = tmp_path_factory.mktemp("spoken")
    subprocess.run([python, Path(__file__).with_name("speak.py"), folder], check=True, cwd=ROOT)
    return folder


@pytest.fixture(scope="session")
def self_test(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsrWorker]:
    worker = AsrWorker(tmp_path_factory.mktemp("worker"), Folders(final=SELF_TEST_MODEL))
    worker.wait()
    yield worker
    worker.stop()
