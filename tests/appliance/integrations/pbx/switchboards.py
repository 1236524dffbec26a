"""A scripted Asterisk, as its REST interface is documented: one resource, basic authentication, query and JSON body."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import uvicorn


class ScriptedAri:
    def __init__(self, user: str = "appliance", word: str = "secret") -> None:
        self._expected = "Basic " + base64.b64encode(f"{user}:{word}".encode()).decode()
        self.channels: dict[str, dict[str, Any]] = {}
        self.hung_up: list[str] = []
        self.status = 200
        """Of the next answer, if it is another."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message.get("body", b"")
        status = self._answer(scope, body)
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": b"{}"})

    def _answer(self, scope: Any, body: bytes) -> int:
        headers = dict(scope["headers"])
        if headers.get(b"authorization", b"").decode() != self._expected:
            return 401
        path, method = scope["path"], scope["method"]
        if method == "DELETE" and path.startswith("/ari/channels/"):
            self.hung_up.append(path.rpartition("/")[2])
            return 204 if self.channels.pop(self.hung_up[-1], None) else 404
        if (method, path) != ("POST", "/ari/channels"):
            return 404
        if self.status != 200:
            return self.status
        asked = dict(_pairs(scope["query_string"].decode()))
        if not asked.get("endpoint") or bool(asked.get("app")) == bool(asked.get("extension")):
            return 400
        if asked["channelId"] in self.channels:
            return 409
        self.channels[asked["channelId"]] = {**asked, **msgspec.json.decode(body)}
        return 200


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Its address, up to and with ``/ari``."""
    listening = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off").bind_socket()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/ari"
    finally:
        server.should_exit = True
        await running


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query)
