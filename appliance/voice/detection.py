"""Is that speech? A probability for every 32 milliseconds, and from those where speech begins and ends."""

from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.voice import onnx
from appliance.voice.events import SpeechBegan, SpeechEnded
from appliance.voice.model import EAR_HZ

Floats = npt.NDArray[np.float32]
WINDOW = 512
"""Samples at 16 kHz; the model takes no other length."""
_CONTEXT = 64
_FULL_SCALE = 32768.0


class Detector(Protocol):
    """Of one call: it remembers what came before."""

    def probability(self, window: Floats) -> float:
        """Of ``WINDOW`` samples, each within ±1."""
        ...


class SileroDetector:
    """One session may serve all calls of a process; what is remembered is each call's own."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._context: Floats = np.zeros(_CONTEXT, dtype=np.float32)
        self._rate = np.array(EAR_HZ, dtype=np.int64)

    @staticmethod
    def session(folder: Path = onnx.INSTALLED) -> Any:
        return onnx.session("speech", folder)

    def probability(self, window: Floats) -> float:
        sound = np.concatenate((self._context, window))
        given = {"input": sound[None, :], "state": self._state, "sr": self._rate}
        out, self._state = self._session.run(None, given)
        self._context = window[-_CONTEXT:]
        return float(out[0, 0])


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    begins_at: float = 0.5
    ends_below: float = 0.35
    begin_windows: int = 2
    """So many in a row: a click is no speech."""
    end_windows: int = 3


SURE_MS: Final = Threshold().end_windows * WINDOW * 1000 // EAR_HZ
"""Speech has ended so long before it is said to have."""


class Activity:
    """Where speech begins and ends in the audio of one call."""

    def __init__(self, detector: Detector, threshold: Threshold | None = None) -> None:
        self._detector = detector
        self._threshold = threshold or Threshold()
        self._rest = b""
        self._is_speech = False
        self._row = 0

    def feed(self, pcm: bytes) -> list[SpeechBegan | SpeechEnded]:
        """16 kHz, any length."""
        self._rest += pcm
        found = []
        while len(self._rest) >= 2 * WINDOW:
            window, self._rest = self._rest[: 2 * WINDOW], self._rest[2 * WINDOW :]
            samples = np.frombuffer(window, dtype="<i2").astype(np.float32) / _FULL_SCALE
            if (change := self._take(self._detector.probability(samples))) is not None:
                found.append(change)
        return found

    def _take(self, probability: float) -> SpeechBegan | SpeechEnded | None:
        limit = self._threshold
        turns = probability < limit.ends_below if self._is_speech else probability >= limit.begins_at
        self._row = self._row + 1 if turns else 0
        if self._row < (limit.end_windows if self._is_speech else limit.begin_windows):
            return None
        self._row = 0
        self._is_speech = not self._is_speech
        return SpeechBegan() if self._is_speech else SpeechEnded()
