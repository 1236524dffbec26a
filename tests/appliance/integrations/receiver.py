"""A system of the shop that is told: a real HTTP server on loopback that answers as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Told:
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


def fine(_: Told) -> str:
    return "204 No Content"


@dataclass
class Receiver:
    """``answers``: the status line for what was told, with further headers after it; empty: hang up."""

    answers: Callable[[Told], str] = fine
    told: list[Told] = field(default_factory=list)
    port: int = 0
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def wait(self) -> None:
        """Until something more is told."""
        self._more.clear()
        await self._more.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await self._head(reader):
                length = int(head.get("content-length", "0"))
                told = Told(head, await reader.readexactly(length))
                self.told.append(told)
                self._more.set()
                answer = self.answers(told)
                if not answer:
                    break
                writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        finally:
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> dict[str, str]:
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except asyncio.IncompleteReadError:
            return {}
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
