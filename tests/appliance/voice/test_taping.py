"""What a recorder is told of a call: both sides at their times, keys, what was taken back, what was understood."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import numpy as np
import pytest

from appliance.channels.phone.file_line import FileLine
from appliance.errors import Unavailable
from appliance.voice.call import Call
from appliance.voice.events import (
    Action,
    BotIsDone,
    BotSays,
    EndUtterance,
    Event,
    KeyPressed,
    PassOn,
    Sign,
    SpeechBegan,
    TextHeard,
)
from appliance.voice.model import Prompt, Spoken
from appliance.voice.ports import Audio, Hearing, Key
from appliance.voice.recording.model import Ending, Utterance
from appliance.voice.recording.recorder import Recorder
from appliance.voice.recording.reel import Cut
from appliance.voice.recording.ulaw import decode
from appliance.voice.taping import TapedLine
from models.asr.heard import Word
from security.pii.analyzer import Analyzer
from tests.appliance.voice.engines import LOUD, ScriptedRecogniser, ToneSpeaker, silence, tone
from tests.appliance.voice.test_call import FAST, ScriptedTalk, parts, says

ANALYZER = Analyzer()


class Shelf:
    """``recording.ports.Shelf``, in memory."""

    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self.ending: Ending | None = None

    async def put(self, cut: Cut) -> None:
        self.cuts.append(cut)

    async def end(self, ending: Ending, silenced_ms: dict[str, int]) -> None:  # noqa: ARG002 - the port's
        self.ending = ending

    def loud_ms(self, side: str) -> list[int]:
        """At which hundredths of a second there is sound."""
        codes = b"".join(getattr(cut, side) for cut in self.cuts)
        samples = np.frombuffer(decode(codes), dtype="<i2").astype(np.float64)
        windows = samples[: len(samples) // 80 * 80].reshape(-1, 80)
        return [int(place) * 10 for place in np.flatnonzero(np.sqrt((windows**2).mean(axis=1)) > LOUD)]


async def recorded(shelf: Shelf, talk: ScriptedTalk, sound: bytes, *lines: str, **changes: Any) -> FileLine:
    keys, rate_hz = changes.pop("keys", ()), changes.pop("rate_hz", 8_000)
    recorder = Recorder(shelf, ANALYZER)
    on = FileLine(sound, rate_hz, keys=keys, frame_s=0.02 / FAST)
    of = parts(*lines, now_ms=lambda: on.heard_ms, **changes)
    tape = TapedLine(on, recorder)
    await Call(tape, talk, of, watch=tape.see).run()
    await recorder.close()
    return on


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
async def test_both_sides_are_kept_where_they_were_heard(rate_hz: int) -> None:
    shelf, talk = Shelf(), ScriptedTalk(answers=[[says(2, "好的。"), BotIsDone()]])
    sound = silence(1000, rate_hz) + tone(800, rate_hz) + silence(2500, rate_hz)
    await recorded(shelf, talk, sound, "我要退货", rate_hz=rate_hz, speaker=ToneSpeaker(200))
    caller, bot = shelf.loud_ms("caller"), shelf.loud_ms("bot")
    assert shelf.ending is Ending.KEPT
    assert (980 <= caller[0] <= 1020, 1780 <= caller[-1] <= 1810) == (True, True)
    assert bot[0] > caller[-1], "the answer comes after what it answers"


async def test_what_nobody_may_keep_is_silent() -> None:
    shelf = Shelf()
    await recorded(shelf, ScriptedTalk(), tone(800) + silence(2500), "我的身份证号是110101199003074514")
    assert shelf.loud_ms("caller") == []


async def test_an_answer_to_a_question_for_a_code_is_silent() -> None:
    """Whatever it is; the same words are heard where something else was asked for."""
    loud = []
    for question in ("请说您收到的验证码。", "您要退几件？"):
        shelf = Shelf()
        talk = ScriptedTalk(says(1, question))
        await recorded(shelf, talk, silence(600) + tone(800) + silence(2500), "是4个8")
        loud.append(bool(shelf.loud_ms("caller")))
    assert loud == [False, True]


async def test_who_presses_0_is_not_recorded() -> None:
    shelf, talk = Shelf(), ScriptedTalk(says(1, "您好，不想录音请按0。", may_interrupt=False))
    await recorded(shelf, talk, tone(800) + silence(4000), "我要退货", keys=[(1000, "0"), (1100, "#")])
    assert "#0" in talk.texts
    assert (shelf.ending, shelf.cuts) == (Ending.REFUSED, [])


@pytest.mark.control("L-05")
async def test_who_says_that_he_does_not_want_it_is_not_recorded() -> None:
    shelf, talk = Shelf(), ScriptedTalk(says(1, "您好，请说。"))
    await recorded(shelf, talk, silence(600) + tone(800) + silence(2500), "我不同意录音，不要录音")
    assert (talk.texts, shelf.ending, shelf.cuts) == (["我不同意录音，不要录音"], Ending.REFUSED, [])


class Breaks(ScriptedRecogniser):
    """After so many pieces of sound."""

    def __init__(self, *lines: str, after: int) -> None:
        super().__init__(*lines)
        self._left = after

    @asynccontextmanager
    async def listen(self, *, hotwords: Sequence[str] = ()) -> AsyncIterator[Hearing]:
        async with super().listen(hotwords=hotwords) as hearing:
            feed = hearing.feed

            async def feed_some(pcm: bytes) -> None:
                self._left -= 1
                if self._left < 0:
                    raise Unavailable("the recogniser is gone")
                await feed(pcm)

            hearing.feed = feed_some  # type: ignore[method-assign]
            yield hearing


@pytest.mark.control("L-05")
async def test_a_0_counts_where_the_engines_fail_before_it_is_known_to_be_all() -> None:
    shelf, talk = Shelf(), ScriptedTalk(says(1, "您好，请说。"))
    sound = silence(600) + tone(800) + silence(6000)
    breaks = Breaks("我要退货", after=200)
    await recorded(shelf, talk, sound, keys=[(3000, "0")], recogniser=breaks)
    assert "#0" in talk.texts
    assert (shelf.ending, shelf.cuts) == (Ending.REFUSED, [])


@pytest.mark.control("L-05")
async def test_a_0_counts_where_the_call_is_cut_short_before_it_is_known_to_be_all() -> None:
    shelf, talk = Shelf(), ScriptedTalk(says(1, "您好，请说。"))
    recorder = Recorder(shelf, ANALYZER)
    on = FileLine(tone(800) + silence(60_000), 8_000, keys=[(3000, "0")], frame_s=0.02 / FAST)
    pressed = asyncio.Event()
    tape = TapedLine(on, recorder)

    def see(happened: Event | Action | Sign, at_ms: int) -> None:
        tape.see(happened, at_ms)
        if isinstance(happened, KeyPressed):
            pressed.set()

    of = parts("我要退货", now_ms=lambda: on.heard_ms)
    calling = asyncio.create_task(Call(tape, talk, of, watch=see).run())
    await pressed.wait()
    calling.cancel()
    with suppress(asyncio.CancelledError):
        await calling
    await recorder.close()
    assert (talk.texts[-1], shelf.ending, shelf.cuts) == ("#0", Ending.REFUSED, [])


async def test_from_the_press_of_a_0_on_there_is_silence_until_it_is_known_what_it_was() -> None:
    heeded = Heeded()
    line = FileLine(tone(200), keys=[(60, "0"), (120, "7")])
    on = TapedLine(line, cast(Recorder, heeded))
    loud = []
    async for event in on.events():
        if isinstance(event, Audio):
            await on.play(tone(20))
            loud.append((on_tape("hear", heeded), on_tape("speak", heeded)))
    assert loud == [(True, True)] * 3 + [(False, False)] * 3 + [(True, True)] * 4


def on_tape(side: str, heeded: "Heeded") -> bool:
    """Whether there is a sound in what was taken up last."""
    return any([given[1] for name, *given in heeded.given if name == side][-1])


async def test_a_0_that_was_refused_otherwise_hushes_no_longer() -> None:
    heeded = Heeded()
    on = TapedLine(FileLine(tone(100), keys=[(0, "0")]), cast(Recorder, heeded))
    async for event in on.events():
        if isinstance(event, Key):
            on.see(PassOn(Spoken(text="我要退货")), 0)
    assert on_tape("hear", heeded)


class Heeded:
    """Notes what a recorder is told."""

    def __init__(self) -> None:
        self.given: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self.given.append((name, *given))

    @property
    def told(self) -> list[tuple[str, Any]]:
        """With what came first of it, mostly the time."""
        return [(name, first) for name, first, *_ in self.given]


async def test_what_was_not_played_is_taken_back_and_what_follows_comes_after_it() -> None:
    heeded = Heeded()
    on = TapedLine(FileLine(b""), cast(Recorder, heeded))
    for _ in range(3):
        await on.play(tone(20))
    await on.flush()
    await on.play(tone(20))
    assert heeded.told == [("speak", 0), ("speak", 20), ("speak", 40), ("take_back", 0), ("speak", 0)]


def test_a_final_that_took_long_is_of_all_that_came_since_he_began_and_leaves_the_next_its_own() -> None:
    heeded = Heeded()
    on = TapedLine(FileLine(b""), cast(Recorder, heeded))
    asking = BotSays(Prompt(id=1, sentences=("请说一下短信验证码。",)))
    for happened in (asking, SpeechBegan(), EndUtterance(), BotSays(Prompt(id=2, sentences=("好的。",)))):
        on.see(happened, 0)
    on._heard_ms = 3000
    for later in (SpeechBegan(), TextHeard("一", is_final=True), EndUtterance()):
        on.see(later, 0)
    on._heard_ms = 5000
    on.see(TextHeard("二", is_final=True, utterance=1), 0)
    one, two = [cast(Utterance, each) for name, each in heeded.told if name == "transcribed"]
    assert [(each.start_ms, each.end_ms) for each in (one, two)] == [(0, 3000), (2500, 5000)]
    assert (bool(one.expected), bool(two.expected)) == (True, False)
    assert [each.number for each in (one, two)] == [0, 1]
    assert [given for name, *given in heeded.given if name == "began"] == [[0, 0], [1, 2500]]


def test_words_tell_where_an_utterance_lies_and_without_them_it_is_all_since_he_began() -> None:
    heeded = Heeded()
    on = TapedLine(FileLine(b""), cast(Recorder, heeded))
    words = (Word("退", 300, 500), Word("货", 500, 700))
    for happened in (SpeechBegan(), TextHeard("退货", is_final=True, words=words), TextHeard("嗯", is_final=True)):
        on.see(happened, 0)
    utterances = [cast(Utterance, each) for name, each in heeded.told if name == "transcribed"]
    assert [(each.start_ms, each.end_ms, each.text) for each in utterances] == [(300, 700, "退货"), (0, 0, "嗯")]
