"""One call from its first to its last sound: audio in, audio out, and turn taking in between.

All that happens goes through ``_happen``, one thing after another; what turn taking decides is carried out at once.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, assert_never

import msgspec

from appliance.errors import Unavailable
from appliance.voice.detection import Activity, Detector
from appliance.voice.end_of_turn import HEARD_S, EndOfTurn
from appliance.voice.events import (
    Action,
    BotSays,
    EndUtterance,
    Event,
    FinalIsLate,
    JudgeTurn,
    KeyPressed,
    LeaveCall,
    LineEnded,
    PassOn,
    Sign,
    SoundMade,
    Speak,
    SpeechBegan,
    StopSpeaking,
    TextHeard,
    Tick,
    TurnJudged,
    WasHeard,
    WordsExpected,
)
from appliance.voice.model import EAR_HZ, FRAME_MS, SAMPLE_BYTES, Exit, tone_of_voice
from appliance.voice.phrases import Phrases
from appliance.voice.ports import Audio, Hearing, Key, Line, Reached, Recogniser, Speaker, Talk
from appliance.voice.resampling import Resampler
from appliance.voice.turn_taking import Pace, TurnTaking
from appliance.voice.voicebox import Voicebox
from appliance.voice.word_times import WordTimes

_log = logging.getLogger(__name__)
_APOLOGY_S = 15
_MOST_UNHEARD = 250
"""Pieces of sound of 20 ms that wait for the recogniser."""
_HEARD_BYTES = HEARD_S * EAR_HZ * SAMPLE_BYTES


Watch = Callable[[Event | Action | Sign, int], None]


class RecogniserTooSlow(Unavailable):
    code = "recogniser_too_slow"


def monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What all calls of a process share."""

    recogniser: Recogniser
    speaker: Speaker
    detector: Callable[[], Detector]
    """Makes one for each call."""
    end_of_turn: EndOfTurn | None = None
    """None: turns end by words and silence."""
    phrases: Phrases
    pace: Pace = Pace()
    voice: str = ""
    speed: float = 1.0
    out_of_order: LeaveCall = LeaveCall(Exit.TRANSFER)
    """How a call is left whose engines fail."""
    now_ms: Callable[[], int] = monotonic_ms
    tick_s: float = FRAME_MS / 1000


class Call:
    def __init__(
        self,
        line: Line,
        talk: Talk,
        parts: Parts,
        hotwords: Sequence[str] = (),
        watch: Watch | None = None,
    ) -> None:
        """``watch`` sees all that happens, for recording and for measures."""
        self._line = line
        self._watch = watch
        self._talk = talk
        self._parts = parts
        self._hotwords = hotwords
        self._turns = TurnTaking(parts.phrases, parts.pace, parts.out_of_order)
        self._activity = Activity(parts.detector())
        self._word_times = WordTimes()
        self._ear = Resampler(line.rate_hz, EAR_HZ)
        self._turn_audio = bytearray()
        self._sentences: dict[int, tuple[str, ...]] = {}
        self._ear_bytes = 0
        """Of the caller's sound, so far: all times of a call are told by it."""
        self._began_ms: dict[int, int] = {}
        """When the prompts that are being said began to sound."""
        self._to_hear: asyncio.Queue[bytes | None] = asyncio.Queue()
        """None: here an utterance ends."""
        self._to_talk: asyncio.Queue[PassOn | WasHeard | None] = asyncio.Queue()
        self._started: set[asyncio.Task[None]] = set()
        self._questions = 0
        """That the model of the end of a turn was asked."""
        self._over = asyncio.Event()
        self._left = LeaveCall(Exit.HANG_UP)

    async def run(self) -> LeaveCall:
        """Until one side ends it; how it was left. What the caller has said is with the conversation by then."""
        telling = asyncio.create_task(self._tell())
        try:
            await self._hold_or_give_up()
        except asyncio.CancelledError:
            self._keep_what_was_said()
            raise
        finally:
            self._to_talk.put_nowait(None)
            await telling
            await self._line.leave(self._left)
        return self._left

    async def _hold_or_give_up(self) -> None:
        try:
            await self._hold()
        except* Exception as broken:
            _log.exception("call.broken", exc_info=broken)
            self._keep_what_was_said()
            await self._apologise()

    def _keep_what_was_said(self) -> None:
        """The call ends before its time: a person takes over."""
        for action in self._decided(LineEnded()):
            if isinstance(action, PassOn | WasHeard):
                self._note(action)
        self._left = self._parts.out_of_order

    async def _apologise(self) -> None:
        """If the speaker still can; until the caller has heard it."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_APOLOGY_S), asyncio.TaskGroup() as group:
                box = Voicebox(self._line, self._parts.speaker, group, voice=self._parts.voice, speed=self._parts.speed)
                await self._line.flush()
                box.say(Speak(0, 0, self._parts.phrases.said.out_of_order), None)
                async for event in self._line.events():
                    if isinstance(event, Reached):
                        return
                box.stop()

    async def _hold(self) -> None:
        async with (
            self._parts.recogniser.listen(hotwords=self._hotwords) as hearing,
            asyncio.TaskGroup() as self._group,
        ):
            self._voicebox = Voicebox(
                self._line,
                self._parts.speaker,
                self._group,
                voice=self._parts.voice,
                speed=self._parts.speed,
                tell=self._told_of,
            )
            jobs = [self._listen(), self._feed(hearing), self._understand(hearing), self._follow(hearing), self._tick()]
            running = [self._group.create_task(job) for job in jobs]
            await self._over.wait()
            self._voicebox.stop()
            for task in (*running, *self._started):
                task.cancel()

    async def _listen(self) -> None:
        async for event in self._line.events():
            match event:
                case Audio():
                    self._hear(self._ear.feed(event.pcm))
                case Key():
                    self._happen(KeyPressed(event.key, event.is_whole))
                case Reached():
                    if (played := self._voicebox.reached(event.mark)) is not None:
                        self._happen(played)
        self._happen(LineEnded())

    def _hear(self, pcm: bytes) -> None:
        self._ear_bytes += len(pcm)
        self._turn_audio += pcm
        del self._turn_audio[:-_HEARD_BYTES]
        for change in self._activity.feed(pcm):
            if isinstance(change, SpeechBegan):
                self._word_times.began(self._heard_ms)
            self._happen(change)
        if self._to_hear.qsize() > _MOST_UNHEARD:
            raise RecogniserTooSlow("the recogniser is seconds behind: give it more workers, or take fewer calls")
        self._to_hear.put_nowait(pcm)

    @property
    def _heard_ms(self) -> int:
        return self._ear_bytes * 1000 // (EAR_HZ * SAMPLE_BYTES)

    def _told_of(self, sign: Sign) -> None:
        if isinstance(sign, SoundMade):
            self._began_ms.setdefault(sign.prompt_id, self._heard_ms)
        self._seen(sign)

    async def _feed(self, hearing: Hearing) -> None:
        """In order: the end of an utterance comes after its sound. A slow recogniser keeps nobody from hanging up."""
        while True:
            pcm = await self._to_hear.get()
            if pcm is None:
                await hearing.end_utterance()
            else:
                await hearing.feed(pcm)

    async def _understand(self, hearing: Hearing) -> None:
        async for heard in hearing.results():
            words = self._word_times.of(heard.words, self._heard_ms, utterance=heard.turn, is_final=heard.is_final)
            tone = tone_of_voice(heard.emotion)
            told = TextHeard(heard.text, heard.is_final, heard.alternatives, words, tone, heard.turn, heard.is_guess)
            self._happen(told)

    async def _follow(self, hearing: Hearing) -> None:
        async for event in self._talk.said():
            if isinstance(event, WordsExpected):
                hearing.expect(event.words)
                continue
            if isinstance(event, BotSays):
                self._sentences[event.prompt.id] = event.prompt.sentences
            self._happen(event)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._parts.tick_s)
            self._happen(Tick())

    async def _tell(self) -> None:
        """In order, and all of it: also what is said last before the line ends."""
        while (told := await self._to_talk.get()) is not None:
            try:
                if isinstance(told, PassOn):
                    await self._talk.pass_on(told.spoken)
                else:
                    await self._talk.heard(told)
            except Exception:
                _log.exception("call.not_passed_on")
                self._do_all([self._parts.out_of_order])

    def _happen(self, event: Event) -> None:
        self._do_all(self._decided(event))
        if self._turns.is_over:
            self._over.set()

    def _decided(self, event: Event) -> list[Action]:
        """Nothing is decided that a watcher does not see, however the call ends: a recording hangs on it."""
        at_ms = self._parts.now_ms()
        actions = self._turns.on(event, at_ms)
        for each in (event, *actions):
            self._seen(each, at_ms)
        return actions

    def _seen(self, each: Event | Action | Sign, at_ms: int | None = None) -> None:
        if self._watch is not None:
            self._watch(each, self._parts.now_ms() if at_ms is None else at_ms)

    def _do_all(self, actions: Sequence[Action]) -> None:
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case Speak():
                following = self._sentences.get(action.prompt_id, ())[action.index + 1 : action.index + 2]
                self._voicebox.say(action, following[0] if following else None)
            case StopSpeaking():
                self._voicebox.stop()
            case JudgeTurn():
                self._questions += 1
                self._start(self._judge(self._questions))
            case EndUtterance():
                self._turn_audio.clear()
                self._word_times.ended()
                self._to_hear.put_nowait(None)
            case FinalIsLate():
                _log.warning("call.final_late")
            case PassOn() | WasHeard():
                self._note(action)
            case LeaveCall():
                self._left = action
                self._over.set()
            case _:
                assert_never(action)

    def _note(self, action: PassOn | WasHeard) -> None:
        """The call's own words have ids below zero, and are no part of the conversation."""
        if isinstance(action, PassOn):
            self._to_talk.put_nowait(action)
            return
        from_ms = self._began_ms.pop(action.prompt_id, None)
        if action.prompt_id > 0:
            until_ms = None if from_ms is None else self._heard_ms
            self._to_talk.put_nowait(msgspec.structs.replace(action, from_ms=from_ms, until_ms=until_ms))

    async def _judge(self, number: int) -> None:
        """An answer that comes behind the next question is about a pause that is over."""
        model = self._parts.end_of_turn
        if model is not None:
            is_complete = await asyncio.to_thread(model.is_complete, bytes(self._turn_audio))
            if number == self._questions:
                self._happen(TurnJudged(is_complete))

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(job)
        self._started.add(task)
        task.add_done_callback(self._started.discard)
