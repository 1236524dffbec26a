"""Where the process that holds calls takes those of pages: on a socket that only the web processes know.

It trusts them with nothing but the page's address: the token of the conversation is checked here, and with it whether
this conversation may have a call now. One call for each conversation, and as many in all as there are lines.
"""

import asyncio
import logging
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol
from uuid import UUID

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from appliance.channels.page_call import frames
from appliance.channels.page_call.errors import CallHeld, LinesBusy
from appliance.channels.page_call.line import SILENT_S, PageLine
from appliance.errors import ApplianceError, NotFound
from appliance.identity.errors import TokenMissing
from appliance.identity.model import ConversationAccess
from appliance.ids import ConversationId, ShopId
from appliance.web.problems import problem_of

_log = logging.getLogger(__name__)
PATH: Final = "/calls/"
TRY_AGAIN_LATER: Final = 1013
_ENDING_S: Final = 2.0
_OPTIONS: Final[dict[str, Any]] = {"max_size": frames.MOST_SOUND_BYTES, "compression": None, "ping_interval": None}


class Tokens(Protocol):
    """``identity.access_token.AccessTokens``."""

    def open(self, token: str) -> ConversationAccess: ...


class Holder(Protocol):
    """``joints.page_calls.PageCalls``."""

    is_recorded: bool

    async def admit(self, shop: ShopId, conversation_id: ConversationId) -> None:
        """NotFound, or why this conversation may have no call."""
        ...

    async def hold(self, line: PageLine, shop: ShopId, conversation_id: ConversationId) -> None:
        """The call, from its first words to its end; leaves the line."""
        ...


class PageCallServer:
    def __init__(self, tokens: Tokens, holder: Holder, lines: int, *, silent_s: float = SILENT_S) -> None:
        """``silent_s``: a page that sends no sound for so long is gone."""
        self._tokens = tokens
        self._holder = holder
        self._lines = lines
        self._silent_s = silent_s
        self._held: dict[ConversationId, asyncio.Event] = {}
        """Each is set once that call is over, and all that it left is kept."""

    async def serve(self, socket: ServerConnection) -> None:
        """One connection; for ``websockets.asyncio.server.serve``."""
        try:
            access = self._access(socket)
            await self._hold(socket, access.shop_id, access.conversation_id)
        except ConnectionClosed:
            return
        except ApplianceError as refused:
            await _refuse(socket, refused)

    async def _hold(self, socket: ServerConnection, shop: ShopId, conversation_id: ConversationId) -> None:
        await self._is_over(conversation_id)
        if len(self._held) >= self._lines:
            raise LinesBusy("all lines are taken; write meanwhile, or call again in a moment")
        over = self._held[conversation_id] = asyncio.Event()
        try:
            await self._holder.admit(shop, conversation_id)
            line = PageLine(socket, is_recorded=self._holder.is_recorded, silent_s=self._silent_s)
            await line.open()
            await self._holder.hold(line, shop, conversation_id)
        finally:
            del self._held[conversation_id]
            over.set()

    async def _is_over(self, conversation_id: ConversationId) -> None:
        """A page that calls again at once may come before the end of its last call was kept."""
        while (before := self._held.get(conversation_id)) is not None:
            try:
                async with asyncio.timeout(_ENDING_S):
                    await before.wait()
            except TimeoutError:
                raise CallHeld("this conversation has a call already") from None

    def _access(self, socket: ServerConnection) -> ConversationAccess:
        request = socket.request
        scheme, _, token = ("" if request is None else request.headers.get("Authorization", "")).partition(" ")
        if request is None or scheme != "Bearer":
            raise TokenMissing("a call needs the access token of its conversation")
        access = self._tokens.open(token)
        if access.conversation_id != _named(request.path.removeprefix(PATH)):
            raise NotFound("no such conversation")
        return access


@asynccontextmanager
async def serving(listener: sockets.socket, server: PageCallServer) -> AsyncIterator[None]:
    """Until what is inside is over; then nobody new is let in."""
    async with serve(server.serve, sock=listener, **_OPTIONS):
        yield


async def _refuse(socket: ServerConnection, refused: ApplianceError) -> None:
    problem = problem_of(refused, "")
    _log.info("page_call.refused", extra={"code": problem.code})
    told = frames.Error(
        code=problem.code, detail=problem.detail, status=problem.status, retryable=bool(problem.retryable)
    )
    try:
        await socket.send(frames.encode(told))
        await socket.close(TRY_AGAIN_LATER if refused.retryable else 4000 + refused.status)
    except ConnectionClosed:
        return


def _named(conversation_id: str) -> UUID:
    try:
        return UUID(conversation_id)
    except ValueError as error:
        raise NotFound("no such conversation") from error
