"""chan_websocket against a scripted Asterisk, in both forms of its control messages, on real WebSockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from appliance.channels.phone.media_socket import PROTOCOL, MediaServer
from appliance.channels.phone.switchboard import Switchboard
from appliance.voice.events import LeaveCall
from appliance.voice.model import Caller, Exit
from appliance.voice.ports import Line
from tests.appliance.channels.phone.conftest import Held

FRAME = b"\x10\x27" * 320

RETURNS = LeaveCall(Exit.TRANSFER, "returns")


class Asterisk:
    """The channel driver: reads commands, and answers as documented."""

    def __init__(self, socket: ClientConnection, form: str) -> None:
        self._socket = socket
        self._is_json = form == "json"
        self.queue: list[bytes | str] = []
        self.commands: list[str] = []

    async def start(self, media_format: str = "slin16") -> None:
        await self.event(
            "MEDIA_START",
            connection_id="e226e283",
            channel="WebSocket/appliance",
            channel_id="pbx-1.9",
            format=media_format,
            optimal_frame_size=640,
            ptime=20,
        )

    async def event(self, name: str, **values: Any) -> None:
        if self._is_json:
            await self._socket.send(json.dumps({"event": name, **values}))
        elif name == "MEDIA_MARK_PROCESSED":
            await self._socket.send(f"{name} {values['correlation_id']}")
        else:
            await self._socket.send(" ".join([name, *(f"{key}:{value}" for key, value in values.items())]))

    async def sound(self, pcm: bytes) -> None:
        await self._socket.send(pcm)

    async def take(self) -> str | bytes:
        """The next message: sound and marks are queued, FLUSH_MEDIA empties the queue."""
        async with asyncio.timeout(10):
            got = await self._socket.recv()
        if isinstance(got, bytes):
            self.queue.append(got)
            return got
        command, mark = self._command(got)
        self.commands.append(command)
        if command == "MARK_MEDIA":
            self.queue.append(mark)
        if command == "FLUSH_MEDIA":
            self.queue.clear()
        return command

    async def play(self) -> None:
        """All that is queued; each mark is told."""
        for item in self.queue:
            if isinstance(item, str):
                await self.event("MEDIA_MARK_PROCESSED", correlation_id=item)
        self.queue.clear()

    def _command(self, text: str) -> tuple[str, str]:
        if self._is_json:
            command = json.loads(text)
            return command["command"], command.get("correlation_id", "")
        name, _, mark = text.partition(" ")
        return name, mark


@pytest.fixture(params=["json", "plain"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def calling(switchboard: Switchboard, held: Held, form: str, query: str = "") -> AsyncIterator[Asterisk]:
    async with serve(MediaServer(switchboard, held).serve, "127.0.0.1", 0, subprotocols=[PROTOCOL]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        query = query or f"call={switchboard.announce(Caller(number='13800000000'))}"
        async with connect(f"ws://127.0.0.1:{port}/media?{query}", subprotocols=[PROTOCOL]) as socket:
            yield Asterisk(socket, form)


async def test_sound_and_keys_come_in(switchboard: Switchboard, form: str) -> None:
    held = Held()
    async with calling(switchboard, held, form) as asterisk:
        await asterisk.start()
        await asterisk.sound(FRAME)
        await asterisk.event("DTMF_END", digit="4", channel_id="pbx-1.9")
        await asterisk.event("DTMF_END", digit="#", channel_id="pbx-1.9")
        await held.until(lambda now: now.keys == "4#")
    line = held.line.result()
    assert (held.sound, line.rate_hz, line.caller.number) == (FRAME, 16_000, "13800000000")


async def test_a_mark_comes_back_when_all_before_it_was_played(switchboard: Switchboard, form: str) -> None:
    async def speak(line: Line) -> None:
        await line.play(FRAME)
        await line.mark("7")

    held = Held(speak)
    async with calling(switchboard, held, form) as asterisk:
        await asterisk.start()
        assert [await asterisk.take(), await asterisk.take()] == [FRAME, "MARK_MEDIA"]
        assert held.reached == []
        await asterisk.play()
        await held.until(lambda now: now.reached == ["7"])


async def test_what_is_flushed_is_taken_back_from_asterisk(switchboard: Switchboard, form: str) -> None:
    async def speak(line: Line) -> None:
        for _ in range(3):
            await line.play(FRAME)
        await line.mark("lost")
        await line.flush()
        await line.mark("kept")

    held = Held(speak)
    async with calling(switchboard, held, form) as asterisk:
        await asterisk.start()
        while asterisk.commands != ["MARK_MEDIA", "FLUSH_MEDIA", "MARK_MEDIA"]:
            await asterisk.take()
        await asterisk.play()
        await held.until(lambda now: now.reached == ["kept"])


async def test_nothing_is_sent_between_xoff_and_xon(switchboard: Switchboard, form: str) -> None:
    may_speak = asyncio.Event()

    async def speak(line: Line) -> None:
        await may_speak.wait()
        await line.play(FRAME)

    held = Held(speak)
    async with calling(switchboard, held, form) as asterisk:
        await asterisk.start()
        await asterisk.event("MEDIA_XOFF")
        await asterisk.event("DTMF_END", digit="1", channel_id="x")
        await held.until(lambda now: now.keys == "1")
        may_speak.set()
        line = await held.line
        await line.mark("a command goes through")
        assert await asterisk.take() == "MARK_MEDIA"
        await asterisk.event("MEDIA_XON")
        assert await asterisk.take() == FRAME


async def test_no_more_is_sent_than_asterisk_can_hold(switchboard: Switchboard, form: str) -> None:
    """Ten seconds of sound are not gone at once."""

    async def speak(line: Line) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await play_ten_seconds(line)
        await line.mark("so far")

    async def play_ten_seconds(line: Line) -> None:
        for _ in range(500):
            await line.play(FRAME)

    async with calling(switchboard, Held(speak), form) as asterisk:
        await asterisk.start()
        while await asterisk.take() != "MARK_MEDIA":
            pass
    assert 0 < len(asterisk.queue) < 200


async def test_the_dialplan_has_the_call_back_when_it_is_left(switchboard: Switchboard, form: str) -> None:
    call_id = switchboard.announce(Caller())

    async def leave(line: Line) -> None:
        await line.leave(RETURNS)

    async with calling(switchboard, Held(leave, RETURNS), form, f"call={call_id}") as asterisk:
        await asterisk.start()
        assert await asterisk.take() == "HANGUP"
        with pytest.raises(ConnectionClosed):
            await asterisk.take()
    assert switchboard.next(call_id) == RETURNS


async def test_a_call_ends_when_asterisk_closes(switchboard: Switchboard, form: str) -> None:
    held = Held()
    async with calling(switchboard, held, form) as asterisk:
        await asterisk.start()
        await asterisk.sound(FRAME)
        await held.until(lambda now: now.sound == FRAME)
    async with asyncio.timeout(10):
        await held.is_over.wait()


@pytest.mark.parametrize("query", ["call=6b0e4a4e-0000-4000-8000-000000000000", "call=x", "other=1"])
async def test_a_call_that_was_not_announced_is_refused(switchboard: Switchboard, query: str) -> None:
    held = Held()
    async with calling(switchboard, held, "json", query) as asterisk:
        with pytest.raises(ConnectionClosed):
            await asterisk.take()
    assert not held.line.done()


async def test_a_format_that_is_no_plain_sound_is_refused_with_the_cure(switchboard: Switchboard, form: str) -> None:
    async with calling(switchboard, Held(), form) as asterisk:
        await asterisk.start("ulaw")
        with pytest.raises(ConnectionClosed, match=r"dial with c\(slin16\)"):
            await asterisk.take()


async def test_a_message_that_nobody_understands_is_passed_over(
    switchboard: Switchboard, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held()
    async with calling(switchboard, held, "json") as asterisk:
        await asterisk.start()
        await asterisk._socket.send("{no json")
        await asterisk.event("SOMETHING_NEW", value=1)
        await asterisk.event("DTMF_END", digit="9")
        await held.until(lambda now: now.keys == "9")
    assert "phone.event_unreadable" in caplog.messages
