"""CosyVoice's launcher in the chamber: its real command line and environment, and a stand-in for docker and runtime.

The real runtime was never run: it needs a card and its authors' image. The stand-in does the one thing of theirs that
could go out: what is named as the model and is no folder is fetched from ModelScope, by the real library, under exactly
the variables and volumes that our command line hands in.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from models.tts.launcher import Container, container
from tests.asr.worker import PYTHON
from tests.contacts.watched import Seen, watched

_IMAGE: Final = f"registry.example.internal/cosyvoice@sha256:{'a' * 64}"
_NAME: Final = "FunAudioLLM/Fun-CosyVoice3-0.5B-2512"
_DOCKER: Final = """#!{python} -I
import os, sys
words = sys.argv[1:]
after = lambda flag: [words[at + 1] for at, word in enumerate(words) if word == flag]
volumes = dict(reversed(each.split(":")[:2]) for each in after("--volume"))
model = after("--model_dir")[0]
model = {model!r} or volumes[model]
os.environ.clear()
os.environ.update(each.split("=", 1) for each in after("--env") if {is_closed})
os.environ["HOME"] = {home!r}
if not os.path.exists(model):
    from modelscope import snapshot_download
    try:
        snapshot_download(model)
    except Exception as refused:
        print(type(refused).__name__)
"""


def cosyvoice(*, is_closed: bool) -> Callable[[Path], Seen]:
    """Closed: the folder and the variables of the launcher. Otherwise the model by its name, as documents start it."""

    def run(home: Path) -> Seen:
        if not PYTHON.parents[1].joinpath("installed").exists():
            said = os.environ.get("TEST_FUNASR", "./install.sh test --all installs it")
            pytest.skip(f"FunASR is not here: {said}")
        weights, program = home / "weights", home / "docker"
        weights.mkdir()
        text = _DOCKER.format(python=PYTHON, model="" if is_closed else _NAME, is_closed=is_closed, home=str(home))
        program.write_text(text)
        program.chmod(0o755)
        launch = container(Container(program=str(program), image=_IMAGE, weights=weights), {})
        return watched(launch.argv, {"HOME": str(home), **launch.environment})

    return run
