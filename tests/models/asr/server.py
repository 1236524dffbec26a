"""A recogniser that answers as a test tells it to: the messages of the runtime, scripted turn by turn."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

Answer = Callable[[], list[Any]]


class ScriptedRecogniser:
    def __init__(self) -> None:
        self.url = ""
        self.starts: list[dict[str, Any]] = []
        self.heard = b""
        self.on_audio: list[Any] = []
        """Sent when the first audio of a turn comes."""
        self.on_end: list[list[Any]] = []
        """What each end of a turn is answered with, one after another; nothing where none is left."""
        self.closes_with: tuple[int, str] | None = None
        """As soon as a call starts."""

    async def serve_call(self, connection: ServerConnection) -> None:
        if self.closes_with is not None:
            await connection.close(*self.closes_with)
            return
        is_first = True
        async for message in connection:
            if isinstance(message, bytes):
                self.heard += message
                await self._send(connection, self.on_audio if is_first else [])
                is_first = False
            elif json.loads(message)["is_speaking"]:
                self.starts.append(json.loads(message))
            else:
                is_first = True
                await self._send(connection, self.on_end.pop(0) if self.on_end else [])

    async def _send(self, connection: ServerConnection, messages: list[Any]) -> None:
        for message in messages:
            is_ready = isinstance(message, str | bytes)
            await connection.send(message if is_ready else json.dumps(message, ensure_ascii=False))


@asynccontextmanager
async def scripted_recogniser() -> AsyncIterator[ScriptedRecogniser]:
    recogniser = ScriptedRecogniser()
    async with serve(recogniser.serve_call, "127.0.0.1", 0) as server:
        recogniser.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield recogniser


def online(text: str, **more: Any) -> dict[str, Any]:
    return {"mode": "2pass-online", "wav_name": "call", "text": text, "is_final": False, **more}


def offline(text: str, *, is_final: bool = True, **more: Any) -> dict[str, Any]:
    return {"mode": "2pass-offline", "wav_name": "call", "text": text, "is_final": is_final, **more}
