"""Both sides of a call from a page, on real sockets: the relay of web processes, and where calls are held."""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from appliance.channels.page_call.frames import PROTOCOL
from appliance.channels.page_call.http import call_router
from appliance.channels.page_call.line import SILENT_S, PageLine
from appliance.channels.page_call.relay import Exchange
from appliance.channels.page_call.server import Holder, PageCallServer, serving
from appliance.clock import FixedClock
from appliance.identity.access_token import AccessTokens
from appliance.ids import ConversationId, ShopId, uuid7
from appliance.voice.events import LeaveCall
from appliance.voice.model import Exit
from appliance.web.app import WebParts, create_web
from appliance.web.rate import Rate
from appliance.web.server import OPTIONS
from tests.appliance.channels.phone.conftest import Held
from tests.appliance.channels.world import NOW, SHOP, FakeWidgets, Root


class Holding:
    """``Holder``: holds with what the test gives it."""

    def __init__(self, held: Held, *, refuses: Exception | None = None, is_recorded: bool = True) -> None:
        self.is_recorded = is_recorded
        self.held = held
        self.refuses = refuses

    async def admit(self, shop: ShopId, conversation_id: ConversationId) -> None:  # noqa: ARG002 - as the protocol
        if self.refuses is not None:
            raise self.refuses

    async def hold(self, line: PageLine, shop: ShopId, conversation_id: ConversationId) -> None:  # noqa: ARG002
        await self.held(line)


class Place:
    """An appliance that takes calls from pages."""

    def __init__(self, url: str, tokens: AccessTokens, widgets: FakeWidgets) -> None:
        self._url = url
        self.tokens = tokens
        self.widgets = widgets

    def begun(self) -> tuple[ConversationId, str]:
        """A conversation that was started, and its token."""
        conversation_id = ConversationId(uuid7())
        return conversation_id, self.tokens.issue(SHOP, conversation_id)[0]

    @asynccontextmanager
    async def calling(
        self, conversation_id: object, token: str | None, origin: str | None = None
    ) -> AsyncIterator[ClientConnection]:
        address = f"{self._url}/api/chat/v1/conversations/{conversation_id}/call"
        offered = [Subprotocol(PROTOCOL), *([Subprotocol(f"access.{token}")] if token else [])]
        page = None if origin is None else Origin(origin)
        async with connect(address, subprotocols=offered, origin=page, proxy=None) as socket:
            yield socket


@asynccontextmanager
async def place(
    holder: Holder | None,
    tokens: AccessTokens,
    widgets: FakeWidgets,
    *,
    lines: int = 2,
    is_away: bool = False,
    silent_s: float = SILENT_S,
) -> AsyncIterator[Place]:
    """``holder``: None where no calls are taken. ``is_away``: the process that holds them has gone."""
    async with _listening(holder, tokens, lines, silent_s) as address:
        exchange = Exchange(address="127.0.0.1:9" if is_away else address, tokens=tokens, widgets=widgets, rate=Rate(6))
        app: Any = create_web(WebParts(routers=[call_router(exchange)], checks={}, version="0"))
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, **OPTIONS)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield Place(f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", tokens, widgets)
        server.should_exit = True
        await running


@asynccontextmanager
async def _listening(
    holder: Holder | None, tokens: AccessTokens, lines: int, silent_s: float
) -> AsyncIterator[str | None]:
    if holder is None:
        yield None
        return
    listener = sockets.create_server(("127.0.0.1", 0))
    async with serving(listener, PageCallServer(tokens, holder, lines, silent_s=silent_s)):
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(Root(), FixedClock(NOW))


@pytest.fixture
def widgets() -> FakeWidgets:
    found = FakeWidgets()
    found.dress(SHOP, has_calls=True)
    return found


ENDS = LeaveCall(Exit.HANG_UP)
