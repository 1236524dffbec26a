"""A line that a recorder listens to: what comes from the caller, what is played to him, what was taken back of it.

All times are those of the caller's own sound, as it came: by them a recogniser tells where a word was said.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from appliance.conversation.refusal import refuses_recording
from appliance.conversation.telephone import NO_RECORDING
from appliance.voice.events import Action, BotSays, EndUtterance, Event, LeaveCall, PassOn, Sign, SpeechBegan, TextHeard
from appliance.voice.frames import Framer
from appliance.voice.keypad import ERASE
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
    """``ports.Line``. It goes on as before whatever becomes of the recording.

    From the moment of a 0 that may refuse it nothing is taken up but silence, until it is known if a number followed.
    """

    def __init__(self, line: Line, recorder: Recorder) -> None:
        self._line = line
        self._recorder = recorder
        self._from_caller = _Track(line.rate_hz)
        self._to_caller = _Track(line.rate_hz)
        self._heard_ms = 0
        self._played_ms = 0
        """Up to where there is sound of the bot's, which may be ahead of the caller."""
        self._utterance = 0
        self._began_ms: dict[int, int] = {}
        """By utterance, of those whose final has not come; a later one may have begun by then."""
        self._asked: frozenset[PiiType] = frozenset()
        self._asked_at: dict[int, frozenset[PiiType]] = {}
        """What the bot had asked for as an utterance ended."""
        self._refusing: asyncio.Task[None] | None = None
        self._pressed = ""
        """Keys that were not passed on yet."""

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
                        self._recorder.hear(self._heard_ms, self._taken_up(frame))
                        self._heard_ms += FRAME_MS
                case Key():
                    self._recorder.pressed(self._heard_ms)
                    self._pressed = "" if event.key == ERASE else self._pressed + event.key
                case Reached():
                    pass
            yield event

    async def play(self, frame: bytes) -> None:
        await self._line.play(frame)
        for each in self._to_caller.frames(frame):
            at_ms = max(self._heard_ms, self._played_ms)
            self._recorder.speak(at_ms, self._taken_up(each))
            self._played_ms = at_ms + FRAME_MS

    async def mark(self, mark: str) -> None:
        await self._line.mark(mark)

    async def flush(self) -> None:
        await self._line.flush()
        self._recorder.take_back(self._heard_ms)
        self._played_ms = self._heard_ms

    async def leave(self, leave: LeaveCall) -> None:
        await self._line.leave(leave)

    def _taken_up(self, frame: bytes) -> bytes:
        return bytes(len(frame)) if self._pressed == NO_RECORDING else frame

    def see(self, happened: Event | Action | Sign, _: int) -> None:
        """``call.Watch``."""
        match happened:
            case SpeechBegan():
                if self._utterance not in self._began_ms:
                    self._began_ms[self._utterance] = max(0, self._heard_ms - _NOTICED_LATE_MS)
                    self._recorder.began(self._utterance, self._began_ms[self._utterance])
            case EndUtterance():
                self._asked_at[self._utterance] = self._asked
                self._utterance += 1
            case TextHeard(is_final=True):
                self._transcribed(happened)
            case BotSays():
                self._asked = secrets_asked_for("".join(happened.prompt.sentences))
            case PassOn():
                self._pressed = ""
                if refuses_recording(happened.spoken.text, happened.spoken.digits):
                    self._refusing = asyncio.create_task(self._recorder.refuse())

    def _transcribed(self, heard: TextHeard) -> None:
        """Of a final without times of words all is concerned that came since he began."""
        settled = [number for number in sorted({*self._began_ms, *self._asked_at}) if number <= heard.utterance]
        asked = [self._asked_at.pop(number, self._asked) for number in settled]
        began = [self._began_ms.pop(number) for number in settled if number in self._began_ms]
        end_ms = self._heard_ms
        start_ms = min(began, default=end_ms)
        if heard.words:
            start_ms, end_ms = heard.words[0].start_ms, heard.words[-1].end_ms
        utterance = Utterance(
            start_ms=start_ms,
            end_ms=end_ms,
            text=heard.text,
            words=heard.words,
            expected=frozenset().union(*asked) if asked else self._asked,
            number=heard.utterance,
        )
        self._recorder.transcribed(utterance)


class _Track:
    """One side, in whole frames at the recorder's rate: its times are counted by them."""

    def __init__(self, rate_hz: int) -> None:
        self._resampler = Resampler(rate_hz, RATE_HZ)
        self._framer = Framer(RATE_HZ)

    def frames(self, pcm: bytes) -> list[bytes]:
        return self._framer.feed(self._resampler.feed(pcm))
