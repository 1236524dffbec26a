"""One end of an AudioSocket connection, as a telephone is: it says what it is given and keeps what it hears."""

import asyncio
import contextlib
from types import TracebackType
from typing import Final, Self

from appliance.channels.phone.audiosocket import Kind, message, read_message
from appliance.evaluation.calls.earpiece import RATE_HZ, Earpiece
from appliance.voice.model import FRAME_MS, frame_bytes

_SOUND: Final = 0x10
SILENCE: Final = bytes(frame_bytes(RATE_HZ))


class Handset(Earpiece):
    """Held with ``async with``: at the end its connection is closed, which hangs up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._reader = reader
        self._writer = writer
        self._to_say = bytearray()
        self._moving: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._moving = [asyncio.create_task(self._listen()), asyncio.create_task(self._send())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None
    ) -> None:
        for each in self._moving:
            each.cancel()
        await asyncio.gather(*self._moving, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def say(self, pcm: bytes) -> None:
        """Returns when all of it has gone out; where the call ends before, at once."""
        async with self.changed:
            self._to_say += pcm
            await self.changed.wait_for(lambda: not self._to_say or self.is_over)

    def hand_over(self, pcm: bytes) -> None:
        """Goes out as soon as what came before has."""
        self._to_say += pcm

    async def after_a_frame(self) -> None:
        """Asked each time a frame has gone out."""

    async def _listen(self) -> None:
        try:
            while (got := await read_message(self._reader))[0] != Kind.HANG_UP:
                if got[0] == _SOUND:
                    await self.hear(got[1])
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            await self.end()

    async def _send(self) -> None:
        """A frame every 20 ms by the clock, whatever it takes to send one."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        with contextlib.suppress(OSError):
            while not self.is_over:
                async with self.changed:
                    frame = bytes(self._to_say[: len(SILENCE)])
                    del self._to_say[: len(SILENCE)]
                    if not self._to_say:
                        self.changed.notify_all()
                self._writer.write(message(_SOUND, frame.ljust(len(SILENCE), b"\0")))
                await self._writer.drain()
                await self.after_a_frame()
                due = max(due + FRAME_MS / 1000, loop.time() - 1)
                await asyncio.sleep(due - loop.time())
