"""AudioSocket against a scripted Asterisk, on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import pytest

from appliance.channels.phone.audiosocket import RATES, AudioSocketServer, message, read_message
from appliance.channels.phone.switchboard import Switchboard
from appliance.voice.events import LeaveCall
from appliance.voice.model import Caller, Exit
from appliance.voice.ports import Line
from tests.appliance.channels.phone.conftest import FALLBACK, Held

SILENCE = bytes(320)
LOUD = b"\x10\x27" * 160
CALLER = Caller(number="13800000000", called="4008001234")

RETURNS = LeaveCall(Exit.TRANSFER, "returns")


class Asterisk:
    """The other end of one call."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, kind: int, payload: bytes = b"") -> None:
        self._writer.write(message(kind, payload))

    async def receive(self) -> tuple[int, bytes]:
        async with asyncio.timeout(10):
            return await read_message(self._reader)

    async def until(self, kind: int) -> bytes:
        while True:
            got, payload = await self.receive()
            if got == kind:
                return payload

    async def rest(self) -> list[int]:
        """Types of all messages up to the end."""
        kinds = []
        with suppress(asyncio.IncompleteReadError):
            while True:
                kinds.append((await self.receive())[0])
        return kinds

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def calling(
    switchboard: Switchboard, held: Callable[[Line], Awaitable[object]], call_id: UUID | None = None
) -> AsyncIterator[Asterisk]:
    server = await asyncio.start_server(AudioSocketServer(switchboard, held).serve, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        asterisk = Asterisk(reader, writer)
        asterisk.send(0x01, (call_id or switchboard.announce(CALLER)).bytes)
        yield asterisk
        asterisk.close()


async def test_sound_and_keys_come_in(switchboard: Switchboard) -> None:
    held = Held()
    async with calling(switchboard, held) as asterisk:
        asterisk.send(0x10, LOUD)
        asterisk.send(0x03, b"4")
        asterisk.send(0x10, SILENCE)
        asterisk.send(0x03, b"#")
        await held.until(lambda now: now.keys == "4#")
    assert held.sound == LOUD + SILENCE
    line = held.line.result()
    assert (line.caller, line.rate_hz) == (CALLER, 8000)


async def test_sound_goes_out_in_frames_and_silence_where_there_is_none(switchboard: Switchboard) -> None:
    async def speak(line: Line) -> None:
        for _ in range(3):
            await line.play(LOUD)

    async with calling(switchboard, Held(speak)) as asterisk:
        asterisk.send(0x10, SILENCE)
        got = [await asterisk.receive() for _ in range(12)]
    assert {kind for kind, _ in got} == {0x10}
    assert {payload for _, payload in got} == {LOUD, SILENCE}
    assert sum(payload == LOUD for _, payload in got) == 3


async def test_a_mark_is_reached_when_what_came_before_was_sent(switchboard: Switchboard) -> None:
    async def speak(line: Line) -> None:
        await line.play(LOUD)
        await line.mark("one")

    held = Held(speak)
    async with calling(switchboard, held) as asterisk:
        asterisk.send(0x10, SILENCE)
        await held.until(lambda now: now.reached == ["one"])
        while (await asterisk.receive())[1] != LOUD:
            pass


async def test_what_is_flushed_is_not_heard_and_not_marked(switchboard: Switchboard) -> None:
    async def speak(line: Line) -> None:
        await line.mark("lost")
        await line.flush()
        await line.mark("kept")

    held = Held(speak)
    async with calling(switchboard, held) as asterisk:
        asterisk.send(0x10, SILENCE)
        await held.until(lambda now: now.reached != [])
    assert held.reached == ["kept"]


@pytest.mark.parametrize("kind", RATES)
async def test_the_first_sound_tells_the_rate(switchboard: Switchboard, kind: int) -> None:
    frame = bytes(RATES[kind] // 50 * 2)
    held = Held()
    async with calling(switchboard, held) as asterisk:
        asterisk.send(kind, frame)
        assert await asterisk.receive() == (kind, frame)
    assert held.line.result().rate_hz == RATES[kind]


@pytest.mark.parametrize("how", ["terminate", "error", "closed"])
async def test_a_call_ends_when_asterisk_ends_it(switchboard: Switchboard, how: str) -> None:
    held = Held()
    async with calling(switchboard, held) as asterisk:
        asterisk.send(0x10, SILENCE)
        match how:
            case "terminate":
                asterisk.send(0x00)
            case "error":
                asterisk.send(0xFF, b"\x02")
            case _:
                asterisk.close()
        async with asyncio.timeout(10):
            await held.is_over.wait()


async def test_the_dialplan_has_the_call_back_when_it_is_left(switchboard: Switchboard) -> None:
    call_id = switchboard.announce(CALLER)

    async def leave(line: Line) -> None:
        await line.leave(RETURNS)

    async with calling(switchboard, Held(leave, RETURNS), call_id) as asterisk:
        asterisk.send(0x10, SILENCE)
        assert (await asterisk.rest())[-1] == 0x00
    assert switchboard.next(call_id) == RETURNS


async def test_a_call_that_was_not_announced_is_given_back(switchboard: Switchboard) -> None:
    held = Held()
    async with calling(switchboard, held, uuid4()) as asterisk:
        assert await asterisk.rest() == [0x00]
    assert not held.line.done()


async def test_a_connection_that_begins_with_something_else_is_given_back(switchboard: Switchboard) -> None:
    server = await asyncio.start_server(AudioSocketServer(switchboard, Held()).serve, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        asterisk = Asterisk(reader, writer)
        asterisk.send(0x10, SILENCE)
        assert await asterisk.rest() == [0x00]
        asterisk.close()


@pytest.mark.parametrize("was_left", [False, True])
async def test_a_call_that_breaks_goes_to_people_and_is_not_left_in_silence(
    switchboard: Switchboard, caplog: pytest.LogCaptureFixture, was_left: bool
) -> None:
    call_id = switchboard.announce(CALLER)

    async def broken(line: Line) -> None:
        if was_left:
            await line.leave(RETURNS)
        raise OSError("something that nobody thought of")

    async with calling(switchboard, broken, call_id) as asterisk:
        asterisk.send(0x10, SILENCE)
        assert (await asterisk.rest())[-1] == 0x00
    assert switchboard.next(call_id) == (RETURNS if was_left else FALLBACK)
    assert "phone.call_broken" in caplog.messages


async def test_messages_are_whole_however_they_arrive(switchboard: Switchboard) -> None:
    held, data = Held(), message(0x10, LOUD) + message(0x03, b"7")
    async with calling(switchboard, held) as asterisk:
        for at in range(len(data)):
            asterisk._writer.write(data[at : at + 1])
            if at % 50 == 0:
                await asterisk._writer.drain()
        await held.until(lambda now: now.keys == "7")
    assert held.sound == LOUD
