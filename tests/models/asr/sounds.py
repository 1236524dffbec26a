"""PCM of somebody who speaks, and of nobody, as far as loudness goes."""

import numpy as np

BYTES_PER_MS = 32


def speech(ms: int) -> bytes:
    at = np.arange(ms * 16)
    return (8000 * np.sin(at / 9) * (0.6 + 0.4 * np.sin(at / 900))).astype("<i2").tobytes()


def hiss(ms: int, loudness: int = 60) -> bytes:
    return (np.random.default_rng(ms).standard_normal(ms * 16) * loudness).astype("<i2").tobytes()
