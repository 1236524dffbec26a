"""A switchboard that is gone without a word: its calls end as if they had been hung up. On real sockets.

How one goes: from a moment on its socket lets nothing in any more, so that its kernel acknowledges nothing.
"""

import asyncio
import ctypes
import socket as sockets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode

from appliance.channels.phone.audiosocket import message
from appliance.channels.phone.media_socket import PROTOCOL
from appliance.channels.phone.server import Patience, Ports, serving
from appliance.channels.phone.switchboard import Switchboard
from appliance.config_voice import VoiceSettings
from appliance.voice.model import Caller
from tests.appliance.channels.phone.conftest import Held

SETTINGS = VoiceSettings(agi_port=0, audiosocket_port=0, media_port=0)
PATIENCE = Patience(ping_every_s=0.1, pong_within_s=0.2, close_within_s=0.1, acknowledge_within_s=60)
NOT_ACKNOWLEDGED = Patience(ping_every_s=60, acknowledge_within_s=0.3)
START = '{"event": "MEDIA_START", "format": "slin16"}'
FRAME = b"\x10\x27" * 320
_ATTACH_FILTER = 26
"""``SO_ATTACH_FILTER`` of Linux, which the standard library does not name."""


def vanish(transport: Any) -> None:
    """A filter of one instruction, that keeps no byte of any packet."""
    code = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    transport.get_extra_info("socket").setsockopt(
        sockets.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(code))
    )


@asynccontextmanager
async def on_a_websocket(ports: Ports, switchboard: Switchboard) -> AsyncIterator[ClientConnection]:
    call_id = switchboard.announce(Caller())
    url = f"ws://127.0.0.1:{ports.media}/media?call={call_id}"
    async with connect(
        url, subprotocols=[PROTOCOL], ping_interval=None, close_timeout=0.1, compression=None
    ) as asterisk:
        await asterisk.send(START)
        yield asterisk


@asynccontextmanager
async def on_audiosocket(ports: Ports, switchboard: Switchboard) -> AsyncIterator[asyncio.StreamWriter]:
    _, writer = await asyncio.open_connection("127.0.0.1", ports.audiosocket)
    writer.write(message(0x01, switchboard.announce(Caller()).bytes) + message(0x10, bytes(320)))
    yield writer
    writer.close()


async def is_over(held: Held) -> None:
    async with asyncio.timeout(10):
        await held.is_over.wait()


@pytest.mark.parametrize("patience", [PATIENCE, NOT_ACKNOWLEDGED], ids=["no pong", "nothing acknowledged"])
async def test_a_websocket_that_answers_nothing_is_hung_up(
    switchboard: Switchboard, caplog: pytest.LogCaptureFixture, patience: Patience
) -> None:
    held = Held()
    async with (
        serving(SETTINGS, switchboard, held, patience=patience) as ports,
        on_a_websocket(ports, switchboard) as asterisk,
    ):
        line = await held.line
        vanish(asterisk.transport)
        await line.mark("of what is never heard")
        await is_over(held)
    assert "phone.line_lost" in caplog.messages


async def test_an_audiosocket_that_acknowledges_nothing_is_hung_up(
    switchboard: Switchboard, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held()
    async with (
        serving(SETTINGS, switchboard, held, patience=NOT_ACKNOWLEDGED) as ports,
        on_audiosocket(ports, switchboard) as asterisk,
    ):
        await held.line
        vanish(asterisk.transport)
        await is_over(held)
    assert "phone.line_lost" in caplog.messages


async def test_a_line_without_sound_is_kept(switchboard: Switchboard) -> None:
    """Whoever is on hold, or whose network sends no silence, is still there: his switchboard answers."""
    held = Held()
    async with (
        serving(SETTINGS, switchboard, held, patience=PATIENCE) as ports,
        on_a_websocket(ports, switchboard) as asterisk,
    ):
        await answers(asterisk, pings=4)
        assert not held.is_over.is_set()
        await asterisk.send(FRAME)
        await held.until(lambda now: now.sound == FRAME)


async def answers(asterisk: ClientConnection, pings: int) -> None:
    """Until so many were asked, as the library does by itself."""
    answered, send = asyncio.Semaphore(0), asterisk.protocol.send_frame

    def note(frame: Frame) -> None:
        send(frame)
        if frame.opcode is Opcode.PONG:
            answered.release()

    asterisk.protocol.send_frame = note  # type: ignore[method-assign]
    async with asyncio.timeout(10):
        for _ in range(pings):
            await answered.acquire()
