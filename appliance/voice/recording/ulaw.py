"""G.711 µ-law: eight bits for each sample of the telephone's 8 kHz. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SILENCE: Final = 0xFF
"""The code of zero."""

_BIAS: Final = 132
_LOUDEST: Final = 32767 - _BIAS


def _decoded() -> NDArray[np.int16]:
    """For each code its sample (G.711, table 2a, in 16 bits)."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = (((mantissa.astype(np.int32) << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _encoded() -> NDArray[np.uint8]:
    """For each 16-bit sample, as an unsigned number, its code."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    size = np.minimum(np.abs(sample), _LOUDEST) + _BIAS
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 15
    sign = np.where(sample < 0, 0x80, 0)
    codes: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return codes


_SAMPLES: Final = _decoded()
_CODES: Final = _encoded()
_SIZES: Final = np.abs(_SAMPLES.astype(np.int32))


def encode(pcm: bytes) -> bytes:
    """Of 16-bit little-endian samples."""
    codes: NDArray[np.uint8] = _CODES[np.frombuffer(pcm, dtype="<u2")]
    return codes.tobytes()


def decode(codes: bytes) -> bytes:
    return _SAMPLES[np.frombuffer(codes, dtype=np.uint8)].astype("<i2").tobytes()


def interleave(left: bytes, right: bytes) -> bytes:
    """Two channels of codes, equally long, as frames of one each."""
    return np.stack([np.frombuffer(left, np.uint8), np.frombuffer(right, np.uint8)], axis=1).tobytes()


def loud_frames(codes: bytes | bytearray, frame: int, least: int) -> list[int]:
    """Which frames of so many samples have anything that is as loud as that."""
    sizes = _SIZES[np.frombuffer(codes, dtype=np.uint8)]
    padded = np.pad(sizes, (0, -len(sizes) % frame))
    loud: list[int] = np.flatnonzero(padded.reshape(-1, frame).max(axis=1, initial=0) >= least).tolist()
    return loud
