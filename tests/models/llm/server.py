"""A chat server of the OpenAI protocol, by HTTP on loopback, that answers as a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.response import Stream

Answer = Callable[[dict[str, Any]], "Reply"]


class Reply:
    """What comes back: a finished text, or something else that servers do."""

    def __init__(
        self,
        text: str = "",
        *,
        finish_reason: str = "stop",
        status: int = 200,
        body: Any = None,
        hangs: bool = False,
        endless: tuple[bytes, float] | None = None,
        packed: bytes = b"",
    ) -> None:
        self.status = status
        self.hangs = hangs
        self.endless = endless
        """What is sent again and again, and the pause between."""
        self.packed = packed
        """Sent as gzip, asked for or not."""
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
        self.body = body if body is not None else {"id": "1", "object": "chat.completion", "choices": [choice]}


class ScriptedServer:
    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.lists_endlessly: tuple[bytes, float] | None = None
        self.sent_bytes = 0
        """Of what is sent without an end."""
        self.is_asked = asyncio.Event()
        self.goes_on = asyncio.Event()
        self._replies: list[Reply] = []

    async def endless(self, part: bytes, pause_s: float) -> AsyncIterator[bytes]:
        """Until the one who asked has gone."""
        while not self.goes_on.is_set():
            self.sent_bytes += len(part)
            yield part
            await asyncio.sleep(pause_s)

    def will_say(self, *replies: Reply) -> None:
        """One after another; the last again and again."""
        self._replies = list(replies)

    async def answer(self, body: dict[str, Any], headers: dict[str, str]) -> Reply:
        self.asked.append(body)
        self.headers.append(headers)
        self.is_asked.set()
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if reply.hangs:
            await self.goes_on.wait()
        return reply


@asynccontextmanager
async def scripted_server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()

    @post("/v1/chat/completions", status_code=200)
    async def complete(request: Request[Any, Any, Any]) -> Response[Any]:
        reply = await scripted.answer(await request.json(), dict(request.headers))
        if reply.endless:
            return Stream(scripted.endless(*reply.endless), media_type="application/json")
        if reply.packed:
            return Response(reply.packed, media_type="application/json", headers={"Content-Encoding": "gzip"})
        return Response(reply.body, status_code=reply.status)

    @get("/v1/models")
    async def models() -> Response[Any]:
        if scripted.lists_endlessly:
            return Stream(scripted.endless(*scripted.lists_endlessly), media_type="application/json")
        return Response({"object": "list", "data": [{"id": "chat", "object": "model"}]})

    server = uvicorn.Server(
        uvicorn.Config(
            Litestar([complete, models], openapi_config=None), host="127.0.0.1", port=0, log_level="critical"
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn tells nobody)
        await asyncio.sleep(0.01)
    scripted.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    try:
        yield scripted
    finally:
        scripted.goes_on.set()
        server.should_exit = True
        await serving
