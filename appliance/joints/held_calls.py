"""Calls that are held in this process: each recorded and measured if it is to be, and its end told; none is cut off
because the process ends, before it had a moment."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Protocol

from appliance.conversation.call_events import CallMeasured
from appliance.ids import ConversationId, ShopId
from appliance.voice.call import Call, Parts, Watch
from appliance.voice.events import Action, Event, LeaveCall, Sign
from appliance.voice.measures import Measuring
from appliance.voice.model import Exit
from appliance.voice.ports import Line, Talk
from appliance.voice.recording.service import Recordings
from appliance.voice.taping import TapedLine

Keep = Callable[[ShopId, ConversationId, CallMeasured], Awaitable[None]]
"""Takes what a call tells of itself."""


class HeldTalk(Talk, Protocol):
    @property
    def conversation_id(self) -> ConversationId: ...

    async def ended(self, how: Exit) -> None: ...


class HeldCalls:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """As long as the current task holds one."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def finish(self, within_s: float) -> None:
        """They may come to their end; those that do not are cut short, as a call whose engines fail is."""
        if self._tasks:
            _, left = await asyncio.wait(tuple(self._tasks), timeout=within_s)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


async def taped(
    recordings: Recordings | None,
    recorded: AsyncExitStack,
    line: Line,
    shop: ShopId,
    conversation_id: ConversationId,
) -> TapedLine | None:
    """None where calls are not recorded."""
    if recordings is None:
        return None
    return TapedLine(line, await recorded.enter_async_context(recordings.record(shop, conversation_id)))


async def held(
    line: Line,
    talk: HeldTalk,
    parts: Parts,
    shop: ShopId,
    *,
    tape: TapedLine | None,
    left: LeaveCall,
    keep: Keep | None,
    hotwords: Sequence[str] = (),
    watch: Watch | None = None,
) -> None:
    """From the first sound to the end. ``left``: how a call ends that is cut short. ``watch``: who else looks on."""
    measuring = Measuring(parts.phrases, parts.pace.ear)
    watching = [each for each in (tape.see if tape else None, measuring.see, watch) if each is not None]

    def see(happened: Event | Action | Sign, at_ms: int) -> None:
        for each in watching:
            each(happened, at_ms)

    try:
        left = await Call(tape or line, talk, parts, hotwords, watch=see).run()
    finally:
        await talk.ended(left.how)
        if keep is not None:
            await keep(shop, talk.conversation_id, measuring.measured())
