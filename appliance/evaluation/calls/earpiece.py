"""What a caller hears of a call, whatever line it comes by: all of it, and whether anybody speaks now."""

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from appliance.voice.model import FRAME_MS

RATE_HZ: Final = 8_000
_LOUD: Final = 60
"""Amplitude of a sample; a line that carries nothing is all but still."""


class Earpiece:
    def __init__(self) -> None:
        self.heard = bytearray()
        """From the first frame on, at ``RATE_HZ``."""
        self.on_heard: Callable[[bytes], None] = lambda _frame: None
        """Gets each frame as it comes."""
        self.is_over = False
        """The other side has given the call back, or the line is gone."""
        self.changed = asyncio.Condition()
        self._still = 0
        """Frames since the last sound."""

    async def until_sound(self) -> None:
        """Until the other side is heard from now on, or the call is over."""
        async with self.changed:
            self._still = max(self._still, 1)
            await self.changed.wait_for(lambda: self._still == 0 or self.is_over)

    async def until_still(self, for_ms: int) -> None:
        """Until nothing has been heard for so long from now on, or the call is over."""
        async with self.changed:
            self._still = 0
            await self.changed.wait_for(lambda: self._still * FRAME_MS >= for_ms or self.is_over)

    async def until_over(self) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.is_over)

    async def hear(self, frame: bytes) -> None:
        """20 ms of it."""
        self.heard += frame
        self.on_heard(frame)
        async with self.changed:
            self._still = 0 if is_sound(frame) else self._still + 1
            self.changed.notify_all()

    async def end(self) -> None:
        async with self.changed:
            self.is_over = True
            self.changed.notify_all()


def is_sound(frame: bytes) -> bool:
    samples = np.frombuffer(frame[: len(frame) // 2 * 2], "<i2").astype(np.int32)
    return bool(len(samples)) and int(np.abs(samples).max()) > _LOUD
