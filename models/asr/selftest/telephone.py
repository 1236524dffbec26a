"""What a telephone does to a voice: 8 kHz, a narrow band, mu-law, noise, loud and low, silence before and behind."""

import random
from typing import Any

import msgspec
import numpy as np
import soxr
from scipy.signal import butter, resample_poly, sosfilt  # type: ignore[import-untyped]

LINE_HZ, MODEL_HZ = 8_000, 16_000
_MU = 255.0


class Line(msgspec.Struct, frozen=True):
    lowest_hz: float = 200.0
    highest_hz: float = 3600.0
    signal_to_noise_db: float = 25.0
    level: float = 0.3
    before_ms: int = 300
    behind_ms: int = 300
    resampler: str = "HQ"


def some_line(chance: random.Random) -> Line:
    return Line(
        lowest_hz=chance.uniform(80, 300),
        highest_hz=chance.uniform(3400, 3800),
        signal_to_noise_db=chance.uniform(8, 35),
        level=10 ** chance.uniform(-1.4, -0.1),
        before_ms=chance.randint(40, 600),
        behind_ms=chance.randint(40, 700),
        resampler=chance.choice(("HQ", "LQ", "QQ", "poly")),
    )


def over_telephone(samples: Any, rate_hz: int, line: Line, seed: int) -> Any:
    """As the recogniser hears it: 16 kHz, between -1 and 1."""
    noise = np.random.default_rng(seed)
    narrow = soxr.resample(samples, rate_hz, LINE_HZ, quality="HQ")
    band = butter(4, (line.lowest_hz, line.highest_hz), "bandpass", fs=LINE_HZ, output="sos")
    narrow = sosfilt(band, narrow)
    narrow = np.pad(narrow, (line.before_ms * LINE_HZ // 1000, line.behind_ms * LINE_HZ // 1000))
    narrow *= line.level / max(float(np.abs(narrow).max()), 1e-6)
    loudness = float(np.sqrt(np.mean(narrow**2)))
    hiss = noise.standard_normal(len(narrow)) * loudness * 10 ** (-line.signal_to_noise_db / 20)
    return _wide(_companded(np.clip(narrow + hiss, -1, 1)), line.resampler).astype(np.float32)


def _companded(samples: Any) -> Any:
    """Through mu-law and back, in 8 bits."""
    pressed = np.sign(samples) * np.log1p(_MU * np.abs(samples)) / np.log1p(_MU)
    pressed = np.round(pressed * 127) / 127
    return np.sign(pressed) * np.expm1(np.abs(pressed) * np.log1p(_MU)) / _MU


def _wide(samples: Any, resampler: str) -> Any:
    if resampler == "poly":
        return resample_poly(samples, MODEL_HZ, LINE_HZ)
    return soxr.resample(samples, LINE_HZ, MODEL_HZ, quality=resampler)
