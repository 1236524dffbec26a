"""Whether a line gives one steady tone, as an answering machine does before it records. Keys are two tones. Pure."""

from typing import Final

import numpy as np
import numpy.typing as npt

from appliance.voice.model import FRAME_MS

_LEAST_MS: Final = 240
_LOWEST_HZ, _HIGHEST_HZ = 350, 2200
_LOUD: Final = 500.0
"""Of 16-bit samples, root mean square."""
_PURE: Final = 0.9
"""The share of a frame's energy that lies at the tone, its neighbours with it."""
_STEADY_HZ: Final = 60
_WINDOW_S: Final = 25
"""Tones that come later are something else."""


class Beep:
    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._frame = rate_hz * FRAME_MS // 1000
        self._rest = b""
        self._frames = 0
        self._at_hz = 0.0
        self._lasted_ms = 0
        self.was_heard = False

    def feed(self, pcm: bytes) -> bool:
        """True once, when it has lasted long enough."""
        if self.was_heard or self._frames * FRAME_MS > _WINDOW_S * 1000:
            return False
        self._rest += pcm
        size = self._frame * 2
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            self._frames += 1
            self._take(np.frombuffer(frame, dtype="<i2").astype(np.float64))
            if self._lasted_ms >= _LEAST_MS:
                self.was_heard = True
                return True
        return False

    def _take(self, samples: npt.NDArray[np.float64]) -> None:
        tone_hz = self._tone(samples)
        if tone_hz is None:
            self._lasted_ms = 0
        elif self._lasted_ms and abs(tone_hz - self._at_hz) > _STEADY_HZ:
            self._at_hz, self._lasted_ms = tone_hz, FRAME_MS
        else:
            self._at_hz, self._lasted_ms = tone_hz, self._lasted_ms + FRAME_MS

    def _tone(self, samples: npt.NDArray[np.float64]) -> float | None:
        if float(np.sqrt((samples**2).mean())) < _LOUD:
            return None
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
        peak = int(spectrum.argmax())
        share = float(spectrum[max(0, peak - 2) : peak + 3].sum() / spectrum.sum())
        tone_hz = peak * self._rate_hz / len(samples)
        return tone_hz if share >= _PURE and _LOWEST_HZ <= tone_hz <= _HIGHEST_HZ else None
