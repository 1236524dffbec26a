"""The line of a WebSocket, whoever is at its other end: text frames in and out, nobody waited for for ever."""

import asyncio
from collections.abc import Coroutine
from enum import IntEnum
from typing import Any

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from appliance.errors import InvalidInput, TooLarge
from appliance.web.problems import Problem, note, problem_of
from appliance.web.request import request_id


class TooSlow(Exception):
    """The other side does not read."""


class SocketLine:
    def __init__(
        self, socket: WebSocket[Any, Any, Any], *, most_characters: int, send_s: float, close_s: float
    ) -> None:
        """``send_s``: a frame that was not taken by then raises TooSlow."""
        self._socket = socket
        self._most_characters = most_characters
        self._send_s = send_s
        self._close_s = close_s
        self._sending = asyncio.Lock()

    @property
    def request_id(self) -> str:
        return request_id(self._socket.scope)

    async def accept(self, protocol: str) -> list[str]:
        """What the other side offered."""
        offered: list[str] = self._socket.scope["subprotocols"]
        await self._socket.accept(subprotocols=protocol if protocol in offered else None)
        return offered

    async def receive(self) -> str:
        """Raises WebSocketDisconnect, and InputError for a frame that is not to be read."""
        message: Any = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(detail="the other side closed", code=message.get("code", 1005))
        text = message.get("text")
        if text is None:
            raise InvalidInput("send text frames; binary ones are not read")
        if len(text) > self._most_characters:
            raise TooLarge("the frame is too large")
        return str(text)

    async def send(self, text: str) -> None:
        async with self._sending:
            try:
                async with asyncio.timeout(self._send_s):
                    await self._socket.send_text(text)
            except TimeoutError as late:
                raise TooSlow from late

    async def close(self, code: IntEnum) -> None:
        """With the code's name as the reason. Whoever is gone already is not told."""
        try:
            async with asyncio.timeout(self._close_s):
                await self._socket.close(code=code, reason=code.name.lower())
        except (WebSocketDisconnect, OSError, TimeoutError, RuntimeError):
            return

    def problem(self, error: Exception) -> Problem:
        """What the other side is told of it; what is ours to mend is noted."""
        problem = problem_of(error, self.request_id)
        if problem.status >= 500:
            note(error, problem)
        return problem


async def until_one_ends(*parts: Coroutine[Any, Any, None]) -> None:
    """Raises what the first one to end has raised; the others are stopped."""
    tasks = {asyncio.create_task(part) for part in parts}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
