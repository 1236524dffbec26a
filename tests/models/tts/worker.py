"""The real worker over eSpeak NG, as a process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from models.tts.launcher import KEY_VARIABLE
from tests.models.tts.server import KEY

ROOT = Path(__file__).parents[3]
ENGINE = ROOT / ".espeak-ng" / "espeakng_loader"
"""Where compose/install/fetch-espeak.sh puts it."""


class Worker(NamedTuple):
    url: str
    pid: int


@contextmanager
def started(engine: Path, *options: str) -> Iterator[Worker]:
    """It listens when it has said where; whoever connects waits until it is warm."""
    command = [sys.executable, "-m", "models.tts.espeak", "--engine", str(engine), "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, KEY_VARIABLE: KEY})
    assert process.stdout is not None
    try:
        yield Worker(process.stdout.readline().strip(), process.pid)
    finally:
        process.terminate()
        process.wait()
