"""A line that a recorder listens to: what comes from the caller, what is played to him, what was taken back of it.

All times are those of the caller's own sound, as it came: by them a recogniser tells where a word was said.
"""

from collections.abc import AsyncIterator
from typing import Final

from appliance.voice.events import LeaveCall
from appliance.voice.frames import Framer
from appliance.voice.model import FRAME_MS, Caller
from appliance.voice.ports import Audio, Key, Line, Reached
from appliance.voice.recording.model import RATE_HZ, Utterance
from appliance.voice.recording.model import Word as SpokenWord
from appliance.voice.recording.recorder import Recorder
from appliance.voice.resampling import Resampler
from models.asr.heard import Heard

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

    def speech_began(self) -> None:
        """The caller's, unless he has begun before and was not understood yet."""
        if self._spoken_from_ms is None:
            self._spoken_from_ms = max(0, self._heard_ms - _NOTICED_LATE_MS)

    def transcribed(self, heard: Heard) -> None:
        """A final. Of one without times of words all is concerned that came since he began."""
        began, self._spoken_from_ms = self._spoken_from_ms, None
        words = tuple(SpokenWord(word.text, word.start_ms, word.end_ms) for word in heard.words)
        start_ms = words[0].start_ms if words else self._heard_ms if began is None else began
        end_ms = words[-1].end_ms if words else self._heard_ms
        self._recorder.transcribed(Utterance(start_ms=start_ms, end_ms=end_ms, text=heard.text, words=words))

    async def refuse(self) -> None:
        """The caller does not want to be recorded."""
        await self._recorder.refuse()


class _Track:
    """One side, in whole frames at the recorder's rate: its times are counted by them."""

    def __init__(self, rate_hz: int) -> None:
        self._resampler = Resampler(rate_hz, RATE_HZ)
        self._framer = Framer(RATE_HZ)

    def frames(self, pcm: bytes) -> list[bytes]:
        return self._framer.feed(self._resampler.feed(pcm))
