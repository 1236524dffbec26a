"""What whole calls need beside the product: engines that hear and speak, and the models of turns."""

import os

import pytest

from appliance.voice.missing import missing
from tests.asr.worker import PYTHON
from tests.models.tts.worker import ENGINE


def refuse_without_speech() -> None:
    """Skips, and says what is not here and why."""
    if not PYTHON.parents[1].joinpath("installed").exists():
        pytest.skip(f"FunASR is not here: {os.environ.get('TEST_FUNASR', './install.sh test --all installs it')}")
    if not ENGINE.is_dir():
        pytest.skip(f"eSpeak NG is not here: {os.environ.get('TEST_ESPEAK', './install.sh test --all fetches it')}")
    if missing():
        pytest.skip(f"the models are not here: {os.environ.get('TEST_VOICE_MODELS', 'run ./install.sh test')}")
