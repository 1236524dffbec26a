"""Asterisk's AudioSocket: a TCP connection for each call; a type byte, a length, what it holds, in both directions.

Sound goes out in frames of 20 ms that we pace, silence where there is nothing to say, so that the call's own stream
never stops. Ending with 0x00 gives the call back to the dialplan.
"""

import asyncio
import contextlib
import logging
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import IntEnum
from uuid import UUID

from appliance.channels.phone.switchboard import Switchboard
from appliance.errors import NotFound
from appliance.voice.events import LeaveCall
from appliance.voice.model import FRAME_MS, Caller, frame_bytes
from appliance.voice.ports import Audio, Key, Line, Reached

_log = logging.getLogger(__name__)

RATES = {
    0x10: 8_000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
"""Type of a message of sound, and its samples a second."""
_SLIN = 0x10
_HEADER = struct.Struct(">BH")
_FIRST_S = 5.0
_FIRST_SOUND_S = 1.0
"""The first sound tells the rate; a line that is silent so long has 8 kHz."""
_TAKEN_S = 5.0
_LATE_S = 3 * FRAME_MS / 1000
_AHEAD = 2
"""Frames that may wait: what waits cannot be taken back from the caller's ear sooner."""


class Kind(IntEnum):
    HANG_UP = 0x00
    UUID = 0x01
    DTMF = 0x03
    ERROR = 0xFF


def message(kind: int, payload: bytes = b"") -> bytes:
    return _HEADER.pack(kind, len(payload)) + payload


async def read_message(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Raises IncompleteReadError at the end."""
    kind, length = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    return kind, await reader.readexactly(length)


class AudioSocketLine:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        caller: Caller,
        on_leave: Callable[[LeaveCall], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._caller = caller
        self._on_leave = on_leave
        self._sound = _SLIN
        self._has_sound = asyncio.Event()
        self._events: asyncio.Queue[Audio | Key | Reached | None] = asyncio.Queue()
        self._out: asyncio.Queue[bytes | str] = asyncio.Queue(_AHEAD)
        self._jobs: list[asyncio.Task[None]] = []
        self._has_ended = False
        self._is_left = False

    @property
    def caller(self) -> Caller:
        return self._caller

    @property
    def rate_hz(self) -> int:
        return RATES[self._sound]

    async def open(self) -> None:
        self._jobs.append(asyncio.create_task(self._receive()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_SOUND_S):
                await self._has_sound.wait()
        self._has_sound.set()
        self._jobs.append(asyncio.create_task(self._send()))

    async def events(self) -> AsyncIterator[Audio | Key | Reached]:
        while (event := await self._events.get()) is not None:
            yield event

    async def play(self, frame: bytes) -> None:
        await self._out.put(frame)

    async def mark(self, mark: str) -> None:
        await self._out.put(mark)

    async def flush(self) -> None:
        while not self._out.empty():
            self._out.get_nowait()

    async def leave(self, leave: LeaveCall) -> None:
        if self._is_left:
            return
        self._is_left = True
        self._on_leave(leave)
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        with contextlib.suppress(OSError, TimeoutError):
            if not self._has_ended:
                await self._write(message(Kind.HANG_UP))
        self._writer.close()

    async def _receive(self) -> None:
        try:
            while not self._has_ended:
                self._take(*await read_message(self._reader))
        except asyncio.IncompleteReadError:
            self._has_ended = True
        except OSError as lost:
            self._lose(lost)
        self._has_sound.set()
        self._events.put_nowait(None)

    def _take(self, kind: int, payload: bytes) -> None:
        if kind in RATES:
            self._take_sound(kind, payload)
        elif kind == Kind.DTMF:
            self._events.put_nowait(Key(payload.decode("ascii", "replace")[:1]))
        elif kind == Kind.HANG_UP:
            self._has_ended = True
        elif kind == Kind.ERROR:
            _log.warning("phone.asterisk_error", extra={"error": payload.hex()})
            self._has_ended = True
        else:
            _log.warning("phone.message_unknown", extra={"kind": kind})

    def _take_sound(self, kind: int, payload: bytes) -> None:
        if not self._has_sound.is_set():
            self._sound = kind
            self._has_sound.set()
        if kind != self._sound:
            _log.warning("phone.rate_changed", extra={"from_hz": self.rate_hz, "to_hz": RATES[kind]})
            return
        self._events.put_nowait(Audio(payload))

    async def _send(self) -> None:
        clock = asyncio.get_running_loop().time
        silence, due = bytes(frame_bytes(self.rate_hz)), clock()
        try:
            while True:
                await self._write(message(self._sound, self._next_frame() or silence))
                due = max(due + FRAME_MS / 1000, clock() - _LATE_S)
                await asyncio.sleep(due - clock())
        except ConnectionError:
            return  # whoever reads is told the reason, and says it
        except OSError as lost:
            self._lose(lost)
            self._events.put_nowait(None)

    def _lose(self, lost: OSError) -> None:
        """As if it had been hung up: nobody is there to be told anything."""
        if not self._has_ended and not isinstance(lost, ConnectionError):
            _log.warning("phone.line_lost", extra={"why": type(lost).__name__})
        self._has_ended = True

    def _next_frame(self) -> bytes | None:
        while not self._out.empty():
            item = self._out.get_nowait()
            if isinstance(item, bytes):
                return item
            self._events.put_nowait(Reached(item))
        return None

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        async with asyncio.timeout(_TAKEN_S):
            await self._writer.drain()


class AudioSocketServer:
    def __init__(self, switchboard: Switchboard, hold: Callable[[Line], Awaitable[object]]) -> None:
        """``hold``: holds the call, and leaves the line."""
        self._switchboard = switchboard
        self._hold = hold

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; for ``asyncio.start_server``."""
        try:
            async with asyncio.timeout(_FIRST_S):
                kind, payload = await read_message(reader)
            if kind != Kind.UUID or len(payload) != 16:
                raise NotFound("a call begins with its id")
            call_id = UUID(bytes=payload)
            caller = self._switchboard.take(call_id)
        except (NotFound, TimeoutError, asyncio.IncompleteReadError, OSError) as refused:
            _log.warning("phone.call_refused", extra={"why": type(refused).__name__})
            writer.write(message(Kind.HANG_UP))
            writer.close()
            return
        line = AudioSocketLine(reader, writer, caller, lambda leave: self._switchboard.leave(call_id, leave))
        await line.open()
        try:
            await self._hold(line)
        except Exception:
            _log.exception("phone.call_broken")
            await line.leave(self._switchboard.fallback)
