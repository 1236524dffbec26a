"""What stands between the appliance and a part of it, and does to the line what the test says.

It knows bytes and no protocol: a part that speaks TCP or by a unix socket stands behind it alike.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

_PIECE: Final = 4096
_SLOW_PIECE, _SLOW_S = 512, 0.25
_DRIP_PIECE, _DRIP_S = 16, 1.0
_EVERY: Final = 7
"""Of the bytes of a corrupted answer each so-manieth is another."""
_FLIPPED: Final = 0x15
_HEAD_ENDS: Final = b"\r\n\r\n"

Part = tuple[str, int] | Path
"""Where it listens: an address, or a unix socket."""


def address_of(url: str) -> Part:
    found = urlsplit(url)
    assert found.hostname is not None
    assert found.port is not None
    return found.hostname, found.port


def server_of(conninfo: str) -> Part:
    """Of PostgreSQL."""
    known = conninfo_to_dict(conninfo)
    host, port = str(known.get("host") or "localhost"), int(known.get("port") or 5432)
    return Path(host) / f".s.PGSQL.{port}" if host.startswith("/") else (host, port)


class Fault(StrEnum):
    KILLED = "killed"
    """Nobody listens; lines that were open are cut."""
    HUNG = "hung"
    """Lines are taken, and nothing ever comes back."""
    SLOWED = "slowed"
    """Two thousand bytes a second."""
    DRIPPING = "dripping"
    """Sixteen bytes a second: something always comes, and never enough."""
    CORRUPTED = "corrupted"
    """What comes back is not what was sent; of every second answer its head is whole, where it has one."""


class Proxy:
    def __init__(self, part: Part) -> None:
        self._part = part
        self._fault: Fault | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._answers_seen = 0
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def before(cls, part: Part) -> AsyncIterator["Proxy"]:
        proxy = cls(part)
        await proxy._listen()
        try:
            yield proxy
        finally:
            await proxy._close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def failing(self, fault: Fault) -> AsyncIterator[None]:
        """For lines that are open as well. At the end those of before are cut: what hangs on one would hang on."""
        self._fault = fault
        if fault is Fault.KILLED:
            await self._close()
        try:
            yield
        finally:
            self._fault = None
            await self._close()
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        try:
            with suppress(OSError):
                await self._joined(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._lines.discard(line)
            writer.close()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either side ends it."""
        if isinstance(self._part, Path):
            answers, asks = await asyncio.open_unix_connection(self._part)
        else:
            answers, asks = await asyncio.open_connection(*self._part)
        both = [asyncio.create_task(self._asks(reader, asks)), asyncio.create_task(self._answers(answers, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            asks.close()

    async def _asks(self, reader: asyncio.StreamReader, part: asyncio.StreamWriter) -> None:
        while asked := await reader.read(_PIECE):
            part.write(asked)
            await part.drain()

    async def _answers(self, part: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while answer := await part.read(_PIECE):
            match self._fault:
                case Fault.HUNG:
                    await asyncio.Event().wait()
                case Fault.SLOWED:
                    await _poured(answer, writer, _SLOW_PIECE, _SLOW_S)
                case Fault.DRIPPING:
                    await _poured(answer, writer, _DRIP_PIECE, _DRIP_S)
                case Fault.CORRUPTED:
                    writer.write(self._garbled(answer))
                case _:
                    writer.write(answer)
            await writer.drain()

    def _garbled(self, answer: bytes) -> bytes:
        self._answers_seen += 1
        spared = answer.find(_HEAD_ENDS) if self._answers_seen % 2 else -1
        begin = 0 if spared < 0 else spared + len(_HEAD_ENDS)
        return bytes(
            byte ^ _FLIPPED if at >= begin and (at - begin) % _EVERY == 0 else byte for at, byte in enumerate(answer)
        )


async def _poured(answer: bytes, writer: asyncio.StreamWriter, piece: int, pause_s: float) -> None:
    for at in range(0, len(answer), piece):
        await asyncio.sleep(pause_s)
        writer.write(answer[at : at + piece])
        await writer.drain()
