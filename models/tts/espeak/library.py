"""The library of eSpeak NG by ctypes: a text and a voice in, samples out. One at a time: it keeps state in itself."""

import ctypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from models.tts.errors import EngineAbsent

LIBRARY: Final = "libespeak-ng.so.1"
DATA: Final = "espeak-ng-data"
VERSION: Final = "1.52"
"""The first that reads Chinese characters."""
VOICES: Final = (
    "cmn",
    *(f"cmn+{variant}" for variant in ("f1", "f2", "f3", "f4", "m1", "m2", "m3", "m4", "m5", "m6", "m7")),
)
RATE_HZ: Final = 22050
_WORDS_A_MINUTE: Final = 190
_SLOWEST, _FASTEST = 80, 450
_SYNCHRONOUS: Final = 2
_RATE: Final = 1
_IN_CHARACTERS: Final = 1
_UTF8: Final = 1
_GO_ON, _STOP = 0, 1
_BYTES_A_SAMPLE: Final = 2

Take = Callable[[bytes], bool]
"""Gets samples as they come, 16-bit little-endian; False ends it."""

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class Library:
    """Threads take turns: one that was given up may still be ending when the next begins."""

    def __init__(self, folder: Path) -> None:
        """``folder`` holds the library and its data. Raises EngineAbsent."""
        self._loaded = _load(folder)
        self._turn = threading.Lock()
        self._take: Take = lambda _samples: False
        self._callback = _Callback(self._taken)
        self._loaded.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: str, speed: float, take: Take) -> None:
        """Ends when all is spoken, or ``take`` had enough. ``voice`` is one of ``VOICES``."""
        rate = min(max(round(_WORDS_A_MINUTE * speed), _SLOWEST), _FASTEST)
        written = text.replace("\0", " ").encode() + b"\0"
        with self._turn:
            self._take = take
            self._loaded.espeak_SetVoiceByName(voice.encode("ascii"))
            self._loaded.espeak_SetParameter(_RATE, rate, 0)
            self._loaded.espeak_Synth(written, len(written), 0, _IN_CHARACTERS, 0, _UTF8, None, None)

    def _taken(self, samples: int | None, count: int, _events: int | None) -> int:
        if not samples or count <= 0:
            return _GO_ON
        return _GO_ON if self._take(ctypes.string_at(samples, count * _BYTES_A_SAMPLE)) else _STOP


def _load(folder: Path) -> ctypes.CDLL:
    cure = "compose/install/fetch-espeak.sh fetches it and prints its folder"
    try:
        loaded = ctypes.CDLL(str(folder / LIBRARY))
    except OSError as absent:
        raise EngineAbsent(f"{folder / LIBRARY} cannot be loaded; {cure}") from absent
    _declare(loaded)
    if loaded.espeak_Initialize(_SYNCHRONOUS, 0, str(folder / DATA).encode(), 0) != RATE_HZ:
        raise EngineAbsent(f"{folder / DATA} holds no data of eSpeak NG; {cure}")
    found = loaded.espeak_Info(None).decode("ascii", "replace")
    if not found.startswith(VERSION):
        raise EngineAbsent(f"expected eSpeak NG {VERSION}, which reads Chinese characters, found {found}; {cure}")
    return loaded


def _declare(loaded: ctypes.CDLL) -> None:
    loaded.espeak_Info.restype = ctypes.c_char_p
    loaded.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    loaded.espeak_SetSynthCallback.argtypes = [_Callback]
    loaded.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
        ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
