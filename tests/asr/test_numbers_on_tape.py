"""Numbers that were really spoken and heard: by the recogniser's own times nothing of them is left on the tape."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from appliance.voice.recording import redaction
from appliance.voice.recording.model import SAMPLES_PER_MS, Utterance
from appliance.voice.recording.reel import Reel
from appliance.voice.recording.ulaw import SILENCE
from models.asr.heard import Heard
from security.pii.analyzer import Analyzer
from security.pii.model import PiiType
from tests.asr.worker import ROOT, AsrWorker, turns_heard

pytestmark = pytest.mark.slow

COUNT = 24
_EXPECTED = {"code": frozenset({PiiType.OTP})}
"""A code is one because it was asked for, and the whole answer is silenced; the others are known by their length."""


@pytest.fixture(scope="module")
def told(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("numbers")
    program = [str(python), str(Path(__file__).with_name("speak_numbers.py")), str(folder), str(COUNT)]
    subprocess.run(program, check=True, cwd=ROOT)
    return folder


@pytest.mark.control("L-06")
async def test_spoken_numbers_are_silent_and_the_words_before_them_are_not(self_test: AsrWorker, told: Path) -> None:
    analyzer = Analyzer()
    audible, silent = [], []
    for at, each in enumerate(json.loads((told / "told.json").read_text(encoding="utf-8"))):
        pcm = (told / f"{at}.pcm").read_bytes()
        ((*_, heard),) = await turns_heard(self_test, pcm)
        kept = taped(analyzer, pcm, heard, _EXPECTED.get(each["kind"], frozenset()))
        if sounds(kept, *each["number"]):
            audible.append((each, heard.text))
        if each["kind"] not in _EXPECTED and not sounds(kept, *each["spoken"]):
            silent.append((each, heard.text))
    assert audible == []
    assert silent == []


def taped(analyzer: Analyzer, pcm: bytes, heard: Heard, expected: frozenset[str]) -> bytes:
    """What is kept of the caller, in codes of G.711."""
    line = np.frombuffer(pcm, "<i2")[::2].tobytes()
    reel = Reel()
    reel.hear(0, line)
    utterance = Utterance(
        start_ms=heard.words[0].start_ms,
        end_ms=heard.words[-1].end_ms,
        text=heard.text,
        words=heard.words,
        expected=expected,
    )
    recent = reel.recent(utterance)
    reel.take(utterance, redaction.silences(analyzer, recent, was_told=reel.was_told(recent)))
    return b"".join(cut.caller for cut in reel.rest())


def sounds(kept: bytes, start_ms: int, end_ms: int) -> bool:
    return set(kept[start_ms * SAMPLES_PER_MS : end_ms * SAMPLES_PER_MS]) - {SILENCE, 0x7F} != set()
