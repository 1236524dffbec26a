"""Who is spoken for next: the library serves one piece at a time, callers take turns by the piece, and few may wait.

Pieces are made whole (5 ms a sentence) and brought to the protocol's rate: the first is heard while others are made.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import numpy as np
from scipy.signal import resample_poly  # type: ignore[import-untyped]

from models.errors import ModelBusy
from models.tts.audio import RATE_HZ
from models.tts.espeak.library import RATE_HZ as LIBRARY_HZ
from models.tts.espeak.library import Library
from models.tts.sentences import split

MOST_WAITING: Final = 32
_WARM_UP: Final = "您好，一二三。"
_UP, _DOWN = 160, 147
"""22,050 x 160 / 147 = 24,000."""
assert LIBRARY_HZ * _UP == RATE_HZ * _DOWN  # noqa: S101


class Voicing:
    def __init__(self, folder: Path, *, most_waiting: int = MOST_WAITING) -> None:
        """Raises EngineAbsent."""
        self._library = Library(folder)
        self._most_waiting = most_waiting
        self._turn = asyncio.Lock()
        self.waiting = 0
        """Pieces that are made or will be."""

    async def warm_up(self) -> None:
        await self._piece(_WARM_UP, "cmn", 1.0)

    async def speak(self, text: str, voice: str, speed: float) -> AsyncGenerator[bytes]:
        """Raises ModelBusy before the first piece, never within a text."""
        for number, piece in enumerate(split(text)):
            if number == 0 and self.waiting >= self._most_waiting:
                raise ModelBusy(f"{self.waiting} pieces are waiting to be spoken")
            yield await self._piece(piece, voice, speed)

    async def _piece(self, text: str, voice: str, speed: float) -> bytes:
        self.waiting += 1
        is_wanted = threading.Event()
        is_wanted.set()
        try:
            async with self._turn:
                return await asyncio.to_thread(self._made, text, voice, speed, is_wanted)
        finally:
            is_wanted.clear()
            self.waiting -= 1

    def _made(self, text: str, voice: str, speed: float, is_wanted: threading.Event) -> bytes:
        samples = bytearray()

        def take(more: bytes) -> bool:
            samples.extend(more)
            return is_wanted.is_set()

        self._library.speak(text, voice, speed, take)
        return _at_rate(bytes(samples))


def _at_rate(samples: bytes) -> bytes:
    heard = np.frombuffer(samples, dtype="<i2").astype(np.float32)
    resampled = resample_poly(heard, _UP, _DOWN)
    return bytes(np.clip(np.rint(resampled), -32768, 32767).astype("<i2").tobytes())
