"""The real vLLM in the chamber: as the product starts it, and with what stops it taken away."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from models.catalog import manifest
from models.llm.launcher import SERVER
from tests.contacts.watched import Seen, watched
from tests.vllm.server import CATALOG, PROFILE, PYTHON

_MAKER: Final = Path(__file__).parents[1] / "vllm" / "make_tiny_model.py"
_PORT: Final = "8000"
_SERVE: Final = """
import json, os, pathlib, signal, subprocess, sys, time, urllib.error, urllib.request
log, key, *argv = sys.argv[1:]
with open(log, "wb") as out:
    server = subprocess.Popen(argv, stdout=out, stderr=out, start_new_session=True)
asked = {"model": "chat", "messages": [{"role": "user", "content": "退货"}], "max_tokens": 3}
try:
    while server.poll() is None:
        secret = pathlib.Path(key).read_text().strip() if os.path.exists(key) else ""
        request = urllib.request.Request("http://127.0.0.1:8000/v1/chat/completions", json.dumps(asked).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer " + secret})
        try:
            answer = urllib.request.urlopen(request, timeout=60).read()
            break
        except urllib.error.HTTPError as refused:
            sys.exit(refused.read().decode())
        except OSError:
            time.sleep(0.3)
    else:
        sys.exit(pathlib.Path(log).read_text()[-1500:])
finally:
    os.killpg(server.pid, signal.SIGKILL)
assert b"choices" in answer
"""

_REPORT: Final = """
import threading
from vllm.usage import usage_lib
before = set(threading.enumerate())
usage_lib.UsageMessage._report_continuous_usage = lambda self: None
if usage_lib.is_usage_stats_enabled():  # as the caller asks
    usage_lib.usage_message.report_usage("Qwen3ForCausalLM", usage_lib.UsageContext.OPENAI_API_SERVER)
for started in set(threading.enumerate()) - before:
    started.join()
"""


def as_the_product_does(home: Path) -> Seen:
    command: list[str | Path] = ["-m", "appliance.cli.main", "models", "--catalog", CATALOG, "start", "--role", "chat"]
    command += ["--profile", PROFILE, "--path", _weights(home), "--python", PYTHON, "--port", _PORT]
    return _served(home, [sys.executable, *command, "--api-key-file", home / "models.key"], _own(home))


def by_name(home: Path) -> Seen:
    """As its documents start it: such a model is fetched, which fails here."""
    plain: list[str | Path] = [PYTHON, "-I", "-m", SERVER, "--port", _PORT, "--served-model-name", "chat"]
    plain += ["--dtype", "bfloat16", "--enforce-eager", "--max-model-len", "512", "--model", "Qwen/Qwen3-0.6B"]
    _weights(home)
    return _served(home, plain, {"HOME": str(home)})


def usage(environment: Mapping[str, str]) -> Callable[[Path], Seen]:
    """What its build for cards does once it has loaded a model; the one for a CPU never does."""

    def run(home: Path) -> Seen:
        _weights(home)
        return watched([PYTHON, "-I", "-c", _REPORT], {"HOME": str(home), **environment})

    return run


def _served(home: Path, argv: Sequence[str | Path], environment: Mapping[str, str]) -> Seen:
    program: list[str | Path] = [sys.executable, "-c", _SERVE, home / "server.log", home / "models.key"]
    return watched([*program, *argv], environment)


def _own(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "APPLIANCE_STATE_DIR": str(home / "state")}


def _weights(home: Path) -> Path:
    if not PYTHON.parents[1].joinpath("installed").exists():
        pytest.skip(f"vLLM is not here: {os.environ.get('TEST_VLLM', './install.sh test --all installs it')}")
    folder = home / "tiny-qwen3"
    if not folder.exists():
        subprocess.run([PYTHON, "-I", _MAKER, folder], check=True, capture_output=True)
        manifest.write(folder)
    return folder
