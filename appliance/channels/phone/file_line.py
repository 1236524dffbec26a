"""A line whose caller is a recording: for tests, and to try a call without a telephone. Keeps what was played."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from appliance.voice.events import LeaveCall
from appliance.voice.frames import Framer
from appliance.voice.model import FRAME_MS, Caller
from appliance.voice.ports import Audio, Key, Reached


class FileLine:
    def __init__(
        self,
        sound: bytes,
        rate_hz: int = 8_000,
        *,
        keys: Sequence[tuple[int, str]] = (),
        caller: Caller | None = None,
        frame_s: float = FRAME_MS / 1000,
    ) -> None:
        """``keys``: what is pressed, and after how many milliseconds. The caller hangs up when the sound is over."""
        self._sound = sound
        self._rate_hz = rate_hz
        self._keys = list(keys)
        self._caller = caller or Caller()
        self._frame_s = frame_s
        self._marks: asyncio.Queue[Reached] = asyncio.Queue()
        self.played = bytearray()
        self.heard_ms = 0
        """Of the sound: the line's own clock, however fast it runs."""
        self.left: LeaveCall | None = None

    @property
    def caller(self) -> Caller:
        return self._caller

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    async def events(self) -> AsyncIterator[Audio | Key | Reached]:
        framer = Framer(self._rate_hz)
        for number, frame in enumerate([*framer.feed(self._sound), *framer.finish()]):
            await asyncio.sleep(self._frame_s)
            while self._keys and self._keys[0][0] <= number * FRAME_MS:
                yield Key(self._keys.pop(0)[1])
            while not self._marks.empty():
                yield self._marks.get_nowait()
            yield Audio(frame)
            self.heard_ms += FRAME_MS

    async def play(self, frame: bytes) -> None:
        self.played += frame
        await asyncio.sleep(self._frame_s)

    async def mark(self, mark: str) -> None:
        self._marks.put_nowait(Reached(mark))

    async def flush(self) -> None:
        while not self._marks.empty():
            self._marks.get_nowait()

    async def leave(self, leave: LeaveCall) -> None:
        self.left = leave
