"""Has the caller come to an end? Judged by the sound of the last eight seconds: tune tells more than silence."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from appliance.voice import onnx
from appliance.voice.model import EAR_HZ

Floats = npt.NDArray[np.float32]
HEARD_S = 8
_SAMPLES = HEARD_S * EAR_HZ
_FFT = 400
_HOP = 160
_BANDS = 80
_COMPLETE = 0.5
_WARMED_BY = 3


class EndOfTurn(Protocol):
    def is_complete(self, pcm: bytes) -> bool:
        """``pcm``: the turn so far at 16 kHz, of which the end counts. Takes tens of milliseconds of a CPU."""
        ...


class SmartTurn:
    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    def open(cls, folder: Path = onnx.INSTALLED) -> "SmartTurn":
        """Warm: the first judgements take twice the time of any after them, and would be those of the first caller."""
        judge = cls(onnx.session("end_of_turn", folder))
        for _ in range(_WARMED_BY):
            judge.is_complete(bytes(2 * _SAMPLES))
        return judge

    def is_complete(self, pcm: bytes) -> bool:
        return self.probability(pcm) > _COMPLETE

    def probability(self, pcm: bytes) -> float:
        (out,) = self._session.run(None, {"input_features": log_mel(pcm)[None, :, :]})
        return float(out[0, 0])


def log_mel(pcm: bytes) -> Floats:
    """What the model was trained on: Whisper's features of eight seconds, silence before them, 80 bands by 800 frames.

    Radford et al., 2022; mel scale and band areas by Slaney's Auditory Toolbox.
    """
    samples = np.frombuffer(pcm[-2 * _SAMPLES :], dtype="<i2").astype(np.float32) / 32768
    sound = np.concatenate((np.zeros(_SAMPLES - len(samples), dtype=np.float32), samples))
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    padded = np.pad(sound, _FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP][:-1]
    # Frames of the silence before are all the same: one is enough.
    silent = max(0, (_SAMPLES - len(samples) - _FFT // 2) // _HOP)
    power = np.abs(np.fft.rfft(frames[silent:] * _WINDOW, axis=1)) ** 2
    heard = np.log10(np.maximum(_FILTERS @ power.T, 1e-10))
    level = np.concatenate((np.repeat(heard[:, :1], silent, axis=1), heard), axis=1)
    level = np.maximum(level, level.max() - 8)
    return np.asarray((level + 4) / 4, dtype=np.float32)


def _filters() -> npt.NDArray[np.float64]:
    """Triangles whose corners lie evenly on the mel scale, each of area one."""
    edges = _hertz(np.linspace(0, _mel(EAR_HZ / 2), _BANDS + 2))
    bins = np.linspace(0, EAR_HZ / 2, _FFT // 2 + 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (high - low))


_LINEAR_TO_HZ = 1000.0
_LINEAR_TO_MEL = 15.0
_STEP = np.log(6.4) / 27


def _mel(hertz: float) -> float:
    if hertz < _LINEAR_TO_HZ:
        return hertz * 3 / 200
    return float(_LINEAR_TO_MEL + np.log(hertz / _LINEAR_TO_HZ) / _STEP)


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    curved = _LINEAR_TO_HZ * np.exp(_STEP * (mels - _LINEAR_TO_MEL))
    return np.where(mels < _LINEAR_TO_MEL, mels * 200 / 3, curved)


_WINDOW = np.hanning(_FFT + 1)[:-1]
_FILTERS = _filters()
