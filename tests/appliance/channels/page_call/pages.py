"""A page that calls, as a browser's does: a frame every 20 ms whatever is said, a queue that is played and told of."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from appliance.channels.page_call.frames import FRAME_BYTES
from tests.appliance.voice.engines import tone

_PATIENCE_S = 20


class ScriptedPage:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._to_say = bytearray()
        self._queue: deque[bytes | str] = deque()
        self._changed = asyncio.Condition()
        self.heard: list[bytes] = []
        """Frames that have reached the ear."""
        self.told: list[dict[str, Any]] = []

    def speak(self, ms: int = 300) -> None:
        self._to_say += tone(ms, 16_000)

    async def tell(self, **command: Any) -> None:
        await self._socket.send(json.dumps(command))

    async def sound(self, pcm: bytes) -> None:
        await self._socket.send(pcm)

    async def run(self) -> int | None:
        """Until the call is over; the code that the socket was closed with."""
        playing = asyncio.create_task(self._play())
        try:
            with suppress(ConnectionClosed):
                while True:
                    await self._take(await self._socket.recv())
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        return self._socket.close_code

    async def until(self, kind: str, **values: Any) -> dict[str, Any]:
        """The first frame of that kind that holds these values."""

        def found() -> dict[str, Any] | None:
            return next((each for each in self.told if {"type": kind, **values}.items() <= each.items()), None)

        async with asyncio.timeout(_PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        frame = found()
        assert frame is not None
        return frame

    async def says(self, words: str) -> None:
        """Until a sentence with these words is announced."""
        async with asyncio.timeout(_PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: any(words in each.get("text", "") for each in self.told))

    async def close(self) -> None:
        await self._socket.close()

    async def _take(self, got: bytes | str) -> None:
        if isinstance(got, bytes):
            self._queue.append(got)
            return
        frame = json.loads(got)
        if frame["type"] == "mark":
            self._queue.append(frame["mark"])
        elif frame["type"] == "flush":
            self._queue.clear()
        async with self._changed:
            self.told.append(frame)
            self._changed.notify_all()

    async def _play(self) -> None:
        try:
            while True:
                frame, self._to_say = self._to_say[:FRAME_BYTES], self._to_say[FRAME_BYTES:]
                await self._socket.send(bytes(frame).ljust(FRAME_BYTES, b"\0"))
                while self._queue and isinstance(mark := self._queue[0], str):
                    self._queue.popleft()
                    await self.tell(type="played", mark=mark)
                if self._queue:
                    played = self._queue.popleft()
                    assert isinstance(played, bytes)
                    self.heard.append(played)
                await asyncio.sleep(0.02)
        except ConnectionClosed:
            return
