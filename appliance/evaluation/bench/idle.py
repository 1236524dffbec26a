"""A customer who holds a WebSocket and says nothing: the handshake, a hello, and pongs. As little as a socket can cost.

What a server sends otherwise is counted and thrown away, but for one text that is waited for.
"""

import asyncio
import base64
import os
import ssl
from typing import Final, cast

from appliance.errors import Unavailable

PATIENCE_S: Final = 60.0
_PING: Final = 0x9
_PONG: Final = 0xA
_CLOSE: Final = 0x8
_TEXT: Final = 0x1
_SHORT: Final = 126
_LONG: Final = 127


class IdleSocket(asyncio.Protocol):
    def __init__(self, path: str, hello: bytes) -> None:
        self._path = path
        self._hello = hello
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._is_upgraded = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done at the first frame of the server where a hello was said, else at the handshake."""
        self.texts = asyncio.Queue[bytes]()
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_upgraded and not self._upgrade():
            return
        while (frame := self._next()) is not None:
            kind, payload = frame
            if kind == _PING:
                self._write(_PONG, payload)
            elif kind == _TEXT:
                self._open()
                self.texts.put_nowait(payload)
            elif kind == _CLOSE and self._transport is not None:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - either way it is gone
        self.is_lost = True
        if not self.opened.done():
            self.opened.set_exception(Unavailable("the server closed a socket before it was open"))

    def say(self, text: bytes) -> None:
        self._write(_TEXT, text)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _upgrade(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        if b" 101 " not in head.partition(b"\r\n")[0]:
            self.opened.set_exception(Unavailable(f"no WebSocket: {head[:60]!r}"))
            return False
        self._is_upgraded = True
        if self._hello:
            self.say(self._hello)
        else:
            self._open()
        return True

    def _open(self) -> None:
        if not self.opened.done():
            self.opened.set_result(None)

    def _next(self) -> tuple[int, bytes] | None:
        """One frame of the server, which masks none and, short as these are, splits none."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 0x7F, 2
        if length in (_SHORT, _LONG):
            start = 4 if length == _SHORT else 10
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + length:
            return None
        kind, payload = buffer[0] & 0xF, bytes(buffer[start : start + length])
        del buffer[: start + length]
        return kind, payload

    def _write(self, kind: int, payload: bytes) -> None:
        """Masked with zeros: a mask is asked for, and this one costs nothing."""
        if self._transport is None or self._transport.is_closing():
            return
        length = bytes([0x80 | len(payload)]) if len(payload) < _SHORT else b"\xfe" + len(payload).to_bytes(2, "big")
        self._transport.write(bytes([0x80 | kind]) + length + bytes(4) + payload)


async def hold(
    host: str, port: int, path: str, hello: bytes = b"", *, trusting: ssl.SSLContext | None = None
) -> IdleSocket:
    """Returns once the server has answered. ``trusting``: over TLS."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: IdleSocket(path, hello), host, port, ssl=trusting)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await socket.opened
    except TimeoutError as late:
        raise Unavailable(f"a socket was not open after {PATIENCE_S:g} s: the machine is too busy to measure") from late
    return socket
