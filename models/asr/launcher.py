"""The command line and environment that start the worker. Pure: nothing is looked up, started or written here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import models
from models import handed_down
from models.asr.engine import Folders
from models.asr.environment import environment
from models.asr.worker import Settings
from models.llm.launcher import Launch

_ROOT = Path(models.__file__).parents[1]
_START: Final = "import sys; sys.path.append(sys.argv.pop(1)); from models.asr.worker import main; sys.exit(main())"
"""The product's packages come last: those of FunASR's own environment win."""
SELF_TEST_MODEL: Final = Path(__file__).with_name("selftest") / "model"
"""For installation checks and CI. It knows eSpeak NG's voice only."""


def launch(settings: Settings, *, python: Path, home: Path, inherited: Mapping[str, str]) -> Launch:
    """``python`` is that of the environment that has FunASR; ``home`` is where it may write."""
    card = int(settings.device.partition(":")[2] or 0) if settings.device.startswith("cuda") else None
    argv = [
        str(python), "-I", "-c", _START, str(_ROOT),
        *_models(settings.models),
        "--port", str(settings.port),
        "--engines", str(settings.engines),
        "--most-calls", str(settings.most_calls),
        # The one card that it may see is its first.
        "--device", "cpu" if card is None else "cuda:0",
        "--threads", str(settings.threads),
        *handed_down.options(settings.listen_fd, settings.ready_fd),
    ]  # fmt: skip
    return Launch(argv, environment(inherited, home=home, threads=settings.threads, card=card))


def _models(folders: Folders) -> list[str]:
    named = {
        "--final": folders.final,
        "--online": folders.online,
        "--pauses": folders.pauses,
        "--punctuation": folders.punctuation,
    }
    return [part for name, folder in named.items() if folder is not None for part in (name, str(folder))]
