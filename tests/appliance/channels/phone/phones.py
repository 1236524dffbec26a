"""Callers behind an Asterisk, by either transport: a frame every 20 ms each way, silence unless somebody speaks."""

import asyncio
import json
from collections import deque
from typing import Protocol, Self
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect

from appliance.channels.phone.agi import CALL_ID, NEXT, TARGET
from appliance.channels.phone.audiosocket import message, read_message
from appliance.channels.phone.media_socket import PROTOCOL
from appliance.channels.phone.server import Ports
from tests.appliance.channels.phone.test_agi import run as run_agi
from tests.appliance.voice.engines import speech, tone


class Phone(Protocol):
    heard: list[bytes]
    """Frames that have reached the caller's ear."""

    def speak(self, ms: int = 300) -> None: ...

    def beep(self, ms: int) -> None: ...

    def press(self, keys: str) -> None: ...

    async def run(self) -> None:
        """Until the other side gives the call back."""
        ...


class OverAudioSocket:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._to_say = bytearray()
        self.heard: list[bytes] = []

    @classmethod
    async def dial(cls, ports: Ports, call_id: UUID) -> Self:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.audiosocket)
        writer.write(message(0x01, call_id.bytes))
        return cls(reader, writer)

    def speak(self, ms: int = 300) -> None:
        self._to_say += speech(ms)

    def beep(self, ms: int) -> None:
        self._to_say += tone(ms)

    def press(self, keys: str) -> None:
        for key in keys:
            self._writer.write(message(0x03, key.encode()))

    async def run(self) -> None:
        sending = asyncio.create_task(self._send())
        try:
            while (got := await read_message(self._reader))[0] != 0x00:
                self.heard.append(got[1])
        finally:
            sending.cancel()
            self._writer.close()

    async def _send(self) -> None:
        while True:
            frame, self._to_say = self._to_say[:320], self._to_say[320:]
            self._writer.write(message(0x10, bytes(frame).ljust(320, b"\0")))
            await asyncio.sleep(0.02)


class OverMediaSocket:
    """Plays its queue as the channel driver does: a frame every 20 ms, marks as they come to its front."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._to_say = bytearray()
        self._queue: deque[bytes | str] = deque()
        self.heard: list[bytes] = []

    @classmethod
    async def dial(cls, ports: Ports, call_id: UUID) -> Self:
        socket = await connect(f"ws://127.0.0.1:{ports.media}/media?call={call_id}", subprotocols=[PROTOCOL])
        await socket.send(json.dumps({"event": "MEDIA_START", "format": "slin16", "optimal_frame_size": 640}))
        return cls(socket)

    def speak(self, ms: int = 300) -> None:
        self._to_say += speech(ms, 16_000)

    def beep(self, ms: int) -> None:
        self._to_say += tone(ms, 16_000)

    def press(self, keys: str) -> None:
        self._queue.extend(json.dumps({"event": "DTMF_END", "digit": key}) for key in keys)

    async def run(self) -> None:
        playing = asyncio.create_task(self._play())
        try:
            while (got := await self._socket.recv()) != json.dumps({"command": "HANGUP"}):
                self._take(got)
        finally:
            playing.cancel()
            await self._socket.close()

    def _take(self, got: bytes | str) -> None:
        if isinstance(got, bytes):
            self._queue.append(got)
        elif (command := json.loads(got))["command"] == "MARK_MEDIA":
            self._queue.append(json.dumps({**command, "event": "MEDIA_MARK_PROCESSED"}))
        elif command["command"] == "FLUSH_MEDIA":
            self._queue.clear()

    async def _play(self) -> None:
        while True:
            frame, self._to_say = self._to_say[:640], self._to_say[640:]
            await self._socket.send(bytes(frame).ljust(640, b"\0"))
            while self._queue and isinstance(event := self._queue[0], str):
                self._queue.popleft()
                await self._socket.send(event)
            played = self._queue.popleft() if self._queue else bytes(640)
            self.heard.append(played if isinstance(played, bytes) else b"")
            await asyncio.sleep(0.02)


Transport = type[OverAudioSocket] | type[OverMediaSocket]


async def dial(
    ports: Ports, called: str = "4008001234", over: Transport = OverAudioSocket
) -> tuple[Phone, dict[str, str]]:
    """As the sample dialplan does: who calls, then the sound."""
    channel = await run_agi(
        ports.agi, {"agi_network_script": "enter", "agi_callerid": "13800138000", "agi_dnid": called}
    )
    return await over.dial(ports, UUID(channel[CALL_ID])), channel


async def then(ports: Ports, channel: dict[str, str]) -> tuple[str, str]:
    """Where the dialplan goes on."""
    asked = await run_agi(ports.agi, {"agi_network_script": "leave"}, {f"${{{CALL_ID}}}": channel[CALL_ID]})
    return asked[NEXT], asked[TARGET]
