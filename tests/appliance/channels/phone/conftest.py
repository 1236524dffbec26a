"""A switchboard, and a call that is held by the test itself."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from appliance.channels.phone.switchboard import Switchboard
from appliance.voice.call import monotonic_ms
from appliance.voice.events import LeaveCall
from appliance.voice.model import Exit
from appliance.voice.ports import Audio, Key, Line, Reached

FALLBACK = LeaveCall(Exit.TRANSFER, "fallback")


@pytest.fixture
def switchboard() -> Switchboard:
    return Switchboard(monotonic_ms, FALLBACK)


class Held:
    """What came on the line; ``with_line`` does something with it meanwhile."""

    def __init__(self, with_line: Callable[[Line], Awaitable[None]] | None = None, leave: LeaveCall = FALLBACK) -> None:
        self.line: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
        self.events: list[Audio | Key | Reached] = []
        self.is_over = asyncio.Event()
        self._with_line = with_line
        self._leave = leave
        self._changed = asyncio.Condition()

    async def __call__(self, line: Line) -> None:
        self.line.set_result(line)
        doing = asyncio.ensure_future(self._with_line(line)) if self._with_line else None
        async for event in line.events():
            async with self._changed:
                self.events.append(event)
                self._changed.notify_all()
        if doing is not None:
            await doing
        await line.leave(self._leave)
        self.is_over.set()

    async def until(self, is_so: Callable[["Held"], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: is_so(self))

    @property
    def keys(self) -> str:
        return "".join(event.key for event in self.events if isinstance(event, Key))

    @property
    def sound(self) -> bytes:
        return b"".join(event.pcm for event in self.events if isinstance(event, Audio))

    @property
    def reached(self) -> list[str]:
        return [event.mark for event in self.events if isinstance(event, Reached)]
