"""A line that a recorder listens to: what comes from the caller, what is played to him, what was taken back of it.

All times are those of the caller's own sound, as it came: by them a recogniser tells where a word was said.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from appliance.conversation.telephone import NO_RECORDING
from appliance.voice.events import Action, BotSays, Event, LeaveCall, PassOn, SpeechBegan, TextHeard
from appliance.voice.frames import Framer
from appliance.voice.model import FRAME_MS, Caller
from appliance.voice.ports import Audio, Key, Line, Reached
from appliance.voice.recording.model import RATE_HZ, Utterance
from appliance.voice.recording.recorder import Recorder
from appliance.voice.resampling import Resampler
from security.pii.asked import secrets_asked_for
from security.pii.model import PiiType

_NOTICED_LATE_MS: Final = 500
"""Speech is known to be some when a part of it has been heard."""


class TapedLine:
    """``ports.Line``. It goes on as before whatever becomes of the recording."""

    def __init__(self, line: Line, recorder: Recorder) -> None:
        self._line = line
        self._recorder = recorder
        self._from_caller = _Track(line.rate_hz)
        self._to_caller = _Track(line.rate_hz)
        self._heard_ms = 0
        self._played_ms = 0
        """Up to where there is sound of the bot's, which may be ahead of the caller."""
        self._spoken_from_ms: int | None = None
        self._asked: frozenset[PiiType] = frozenset()
        self._refusing: asyncio.Task[None] | None = None

    @property
    def caller(self) -> Caller:
        return self._line.caller

    @property
    def rate_hz(self) -> int:
        return self._line.rate_hz

    async def events(self) -> AsyncIterator[Audio | Key | Reached]:
        async for event in self._line.events():
            match event:
                case Audio():
                    for frame in self._from_caller.frames(event.pcm):
                        self._recorder.hear(self._heard_ms, frame)
                        self._heard_ms += FRAME_MS
                case Key():
                    self._recorder.pressed(self._heard_ms)
                case Reached():
                    pass
            yield event

    async def play(self, frame: bytes) -> None:
        await self._line.play(frame)
        for each in self._to_caller.frames(frame):
            at_ms = max(self._heard_ms, self._played_ms)
            self._recorder.speak(at_ms, each)
            self._played_ms = at_ms + FRAME_MS

    async def mark(self, mark: str) -> None:
        await self._line.mark(mark)

    async def flush(self) -> None:
        await self._line.flush()
        self._recorder.take_back(self._heard_ms)
        self._played_ms = self._heard_ms

    async def leave(self, leave: LeaveCall) -> None:
        await self._line.leave(leave)

    def see(self, happened: Event | Action, _: int) -> None:
        """``call.Watch``."""
        match happened:
            case SpeechBegan() if self._spoken_from_ms is None:
                self._spoken_from_ms = max(0, self._heard_ms - _NOTICED_LATE_MS)
            case TextHeard(is_final=True):
                self._transcribed(happened)
            case BotSays():
                self._asked = secrets_asked_for("".join(happened.prompt.sentences))
            case PassOn() if happened.spoken.digits == NO_RECORDING:
                self._refusing = asyncio.create_task(self._recorder.refuse())

    def _transcribed(self, heard: TextHeard) -> None:
        """Of a final without times of words all is concerned that came since he began."""
        began, self._spoken_from_ms = self._spoken_from_ms, None
        start_ms = self._heard_ms if began is None else began
        end_ms = self._heard_ms
        if heard.words:
            start_ms, end_ms = heard.words[0].start_ms, heard.words[-1].end_ms
        utterance = Utterance(
            start_ms=start_ms, end_ms=end_ms, text=heard.text, words=heard.words, expected=self._asked
        )
        self._recorder.transcribed(utterance)


class _Track:
    """One side, in whole frames at the recorder's rate: its times are counted by them."""

    def __init__(self, rate_hz: int) -> None:
        self._resampler = Resampler(rate_hz, RATE_HZ)
        self._framer = Framer(RATE_HZ)

    def frames(self, pcm: bytes) -> list[bytes]:
        return self._framer.feed(self._resampler.feed(pcm))
