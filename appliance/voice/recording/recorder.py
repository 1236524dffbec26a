"""The recorder of one call. Feeding it waits for nothing, and nothing that goes wrong here reaches the call."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from appliance.errors import Unavailable
from appliance.voice.recording import redaction
from appliance.voice.recording.model import Ending, Utterance
from appliance.voice.recording.ports import Shelf
from appliance.voice.recording.reel import Cut, Reel
from security.errors import KeysUnavailable
from security.pii.analyzer import Analyzer

_log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
CLOSING_TRIES: Final = 5
MOST_WAITING: Final = 30
"""Chunks for which the database may be away: five minutes, five megabytes. Then the recording ends."""


class Recorder:
    """Audio is 16-bit, mono, 8 kHz; all times are ms since the call began, by the count of its frames."""

    def __init__(self, shelf: Shelf, analyzer: Analyzer) -> None:
        self._shelf = shelf
        self._analyzer = analyzer
        self._reel = Reel()
        self._waiting: deque[Cut] = deque()
        self._ending: Ending | None = None
        self._is_told = False
        self._writing = asyncio.Lock()
        self._unread: asyncio.Queue[Utterance] = asyncio.Queue()
        self._reading = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        """Until the caller refuses, the database is away for too long, or it is closed."""
        return self._ending is None

    def hear(self, at_ms: int, pcm: bytes) -> None:
        """The caller, from that time on."""
        if self.is_on:
            self._reel.hear(at_ms, pcm)

    def speak(self, at_ms: int, pcm: bytes) -> None:
        """The bot, as it is played."""
        if self.is_on:
            self._reel.speak(at_ms, pcm)

    def take_back(self, from_ms: int) -> None:
        """What the bot was to say from then on is not played after all."""
        if self.is_on:
            self._reel.take_back(from_ms)

    def pressed(self, at_ms: int) -> None:
        """Any key."""
        if self.is_on:
            self._reel.press(at_ms)

    def began(self, number: int, at_ms: int) -> None:
        """The caller, to speak: of the utterance with that number, whatever it will be."""
        if self.is_on:
            self._reel.began(number, at_ms)

    def transcribed(self, utterance: Utterance) -> None:
        """Once for each utterance, when its transcript is final. What never comes here is never heard again."""
        if self.is_on:
            self._unread.put_nowait(utterance)

    async def read(self) -> None:
        """All that was transcribed so far, one after another, beside the loop: it takes some 50 ms of CPU each."""
        async with self._reading:
            while not self._unread.empty():
                utterance = self._unread.get_nowait()
                with _logged():
                    await self._read(utterance)

    async def _read(self, utterance: Utterance) -> None:
        """To its end, also where the call ends meanwhile: what it tells of earlier words must not be lost."""
        recent = self._reel.recent(utterance)
        was_told = self._reel.was_told(recent)
        reading = asyncio.ensure_future(
            asyncio.to_thread(redaction.silences, self._analyzer, recent, was_told=was_told)
        )
        try:
            await asyncio.shield(reading)
        finally:
            silences = await reading
            if self.is_on:
                self._reel.take(utterance, silences)

    async def refuse(self) -> None:
        """The caller does not want it. Nothing more is taken up from now on, and what there was goes."""
        if self._ending in (Ending.REFUSED, Ending.KEPT):
            return
        self._stop(Ending.REFUSED)
        self._is_told = False
        await self._tell()

    async def flush(self) -> None:
        """Write what may be written; once more later where that fails."""
        await self.read()
        async with self._writing:
            if self.is_on:
                self._waiting.extend(self._reel.due())
            await self._write()
        if self.is_on and len(self._waiting) > MOST_WAITING:
            _log.error("recording.broken_off", extra={"waiting": len(self._waiting)})
            self._stop(Ending.BROKEN)

    async def close(self) -> None:
        """The call is over."""
        await self.read()
        if self.is_on:
            self._waiting.extend(self._reel.rest())
            self._stop(Ending.KEPT)
        for _ in range(CLOSING_TRIES):
            await self._tell()
            if self._is_told:
                return
            await asyncio.sleep(EVERY_S)
        _log.error("recording.end_not_written")

    async def keep(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()
            if not self.is_on:
                await self._tell()

    def _stop(self, ending: Ending) -> None:
        """In one step, with nothing in between: what comes after it is not taken up."""
        self._ending = ending
        self._reel.wipe()
        if ending is not Ending.KEPT:
            self._waiting.clear()

    async def _tell(self) -> None:
        async with self._writing:
            if self._is_told or self._ending is None or not await self._write():
                return
            with _logged():
                await self._shelf.end(self._ending, dict(self._reel.silenced_ms))
                self._is_told = True

    async def _write(self) -> bool:
        """Whether all was written."""
        with _logged():
            while self._waiting:
                await self._shelf.put(self._waiting[0])
                if self._waiting:
                    self._waiting.popleft()
        return not self._waiting


@contextmanager
def _logged() -> Iterator[None]:
    """What was not read stays unheard, what was not written waits: the call goes on."""
    try:
        yield
    except (Unavailable, KeysUnavailable) as away:
        _log.warning("recording.not_written", extra={"code": away.code})
    except Exception:
        _log.exception("recording.failed")
