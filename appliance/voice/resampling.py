"""From one sample rate to another, as the audio comes: what goes in comes out at once, but for two milliseconds.

A polyphase filter: for each output sample the windowed sinc at its place between the input samples. Libraries made for
files give live audio in bursts (docs/decisions/0112).
"""

from functools import cache
from math import gcd

import numpy as np
import numpy.typing as npt

_CROSSINGS = 12
"""Zero crossings of the sinc on each side: the delay, and the steepness."""
_PASS = 0.92
"""Share of the smaller band that passes; the rest is for the slope."""

Floats = npt.NDArray[np.float32]
_Bank = tuple[Floats, int]


class Resampler:
    """Of one direction of one call: 16-bit mono in, 16-bit mono out."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = gcd(from_hz, to_hz)
        self._up, self._down = to_hz // common, from_hz // common
        self._bank, self._taps = _bank(self._up, self._down)
        self._past: Floats = np.zeros(self._taps - 1, dtype=np.float32)
        self._next = 0
        """Place of the next output sample, in 1/up input samples since the first sample that is not in the past."""
        self._half = b""

    def feed(self, pcm: bytes) -> bytes:
        if self._up == self._down:
            return pcm
        pcm = self._half + pcm
        self._half = pcm[len(pcm) // 2 * 2 :]
        new = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float32)
        known = np.concatenate((self._past, new))
        places = np.arange(self._next, len(new) * self._up, self._down)
        self._past = known[len(known) - self._taps + 1 :]
        self._next += len(places) * self._down - len(new) * self._up
        if not len(places):
            return b""
        windows = np.lib.stride_tricks.sliding_window_view(known, self._taps)[places // self._up]
        out = np.einsum("nk,nk->n", windows, self._bank[places % self._up])
        return bytes(np.clip(np.rint(out), -32768, 32767).astype("<i2"))


@cache
def _bank(up: int, down: int) -> _Bank:
    """One row of taps for each place between two input samples, and how many taps a row has."""
    band = min(1.0, up / down) * _PASS
    half = int(np.ceil(_CROSSINGS / min(1.0, up / down)))
    taps = 2 * half
    lags = half - 1 - np.arange(taps)[None, :] + np.arange(up)[:, None] / up
    window = np.kaiser(4096, 8.0)
    shape = np.interp(lags / half, np.linspace(-1, 1, 4096), window)
    rows = band * np.sinc(band * lags) * shape
    rows /= rows.sum(axis=1, keepdims=True)
    return rows.astype(np.float32), taps
