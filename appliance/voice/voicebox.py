"""Puts sentences on the line, one after another: made while the one before is still heard, stopped at once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from appliance.voice.events import SentencePlayed, Sign, SoundMade, SoundSent, Speak
from appliance.voice.frames import Framer
from appliance.voice.ports import Line, Speaker
from appliance.voice.resampling import Resampler

_log = logging.getLogger(__name__)


class Voicebox:
    def __init__(
        self,
        line: Line,
        speaker: Speaker,
        group: asyncio.TaskGroup,
        *,
        voice: str,
        speed: float,
        tell: Callable[[Sign], None] = lambda _: None,
    ) -> None:
        """``group``: where an engine that fails is noticed. ``tell``: of the first sound of each sentence."""
        self._tell = tell
        self._line = line
        self._speaker = speaker
        self._group = group
        self._voice = voice
        self._speed = speed
        self._doing: asyncio.Task[None] | None = None
        self._ahead: dict[str, _Made] = {}
        self._marks: dict[str, SentencePlayed] = {}
        self._count = 0

    def say(self, speak: Speak, then: str | None) -> None:
        """``then``: what will be said next, if it is known."""
        made = self._ahead.pop(speak.text, None)
        if made is None or made.has_failed:
            made = self._make(speak.text)
        made.is_wanted = True
        self._doing = self._group.create_task(self._say(speak, made, then, self._doing))
        # Not within the task: one that is stopped before its first step never comes to its end.
        self._doing.add_done_callback(lambda _: made.cancel())

    def stop(self) -> None:
        stopped = self._doing
        if stopped is not None:
            stopped.cancel()
        for made in self._ahead.values():
            made.cancel()
        self._ahead.clear()
        self._marks.clear()
        self._doing = self._group.create_task(self._flush(stopped))

    def reached(self, mark: str) -> SentencePlayed | None:
        """Which sentence it ended; None: of something that was stopped."""
        return self._marks.pop(mark, None)

    async def _say(self, speak: Speak, made: "_Made", then: str | None, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await asyncio.wait({before})
        framer, resampler = Framer(self._line.rate_hz), Resampler(self._speaker.rate_hz, self._line.rate_hz)
        signs: list[Sign] = [SoundSent(speak.prompt_id, speak.index), SoundMade(speak.prompt_id, speak.index)]
        async for chunk in made.chunks():
            if len(signs) > 1:
                self._tell(signs.pop())
            for frame in framer.feed(resampler.feed(chunk)):
                await self._line.play(frame)
                if signs:
                    self._tell(signs.pop())
        if then is not None and then not in self._ahead:
            self._ahead[then] = self._make(then)
        for frame in framer.finish():
            await self._line.play(frame)
        await self._mark(speak)

    async def _mark(self, speak: Speak) -> None:
        self._count += 1
        mark = str(self._count)
        self._marks[mark] = SentencePlayed(speak.prompt_id, speak.index)
        await self._line.mark(mark)

    async def _flush(self, stopped: "asyncio.Task[None] | None") -> None:
        if stopped is not None:
            await asyncio.wait({stopped})
        await self._line.flush()

    def _make(self, text: str) -> "_Made":
        made = _Made()
        made.task = self._group.create_task(made.fill(self._speaker.speak(text, voice=self._voice, speed=self._speed)))
        return made


class _Made:
    """The sound of one sentence, as far as it is made. What fails ahead of its time is made anew when that has come."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.is_wanted = False
        self.has_failed = False
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def fill(self, sound: AsyncIterator[bytes]) -> None:
        try:
            async for chunk in sound:
                self._chunks.put_nowait(chunk)
            self._chunks.put_nowait(None)
        except Exception as failed:
            if self.is_wanted:
                raise
            self.has_failed = True
            _log.warning("call.not_made_ahead", extra={"code": getattr(failed, "code", type(failed).__name__)})
        finally:
            closing: Any = getattr(sound, "aclose", None)
            if closing is not None:
                await closing()

    async def chunks(self) -> AsyncIterator[bytes]:
        while (chunk := await self._chunks.get()) is not None:
            yield chunk

    def cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()
