"""A caller behind an Asterisk: announced by FastAGI, then AudioSocket, a frame every 20 ms each way.

He speaks when the bot has been silent for a while, and takes the time from his last sound to the bot's first.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import UUID

import msgspec

from appliance.channels.phone.agi import CALL_ID
from appliance.channels.phone.audiosocket import Kind, message, read_message
from appliance.evaluation.bench.model import NotMeasured
from appliance.evaluation.bench.voice.speech import FRAME, Spoken, is_loud
from appliance.voice.model import FRAME_MS

_SLIN: Final = 0x10
_SET: Final = re.compile(r'SET VARIABLE (\w+) "([^"]*)"')
_QUIET_S: Final = 1.0
"""Between the sentences of one answer it is shorter."""
_BEGINS_WITHIN_S: Final = 15.0
_WAITS_S: Final = 60.0


class Ports(msgspec.Struct, frozen=True):
    agi: int
    sound: int


class Gone(Exception):
    """The bot has given the call back."""


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._to_say: deque[bytes] = deque()
        self._said = asyncio.Event()
        self._said.set()
        self._last_said = 0.0
        self._last_heard = 0.0
        """When the bot was heard last, in seconds of the loop."""
        self._heard = asyncio.Event()
        self._has_ended = False

    @classmethod
    @asynccontextmanager
    async def dial(cls, ports: Ports) -> AsyncIterator["Caller"]:
        call_id = await _announced(ports.agi)
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.sound)
        writer.write(message(Kind.UUID, call_id.bytes))
        caller = cls(reader, writer)
        jobs = [asyncio.create_task(caller._talk()), asyncio.create_task(caller._listen())]
        try:
            yield caller
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            with suppress(OSError):
                writer.write(message(Kind.HANG_UP))
                await writer.drain()
            writer.close()

    async def say(self, spoken: Spoken) -> None:
        """To the last sound of it."""
        self._said.clear()
        self._to_say.extend(spoken.frames)
        await self._said.wait()

    async def ask(self, spoken: Spoken) -> float:
        """Milliseconds from the last sound of it to the first of the answer. Gone, NotMeasured if there is none."""
        await self.say(spoken)
        ended = self._last_said
        await self._until_heard_after(ended)
        return (self._last_heard - ended) * 1000

    async def bot_speaks(self) -> None:
        await self._until_heard_after(asyncio.get_running_loop().time())

    async def bot_is_done(self) -> None:
        """It has spoken, and is silent again."""
        clock = asyncio.get_running_loop().time
        give_up = clock() + _WAITS_S
        while clock() - self._last_heard < _QUIET_S:
            if self._has_ended:
                raise Gone
            if clock() > give_up:
                raise NotMeasured(f"the bot did not come to an end in {_WAITS_S:.0f} s")
            await asyncio.sleep(FRAME_MS / 1000)

    async def _until_heard_after(self, since: float) -> None:
        """The first sound after that time: what was heard before is none of it."""
        try:
            async with asyncio.timeout(_BEGINS_WITHIN_S):
                while not self._last_heard > since:
                    if self._has_ended:
                        raise Gone
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError as silent:
            raise NotMeasured(f"the bot did not answer a caller in {_BEGINS_WITHIN_S:.0f} s") from silent

    async def _talk(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            frame = self._to_say.popleft() if self._to_say else None
            self._writer.write(message(_SLIN, frame or bytes(FRAME)))
            if frame is not None:
                self._last_said = clock()
                if not self._to_say:
                    self._said.set()
            due += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - clock()))

    async def _listen(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while True:
                kind, payload = await read_message(self._reader)
                if kind == Kind.HANG_UP:
                    break
                if kind == _SLIN and is_loud(payload):
                    self._last_heard = clock()
                    self._heard.set()
        except (asyncio.IncompleteReadError, OSError):
            pass
        self._has_ended = True
        self._heard.set()
        self._said.set()


async def _announced(port: int) -> UUID:
    """As the dialplan does it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"agi_network_script: enter\nagi_callerid: unknown\nagi_dnid: 4008001234\n\n")
        while line := (await reader.readline()).decode():
            writer.write(b"200 result=1\n")
            if (found := _SET.match(line)) and found[1] == CALL_ID:
                return UUID(found[2])
    finally:
        writer.close()
    raise NotMeasured("the process that takes calls announced none")
