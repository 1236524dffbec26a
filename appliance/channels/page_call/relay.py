"""The customer's side of a call, in the process that serves pages: who may ask for one is checked here, and then sound
and control go through to the process that holds calls, as they come. Nothing is kept, and what is not taken in time
ends the call.
"""

import asyncio
import contextlib
from typing import Any, Final
from uuid import UUID

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from appliance.channels.page_call import frames
from appliance.channels.page_call.errors import CallsAway, CallsOff
from appliance.channels.page_call.server import PATH, TRY_AGAIN_LATER
from appliance.channels.web.pages import Pages
from appliance.channels.web.ports import WidgetDirectory
from appliance.errors import InputError, InvalidInput, NotFound, TooLarge, Unavailable
from appliance.identity.access_token import AccessTokens, offered_in
from appliance.identity.errors import TokenMissing
from appliance.web.line import until_one_ends
from appliance.web.problems import note, problem_of
from appliance.web.rate import Rate
from appliance.web.request import request_id

_OPTIONS: Final[dict[str, Any]] = {
    "max_size": frames.MOST_SOUND_BYTES,
    "compression": None,
    "ping_interval": None,
    "open_timeout": 5,
    "proxy": None,
}
_TAKEN_S: Final = 5.0
_CLOSE_S: Final = 5.0
CALLS_PER_MIN: Final = 6
"""That one conversation may begin."""
_GONE: Final = 1001


class Exchange:
    """Where calls of pages go."""

    def __init__(
        self, *, address: str | None, tokens: AccessTokens, widgets: WidgetDirectory, rate: Rate | None = None
    ) -> None:
        """``address``: host and port of the process that holds calls; None: this installation takes none."""
        self._address = address
        self._tokens = tokens
        self._widgets = widgets
        self._pages = Pages(widgets)
        self._rate = rate or Rate(CALLS_PER_MIN)

    @property
    def takes_calls(self) -> bool:
        return self._address is not None

    async def call(self, socket: WebSocket[Any, Any, Any], conversation_id: str) -> None:
        """Until one side ends it. Raises nothing: a socket has nobody to raise to."""
        offered: list[str] = socket.scope["subprotocols"]
        try:
            await socket.accept(subprotocols=frames.PROTOCOL if frames.PROTOCOL in offered else None)
            await self._call(socket, conversation_id, offered)
        except (WebSocketDisconnect, OSError, TimeoutError):
            await _close(socket, TRY_AGAIN_LATER)
        except Exception as error:
            await _refuse(socket, error)

    async def _call(self, socket: WebSocket[Any, Any, Any], conversation_id: str, offered: list[str]) -> None:
        token = offered_in(offered)
        if not token:
            raise TokenMissing("offer the access token as the subprotocol access.<token>")
        access = self._tokens.open(token)
        if access.conversation_id != _named(conversation_id):
            raise NotFound("no such conversation")
        await self._pages.admit(socket, access.shop_id)
        if self._address is None or not (await self._widgets.of(access.shop_id)).has_calls:
            raise CallsOff("this shop has no calls from its pages; appliance shop widget SHOP --calls switches them on")
        self._rate.take(access.conversation_id)
        url = f"ws://{self._address}{PATH}{access.conversation_id}"
        try:
            other = await connect(url, additional_headers={"Authorization": f"Bearer {token}"}, **_OPTIONS)
        except (OSError, TimeoutError, WebSocketException) as away:
            raise CallsAway("the process that holds calls does not answer; try again in a moment") from away
        try:
            await until_one_ends(_up(socket, other), _down(other, socket))
        finally:
            await other.close()


async def _up(socket: WebSocket[Any, Any, Any], other: ClientConnection) -> None:
    """Until the page goes. Once the call is over the other direction says so, and ends this one."""
    while True:
        message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(detail="the page closed", code=message.get("code", 1005))
        data = _checked(message)
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(_TAKEN_S):
                await other.send(data)


async def _down(other: ClientConnection, socket: WebSocket[Any, Any, Any]) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            data = await other.recv()
            async with asyncio.timeout(_TAKEN_S):
                await (socket.send_text(data) if isinstance(data, str) else socket.send_bytes(data))
    await _close(socket, other.close_code or _GONE)


def _checked(message: Any) -> str | bytes:
    sound, text = message.get("bytes"), message.get("text")
    if sound is not None:
        if len(sound) > frames.MOST_SOUND_BYTES:
            raise TooLarge("send sound as it comes, 20 ms at a time")
        return bytes(sound)
    if text is None:
        raise InvalidInput("a frame holds sound or text")
    if len(text) > frames.MOST_CHARACTERS:
        raise TooLarge("the frame is too large")
    return str(text)


async def _refuse(socket: WebSocket[Any, Any, Any], error: Exception) -> None:
    problem = problem_of(error, request_id(socket.scope))
    if problem.status >= 500 and not isinstance(error, CallsAway):
        note(error, problem)
    told = frames.Error(
        code=problem.code, detail=problem.detail, status=problem.status, retryable=bool(problem.retryable)
    )
    with contextlib.suppress(WebSocketDisconnect, OSError, TimeoutError, RuntimeError):
        async with asyncio.timeout(_TAKEN_S):
            await socket.send_text(frames.encode(told))
    await _close(socket, _code_of(error))


def _code_of(error: Exception) -> int:
    if isinstance(error, InputError):
        return 4000 + error.status
    return TRY_AGAIN_LATER if isinstance(error, Unavailable) else 1011


async def _close(socket: WebSocket[Any, Any, Any], code: int) -> None:
    """Whoever is gone already is not told. What a server may not say is said as a failure."""
    with contextlib.suppress(WebSocketDisconnect, OSError, TimeoutError, RuntimeError):
        async with asyncio.timeout(_CLOSE_S):
            await socket.close(code=code if code >= 1000 and code not in (1005, 1006, 1015) else 1011)


def _named(conversation_id: str) -> UUID:
    try:
        return UUID(conversation_id)
    except ValueError as error:
        raise NotFound("no such conversation") from error
