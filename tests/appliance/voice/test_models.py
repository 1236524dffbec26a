"""The two small models of a call, on speech of eSpeak NG at 8 kHz and on sounds that are none."""

import os
import re
import subprocess
import sys
import wave
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from appliance.voice import onnx
from appliance.voice.detection import Activity, SileroDetector
from appliance.voice.end_of_turn import SmartTurn, log_mel
from appliance.voice.missing import missing, take_out
from appliance.voice.onnx import VoiceNotInstalled
from appliance.voice.resampling import Resampler

SOUNDS = Path(__file__).with_name("sounds")
SECOND = bytes(2 * 16_000)


@pytest.fixture(scope="module")
def _models() -> None:
    if missing():
        why = os.environ.get("TEST_VOICE_MODELS") or "./install.sh test fetches them"
        pytest.skip(f"the models of calls are not here: {why}")


def speech(name: str) -> bytes:
    """At 16 kHz, with half a second of silence before it."""
    with wave.open(str(SOUNDS / f"{name}.wav")) as sound:
        return SECOND[:16_000] + Resampler(8000, 16_000).feed(sound.readframes(sound.getnframes()))


@pytest.mark.usefixtures("_models")
def test_speech_is_heard_where_it_is() -> None:
    session, changes = SileroDetector.session(), []
    sound = speech("i-want-to-return") + SECOND
    activity = Activity(SileroDetector(session))
    for at in range(0, len(sound), 640):
        changes += [(type(change).__name__, at / 32_000) for change in activity.feed(sound[at : at + 640])]
    (began, began_s), (ended, ended_s) = changes
    assert (began, ended) == ("SpeechBegan", "SpeechEnded")
    assert 0.5 <= began_s < 0.7
    assert len(sound) / 32_000 - 1 - 0.2 < ended_s < len(sound) / 32_000 - 0.7


@pytest.mark.usefixtures("_models")
def test_noise_and_tones_are_no_speech() -> None:
    chance = np.random.default_rng(1)
    sounds: list[npt.NDArray[np.float64]] = [
        chance.standard_normal(32_000) * 800,
        8000 * np.sin(np.arange(32_000) * 2 * np.pi * 440 / 16_000),
        np.zeros(32_000),
    ]
    session = SileroDetector.session()
    for sound in sounds:
        assert Activity(SileroDetector(session)).feed(sound.astype("<i2").tobytes()) == []


@pytest.mark.usefixtures("_models")
def test_the_end_of_a_turn_is_told_from_a_pause_in_it() -> None:
    model = SmartTurn.open()
    whole, begun = speech("i-want-to-return"), speech("my-order-number-is")
    assert (model.is_complete(whole + SECOND[:6400]), model.is_complete(begun + SECOND[:6400])) == (True, False)


def test_features_are_of_the_last_eight_seconds() -> None:
    noise = (np.random.default_rng(2).standard_normal(16_000 * 9) * 3000).astype("<i2").tobytes()
    assert log_mel(noise).shape == (80, 800)
    assert np.array_equal(log_mel(noise), log_mel(noise[2 * 16_000 :]))


@pytest.mark.parametrize("samples", [0, 399, 16_000, 127_900])
def test_silence_before_what_was_heard_changes_no_feature(samples: int) -> None:
    heard = (np.random.default_rng(3).standard_normal(samples) * 3000).astype("<i2").tobytes()
    assert np.array_equal(log_mel(heard), log_mel(bytes(2 * (16_000 * 8 - samples)) + heard))


_NOTED = """
class Told:
    def find_spec(self, name, *_):
        if name == "onnxruntime":
            print("told", os.environ.get("ORT_DISABLE_TELEMETRY"))
            raise ImportError(name)
import os
import re
import subprocess
import sys
sys.meta_path.insert(0, Told())
try:
    onnx.session("speech")
except onnx.VoiceNotInstalled:
    pass
"""


def test_a_tone_lies_in_its_band() -> None:
    """Mel scale of Slaney: 1,000 Hz is 15 mel, and the bands are evenly spread up to 8,000 Hz at 45.245 mel."""
    tone = (8000 * np.sin(np.arange(16_000 * 8) * 2 * np.pi * 1000 / 16_000)).astype("<i2").tobytes()
    assert int(log_mel(tone)[:, 400].argmax()) == round(15 / 45.245 * 81) - 1


def test_a_model_that_is_missing_or_another_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    with pytest.raises(VoiceNotInstalled, match=r"is not there: run \./install\.sh voice"):
        onnx.session("speech", tmp_path)
    (tmp_path / onnx.pinned()["speech"].file).write_bytes(b"something else")
    with pytest.raises(VoiceNotInstalled, match="is not the model that was tested"):
        onnx.session("speech", tmp_path)


@pytest.mark.control("P-18")
def test_the_runtime_is_told_to_report_nothing_before_it_is_loaded_and_loaded_nowhere_else() -> None:
    """Whom it would contact otherwise: ``tests/contacts``."""
    said = "import os; print(os.environ.get('ORT_DISABLE_TELEMETRY'))"
    found = subprocess.run(
        [sys.executable, "-c", f"import sys\nfrom appliance.voice import onnx\n{_NOTED}\n{said}"],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.split() == ["told", "1", "1"]
    root = Path(onnx.__file__).parents[2]
    sources = [path for part in ("appliance", "models", "security") for path in (root / part).rglob("*.py")]
    loading = [path for path in sources if re.search(r"(?m)^\s*(import|from) onnxruntime", path.read_text())]
    assert loading == [Path(onnx.__file__)]


def test_a_wheel_with_another_model_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "silero_vad-6.2.3-py3-none-any.whl", "w") as wheel:
        wheel.writestr(onnx.pinned()["speech"].inside, b"something else")
    with pytest.raises(VoiceNotInstalled, match="is not the model that was tested"):
        take_out(tmp_path, tmp_path / "models")
    assert len(missing(tmp_path / "models")) == len(onnx.pinned())
