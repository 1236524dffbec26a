"""A stand-in for the appliance that speaks the chat protocol, and a bot for it that each test writes in a few lines."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from litestar import Litestar, Request, WebSocket, get, post, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath

from appliance.client.chat import ChatClient, Conversation
from appliance.evaluation.model import Case, Entry, ReceivedCase

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@dataclass
class Turn:
    """What the stand-in's bot does with the words of one turn."""

    reply: str = "好的"
    awaiting: str | None = None
    log: tuple[Entry, ...] = ()
    received: tuple[ReceivedCase, ...] = ()
    is_handed_off: bool = False
    quick_replies: tuple[str, ...] = ()


Bot = Callable[[list[str]], Turn]


@dataclass
class Stand:
    """One conversation at the stand-in."""

    events: list[dict[str, Any]] = field(default_factory=list)
    heard: list[list[str]] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    received: list[ReceivedCase] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    pending: list[str] = field(default_factory=list)
    moved_s: int = 0
    hello: dict[str, Any] = field(default_factory=dict)
    grew: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, kind: str, speaker: str, **more: Any) -> None:
        event = {"seq": 2 * len(self.events) + 1, "at": NOW.isoformat(), "kind": kind, "speaker": speaker} | more
        self.events.append(event)
        self.grew.set()


class FakeAppliance:
    def __init__(self, bot: Bot, refuse: str | None = None) -> None:
        self.bot = bot
        self.refuse = refuse
        self.stands: dict[str, Stand] = {}
        self.started: list[dict[str, Any]] = []
        self.uploads: list[bytes] = []
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeAppliance"]:
        config = uvicorn.Config(self._app(), port=0, log_level="error", lifespan="off", ws="websockets-sansio")
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]
        running = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        yield self
        server.should_exit = server.force_exit = True
        await running

    def client(self) -> ChatClient:
        return ChatClient(self.url)

    def _app(self) -> Litestar:
        base = "/api/chat/v1/conversations"

        @post(base)
        async def start(request: Request[Any, Any, Any]) -> dict[str, str]:
            self.started.append(await request.json())
            name = f"c{len(self.stands)}"
            self.stands[name] = Stand()
            return {"conversation_id": name, "access_token": f"secret-{name}"}

        @post(base + "/{name:str}/images")
        async def images(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, str]:
            self.uploads.append(await request.body())
            return {"evidence_id": f"e{len(self.uploads)}"}

        @post(base + "/{name:str}/clock")
        async def clock(request: Request[Any, Any, Any], name: FromPath[str]) -> None:
            stand = self.stands[name]
            stand.moved_s += (await request.json())["by_s"]
            stand.add("message", "bot", text="还在吗")
            stand.add("state", "bot", awaiting="message")

        @get(base + "/{name:str}/events")
        async def events(name: FromPath[str]) -> dict[str, Any]:
            seen = self.stands[name].events
            return {"events": [], "next": seen[-1]["seq"] if seen else 0}

        @websocket(base + "/{name:str}/ws")
        async def talk(socket: WebSocket[Any, Any, Any], name: FromPath[str]) -> None:
            await self._talk(socket, self.stands[name], int(socket.query_params.get("after", 0)))

        return Litestar([start, images, clock, events, talk])

    async def _talk(self, socket: WebSocket[Any, Any, Any], stand: Stand, after: int) -> None:
        await socket.accept()
        sender = asyncio.create_task(self._send(socket, stand, after))
        try:
            stand.hello = await socket.receive_json()
            while True:
                await self._take(socket, stand, await socket.receive_json())
        except WebSocketDisconnect:
            pass
        finally:
            sender.cancel()

    async def _send(self, socket: WebSocket[Any, Any, Any], stand: Stand, after: int) -> None:
        sent = 0
        while True:
            stand.grew.clear()
            for event in stand.events[sent:]:
                sent += 1
                if event["seq"] > after:
                    await socket.send_json({"type": "event", "event": event})
            await stand.grew.wait()

    async def _take(self, socket: WebSocket[Any, Any, Any], stand: Stand, frame: dict[str, Any]) -> None:
        if frame["type"] == "flush":
            self._turn(stand)
            return
        if self.refuse is not None and frame.get("text") == self.refuse:
            refusal = {"type": "error", "id": frame["id"], "code": "too_large", "detail": "too long"}
            await socket.send_json(refusal)
            return
        await socket.send_json({"type": "ack", "id": frame["id"]})
        if frame["id"] not in stand.ids:
            stand.ids.add(frame["id"])
            words = frame.get("text") or frame.get("payload") or f"[{frame['evidence_id']} {frame.get('caption')}]"
            stand.add("message", "customer", text=words, client_message_id=frame["id"])
            stand.pending.append(words)

    def _turn(self, stand: Stand) -> None:
        heard, stand.pending = stand.pending, []
        if not heard:
            return
        stand.heard.append(heard)
        turn = self.bot(heard)
        stand.log += turn.log
        stand.received += turn.received
        replies = [{"label": label, "payload": label} for label in turn.quick_replies]
        stand.add("message", "bot", text=turn.reply, quick_replies=replies)
        if turn.is_handed_off:
            stand.add("handoff", "system")
        stand.add("state", "bot", awaiting=turn.awaiting)


@dataclass
class FakeSeat:
    conversation: Conversation
    stand: Stand

    async def log(self) -> list[Entry]:
        return self.stand.log

    async def received(self) -> tuple[list[ReceivedCase], int]:
        return self.stand.received, len(self.stand.received)


class FakeVenue:
    """Seats cases at the stand-in."""

    def __init__(self, appliance: FakeAppliance) -> None:
        self.appliance = appliance

    @asynccontextmanager
    async def seat(self, case: Case) -> AsyncIterator[FakeSeat]:
        async with self.appliance.client() as client:
            conversation = await client.start(case.id, channel=case.channel, business_now=case.now)
            async with conversation:
                yield FakeSeat(conversation, self.appliance.stands[conversation.conversation_id])


@pytest.fixture
def appliance_with() -> Callable[..., Any]:
    """``async with appliance_with(bot) as appliance``: a stand-in that listens."""
    return lambda bot, **more: FakeAppliance(bot, **more).serve()


@pytest.fixture
def turn() -> type[Turn]:
    return Turn


@pytest.fixture
def venue() -> type[FakeVenue]:
    return FakeVenue
