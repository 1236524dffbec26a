"""A server of OpenAI's speech protocol, by HTTP on loopback, that answers as a test tells it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.response import Stream

KEY = "k"
TONE = b"".join(((sample % 200) * 100).to_bytes(2, "little") for sample in range(24_000))
"""A second of something."""


class ScriptedSpeech:
    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.parts: tuple[bytes, ...] = (TONE[:9_601], TONE[9_601:])
        """They cut a sample in two."""
        self.status = 200
        self.media_type = "audio/pcm"
        self.is_endless = False
        self.falls_silent = False
        self.breaks_off = False
        self.is_asked = asyncio.Event()
        self.has_lost_its_hearer = asyncio.Event()

    async def audio(self) -> AsyncIterator[bytes]:
        try:
            for part in self.parts:
                yield part
            while self.is_endless:
                yield self.parts[0]
                await asyncio.sleep(0)
            if self.falls_silent:
                await asyncio.Event().wait()
            if self.breaks_off:
                raise ConnectionResetError
        finally:
            self.has_lost_its_hearer.set()


@asynccontextmanager
async def scripted_speech() -> AsyncIterator[ScriptedSpeech]:
    scripted = ScriptedSpeech()

    @post("/v1/audio/speech", status_code=200)
    async def speech(request: Request[Any, Any, Any]) -> Response[Any]:
        scripted.asked.append(await request.json())
        scripted.headers.append(dict(request.headers))
        scripted.is_asked.set()
        if scripted.headers[-1].get("authorization") != f"Bearer {KEY}":
            return Response({"error": {"message": "no"}}, status_code=401)
        if scripted.status != 200:
            return Response({"error": {"message": "no"}}, status_code=scripted.status)
        return Stream(scripted.audio(), media_type=scripted.media_type)

    @get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": "espeak-ng-1.52", "object": "model"}]}

    async with served(Litestar([speech, models], openapi_config=None)) as address:
        scripted.url = f"{address}/v1"
        yield scripted


@asynccontextmanager
async def served(app: Litestar) -> AsyncIterator[str]:
    """On loopback; its address up to the port."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn tells nobody)
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await serving
