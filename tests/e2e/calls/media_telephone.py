"""A caller behind ``chan_websocket``: plays its queue as the channel driver does, a frame every 20 ms."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from appliance.channels.phone.media_socket import PROTOCOL
from appliance.channels.phone.server import Ports
from appliance.evaluation.calls.earpiece import Earpiece
from appliance.evaluation.calls.telephone import announced, left

_FRAME = 320


class MediaTelephone(Earpiece):
    def __init__(self, socket: ClientConnection, ports: Ports, call_id: UUID) -> None:
        super().__init__()
        self._socket, self._ports, self._call_id = socket, ports, call_id
        self._to_say = bytearray()
        self._queue: deque[bytes | str] = deque()
        self.flushes = 0
        """How often it was told to throw away what it still had to play."""

    @classmethod
    @asynccontextmanager
    async def dial(cls, ports: Ports, *, number: str, called: str) -> AsyncIterator[Self]:
        call_id = await announced(ports, number=number, called=called)
        async with connect(f"ws://127.0.0.1:{ports.media}/media?call={call_id}", subprotocols=[PROTOCOL]) as socket:
            await socket.send(json.dumps({"event": "MEDIA_START", "format": "slin", "optimal_frame_size": _FRAME}))
            phone = cls(socket, ports, call_id)
            moving = [asyncio.create_task(phone._listen()), asyncio.create_task(phone._play())]
            try:
                yield phone
            finally:
                for each in moving:
                    each.cancel()
                await asyncio.gather(*moving, return_exceptions=True)

    async def say(self, pcm: bytes) -> None:
        async with self.changed:
            self._to_say += pcm
            await self.changed.wait_for(lambda: not self._to_say or self.is_over)

    def press(self, keys: str) -> None:
        self._queue.extend(json.dumps({"event": "DTMF_END", "digit": key}) for key in keys)

    async def goes_on(self) -> tuple[str, str]:
        return await left(self._ports, self._call_id)

    async def _listen(self) -> None:
        try:
            while (got := await self._socket.recv()) != json.dumps({"command": "HANGUP"}):
                self._take(got)
        except ConnectionClosed:
            pass
        finally:
            await self.end()

    def _take(self, got: bytes | str) -> None:
        if isinstance(got, bytes):
            self._queue.extend(got[at : at + _FRAME] for at in range(0, len(got), _FRAME))
        elif (command := json.loads(got))["command"] == "MARK_MEDIA":
            self._queue.append(json.dumps({**command, "event": "MEDIA_MARK_PROCESSED"}))
        elif command["command"] == "FLUSH_MEDIA":
            self.flushes += 1
            self._queue = deque(each for each in self._queue if isinstance(each, str) and "DTMF" in each)

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self.is_over:
            async with self.changed:
                frame = bytes(self._to_say[:_FRAME])
                del self._to_say[:_FRAME]
                self.changed.notify_all()
            await self._socket.send(frame.ljust(_FRAME, b"\0"))
            while self._queue and isinstance(event := self._queue[0], str):
                self._queue.popleft()
                await self._socket.send(event)
            played = self._queue.popleft() if self._queue else bytes(_FRAME)
            await self.hear(played if isinstance(played, bytes) else bytes(_FRAME))
            due = max(due + 0.02, loop.time() - 1)
            await asyncio.sleep(due - loop.time())
