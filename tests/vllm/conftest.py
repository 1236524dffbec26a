"""The real vLLM server, once for the whole run: ``./install.sh test --all`` makes its environment.

``vllm_server`` is up when a test gets it, whatever the test before did to it. What needs other settings makes a
``VllmServer`` of its own of ``tiny_model``.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.catalog import manifest
from tests.vllm.server import PYTHON, VllmServer

MAKER = Path(__file__).with_name("make_tiny_model.py")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with random weights, tokenizer and manifest, as 'appliance models start' wants one."""
    if not PYTHON.parents[1].joinpath("installed").exists():
        pytest.skip(f"vLLM is not here: {os.environ.get('TEST_VLLM', './install.sh test --all installs it')}")
    folder = tmp_path_factory.mktemp("weights") / "tiny-qwen3"
    subprocess.run([PYTHON, "-I", MAKER, folder], check=True, capture_output=True)
    manifest.write(folder)
    return folder


@pytest.fixture(scope="session")
def _server(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    server = VllmServer(tmp_path_factory.mktemp("vllm"), tiny_model)
    yield server
    server.kill()


@pytest.fixture
def vllm_server(_server: VllmServer) -> VllmServer:
    _server.start()
    return _server
