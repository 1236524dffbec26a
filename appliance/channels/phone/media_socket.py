"""Asterisk's chan_websocket: a WebSocket for each call; sound in binary messages, control in text, JSON or plain.

Asterisk paces: we send some seconds ahead, pause between XOFF and XON, and take back with FLUSH_MEDIA what it has not
played. A mark comes back when all before it has been played.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from appliance.channels.phone.switchboard import Switchboard
from appliance.errors import NotFound
from appliance.voice.events import LeaveCall
from appliance.voice.model import FRAME_MS, Caller
from appliance.voice.ports import Audio, Key, Line, Reached

_log = logging.getLogger(__name__)

PROTOCOL = Subprotocol("media")
MOST_BYTES = 65_500
"""Larger messages end the call on Asterisk's side."""
RATES = {
    "slin": 8_000,
    "slin12": 12_000,
    "slin16": 16_000,
    "slin24": 24_000,
    "slin32": 32_000,
    "slin44": 44_100,
    "slin48": 48_000,
    "slin96": 96_000,
    "slin192": 192_000,
}
_AHEAD_S = 3.0
_START_S = 5.0
_TAKEN_S = 5.0
_REFUSED = 1008


class Control(Protocol):
    """How commands are written and events are read: ``f(json)`` in the dialplan, or plain text, the older form."""

    def command(self, name: str, correlation_id: str = "") -> str: ...

    def event(self, text: str) -> dict[str, Any]:
        """ValueError or DecodeError: it is none."""
        ...


class JsonControl:
    def command(self, name: str, correlation_id: str = "") -> str:
        named = {"correlation_id": correlation_id} if correlation_id else {}
        return json.dumps({"command": name, **named})

    def event(self, text: str) -> dict[str, Any]:
        return msgspec.json.decode(text, type=dict[str, Any])


class PlainControl:
    def command(self, name: str, correlation_id: str = "") -> str:
        return f"{name} {correlation_id}".rstrip()

    def event(self, text: str) -> dict[str, Any]:
        name, *words = text.split()
        if name == "MEDIA_MARK_PROCESSED":
            return {"event": name, "correlation_id": " ".join(words)}
        return {"event": name, **{key: value for key, _, value in (word.partition(":") for word in words)}}


def control_of(first: str) -> Control:
    return JsonControl() if first.lstrip().startswith("{") else PlainControl()


class MediaLine:
    def __init__(
        self,
        socket: ServerConnection,
        caller: Caller,
        rate_hz: int,
        control: Control,
        on_leave: Callable[[LeaveCall], None],
    ) -> None:
        self._socket = socket
        self._caller = caller
        self._rate_hz = rate_hz
        self._control = control
        self._on_leave = on_leave
        self._may_send = asyncio.Event()
        self._may_send.set()
        self._sent_until_s = 0.0

    @property
    def caller(self) -> Caller:
        return self._caller

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    async def events(self) -> AsyncIterator[Audio | Key | Reached]:
        """Up to the end: also that of a switchboard that takes nothing, or answers no ping."""
        try:
            while True:
                message = await self._socket.recv()
                if isinstance(message, bytes):
                    yield Audio(message)
                elif (event := self._take(message)) is not None:
                    yield event
        except ConnectionClosed as closed:
            lost = closed.__cause__
            if isinstance(lost, OSError) and not isinstance(lost, ConnectionError):
                _log.warning("phone.line_lost", extra={"why": type(lost).__name__})

    async def play(self, frame: bytes) -> None:
        """Some seconds ahead of the caller's ear: what is on the way when Asterisk says XOFF has to fit, too."""
        clock = asyncio.get_running_loop().time
        self._sent_until_s = max(self._sent_until_s, clock()) + FRAME_MS / 1000
        await asyncio.sleep(max(0.0, self._sent_until_s - clock() - _AHEAD_S))
        await self._may_send.wait()
        await self._send(frame)

    async def mark(self, mark: str) -> None:
        await self._send(self._control.command("MARK_MEDIA", mark))

    async def flush(self) -> None:
        self._sent_until_s = 0.0
        await self._send(self._control.command("FLUSH_MEDIA"))

    async def leave(self, leave: LeaveCall) -> None:
        self._on_leave(leave)
        await self._send(self._control.command("HANGUP"))
        await self._socket.close()

    def _take(self, text: str) -> Key | Reached | None:
        try:
            event = self._control.event(text)
        except (msgspec.DecodeError, ValueError):
            _log.warning("phone.event_unreadable")
            return None
        match event.get("event"):
            case "DTMF_END":
                return Key(str(event.get("digit", ""))[:1])
            case "MEDIA_MARK_PROCESSED":
                return Reached(str(event.get("correlation_id", "")))
            case "MEDIA_XOFF":
                self._may_send.clear()
            case "MEDIA_XON":
                self._may_send.set()
            case "ERROR":
                _log.warning("phone.asterisk_error", extra={"error": str(event.get("error_text", ""))[:80]})
            case _:
                pass
        return None

    async def _send(self, data: bytes | str) -> None:
        """Into a call that has ended nothing is sent; whoever listens to it learns that."""
        try:
            async with asyncio.timeout(_TAKEN_S):
                await self._socket.send(data)
        except ConnectionClosed:
            return
        except TimeoutError:
            self._socket.transport.abort()


class MediaServer:
    def __init__(self, switchboard: Switchboard, hold: Callable[[Line], Awaitable[object]]) -> None:
        """``hold``: holds the call, and leaves the line."""
        self._switchboard = switchboard
        self._hold = hold

    async def serve(self, socket: ServerConnection) -> None:
        """One connection; for ``websockets.asyncio.server.serve``."""
        try:
            call_id = _call_id(socket)
            caller = self._switchboard.take(call_id)
            rate_hz, control = await _start(socket)
        except (NotFound, TimeoutError, ConnectionClosed) as refused:
            _log.warning("phone.call_refused", extra={"why": type(refused).__name__})
            await socket.close(_REFUSED, str(refused)[:100])
            return
        await self._hold(
            MediaLine(socket, caller, rate_hz, control, lambda leave: self._switchboard.leave(call_id, leave))
        )


def _call_id(socket: ServerConnection) -> UUID:
    path = "" if socket.request is None else socket.request.path
    try:
        return UUID(parse_qs(urlsplit(path).query)["call"][0])
    except (KeyError, ValueError) as error:
        raise NotFound("the address names no call: dial with v(call=${APPLIANCE_CALL})") from error


async def _start(socket: ServerConnection) -> tuple[int, Control]:
    """Of the first message. NotFound: it is none that this product can hold a call with."""
    async with asyncio.timeout(_START_S):
        first = await socket.recv()
    if isinstance(first, bytes):
        raise NotFound("a call begins with MEDIA_START")
    control = control_of(first)
    try:
        event = control.event(first)
    except (msgspec.DecodeError, ValueError) as error:
        raise NotFound("a call begins with MEDIA_START") from error
    if event.get("event") != "MEDIA_START" or event.get("format") not in RATES:
        raise NotFound(f"the format {str(event.get('format'))[:20]!r} is not taken: dial with c(slin16)")
    return RATES[event["format"]], control
