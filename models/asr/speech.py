"""Where somebody speaks, by loudness alone: for pauses within a turn, and so that silence is never recognised.

When a turn ends is decided by the call, which knows what is said; this is only the recogniser's own view.
"""

from typing import Any

import numpy as np

from models.asr.protocol import RATE_HZ

_FRAME = RATE_HZ // 50
_QUIETEST = 0.004
"""Of full scale: the hiss of a line is below."""
_ABOVE_NOISE, _LOUDEST_NOISE = 2.5, 0.06
_SILENCE, _RISE = 1e-4, 1.005
_STARTS_AFTER, _PAUSE_AFTER = 4, 40
"""Frames: 80 ms of speech, 800 ms without."""


class SpeechSpans:
    """Told every 20 ms frame once, in order. What counts as noise is learnt over the whole call."""

    def __init__(self) -> None:
        self.is_speech = False
        self._floor = 1.0
        self._loud = self._quiet = 0
        self._rest: Any = np.zeros(0, np.float32)

    def begin(self) -> None:
        """A new piece: nobody has spoken in it yet."""
        self.is_speech = False
        self._loud = self._quiet = 0

    def hear(self, samples: Any) -> None:
        """``is_speech`` says afterwards whether somebody speaks, short pauses included."""
        samples = np.concatenate((self._rest, samples))
        frames = len(samples) // _FRAME
        self._rest = samples[frames * _FRAME :]
        for frame in samples[: frames * _FRAME].reshape(frames, _FRAME):
            self._frame(float(np.sqrt(np.mean(frame**2))))

    def _frame(self, loudness: float) -> None:
        # It sinks at once and rises slowly, so that a long word does not count as noise.
        self._floor = max(_SILENCE, min(loudness, self._floor * _RISE))
        is_loud = loudness > max(_QUIETEST, min(self._floor, _LOUDEST_NOISE) * _ABOVE_NOISE)
        self._loud = self._loud + 1 if is_loud else 0
        self._quiet = 0 if is_loud else self._quiet + 1
        if self._loud >= _STARTS_AFTER:
            self.is_speech = True
        elif self._quiet >= _PAUSE_AFTER:
            self.is_speech = False


def from_pcm(pcm: bytes) -> Any:
    """Between -1 and 1, as FunASR wants it; given 16-bit numbers it hears something else, without a word."""
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
