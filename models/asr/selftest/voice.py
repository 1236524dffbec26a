"""Sentences spoken by eSpeak NG in this process: for training and tests only; no part of a running shop imports it."""

import ctypes
import random
from typing import Any

import espeakng_loader
import msgspec
import numpy as np

_SYNCHRONOUS, _CHARACTERS, _UTF8 = 2, 1, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
VARIANTS = ("", "+f1", "+f2", "+f3", "+f4", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7")
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Manner(msgspec.Struct, frozen=True):
    variant: str = ""
    rate: int = 190
    pitch: int = 50
    range: int = 50


def some_manner(chance: random.Random) -> Manner:
    return Manner(chance.choice(VARIANTS), chance.randint(150, 260), chance.randint(20, 80), chance.randint(30, 70))


class Voice:
    """One a process: the library keeps its state for itself."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        self.rate_hz: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0
        )
        self._pieces: list[Any] = []
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: Any, many: int, _events: Any) -> int:
        if samples and many:
            self._pieces.append(np.ctypeslib.as_array(samples, shape=(many,)).copy())
        return 0

    def say(self, text: str, manner: Manner) -> Any:
        """Samples between -1 and 1."""
        self._pieces.clear()
        self._library.espeak_SetVoiceByName(f"cmn{manner.variant}".encode())
        for parameter, value in ((_RATE, manner.rate), (_PITCH, manner.pitch), (_RANGE, manner.range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        spoken = text.encode()
        self._library.espeak_Synth(spoken, len(spoken) + 1, 0, _CHARACTERS, 0, _UTF8, None, None)
        return np.concatenate(self._pieces or [np.zeros(1, np.int16)]).astype(np.float32) / 32768
