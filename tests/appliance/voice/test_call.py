"""Whole calls with engines of paper on a line of paper, ten times as fast as in life; its sound is the clock."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from appliance.channels.phone.file_line import FileLine
from appliance.voice.call import Call, Parts, Watch
from appliance.voice.events import (
    BotIsDone,
    BotLeaves,
    BotSays,
    LeaveCall,
    Speak,
    TextHeard,
    TurnJudged,
    WasHeard,
)
from appliance.voice.model import Exit, Prompt, Spoken
from appliance.voice.phrases import Phrases
from appliance.voice.ports import Hearing
from appliance.voice.voicebox import Voicebox
from models.errors import ModelBusy
from tests.appliance.voice import contract
from tests.appliance.voice.engines import LoudIsSpeech, NeverFinal, ScriptedRecogniser, ToneSpeaker, silence, tone

FAST = 10
PHRASES = Phrases.load()
_Said = BotSays | BotIsDone | BotLeaves


class ScriptedTalk:
    """Says its first words, and has an answer ready for each thing that is passed on."""

    def __init__(self, *first: _Said, answers: Sequence[Sequence[_Said]] = ()) -> None:
        self._out: asyncio.Queue[_Said] = asyncio.Queue()
        self._answers = list(answers)
        self._was_passed = asyncio.Event()
        self.passed: list[Spoken] = []
        self.accounts: list[WasHeard] = []
        for each in first:
            self._out.put_nowait(each)

    async def pass_on(self, spoken: Spoken) -> None:
        self.passed.append(spoken)
        self._was_passed.set()
        for each in self._answers.pop(0) if self._answers else ():
            self._out.put_nowait(each)

    async def said(self) -> AsyncIterator[_Said]:
        while True:
            yield await self._out.get()

    async def heard(self, account: WasHeard) -> None:
        self.accounts.append(account)

    async def until_passed(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.passed) < count:
                self._was_passed.clear()
                await self._was_passed.wait()

    @property
    def texts(self) -> list[str]:
        return [spoken.text or f"#{spoken.digits}" for spoken in self.passed]


def says(prompt_id: int, *sentences: str, may_interrupt: bool = True) -> BotSays:
    return BotSays(Prompt(id=prompt_id, sentences=sentences, may_interrupt=may_interrupt))


def parts(*lines: str, **changes: Any) -> Parts:
    base = Parts(
        recogniser=ScriptedRecogniser(*lines),
        speaker=ToneSpeaker(),
        detector=LoudIsSpeech,
        phrases=PHRASES,
        tick_s=0.02 / FAST,
    )
    return msgspec.structs.replace(base, **changes)


def line(*sound: bytes, keys: Sequence[tuple[int, str]] = ()) -> FileLine:
    return FileLine(b"".join(sound), keys=keys, frame_s=0.02 / FAST)


async def hold(on: FileLine, talk: ScriptedTalk, of: Parts, watch: Watch | None = None) -> LeaveCall:
    async with asyncio.timeout(20):
        return await Call(on, talk, msgspec.structs.replace(of, now_ms=lambda: on.heard_ms), watch=watch).run()


async def test_what_is_said_is_passed_on_and_answered() -> None:
    speaker = ToneSpeaker()
    talk = ScriptedTalk(says(1, "您好。", "请问有什么可以帮您？"), answers=[[says(2, "好的。"), BotIsDone()]])
    on = line(silence(1500), tone(800), silence(2500))
    await hold(on, talk, parts("我要退货", speaker=speaker))
    assert talk.texts == ["我要退货"]
    assert speaker.spoken[:3] == ["您好。", "请问有什么可以帮您？", "好的。"]
    first, second = talk.accounts[:2]
    assert (first.sentences, first.of, second.sentences, second.of) == (2, 2, 1, 1)
    assert 0 == first.from_ms < first.until_ms <= second.from_ms < second.until_ms  # type: ignore[operator]
    assert on.left == LeaveCall(Exit.HANG_UP)


async def test_a_word_that_means_something_cuts_the_bot_short() -> None:
    speaker = ToneSpeaker(ms_per_character=400)
    talk = ScriptedTalk(says(1, "这一单可以为您办理退货退款。", "运费由我们承担。"))
    on = line(silence(800), tone(600), silence(2000))
    await hold(on, talk, parts("等一下", speaker=speaker))
    assert talk.texts == ["等一下"]
    (account,) = talk.accounts
    assert (account.sentences, account.of) == (0, 2)
    assert account.until_ms is not None
    assert account.until_ms < on.heard_ms


async def test_a_backchannel_does_not() -> None:
    talk = ScriptedTalk(says(1, "这一单可以为您办理退货退款。", "运费由我们承担。"))
    speaker = ToneSpeaker(ms_per_character=80)
    await hold(line(silence(100), tone(100), silence(4000)), talk, parts("嗯", speaker=speaker))
    assert talk.texts == []
    assert [(account.sentences, account.of) for account in talk.accounts] == [(2, 2)]


async def test_keys_are_passed_on_as_digits() -> None:
    talk = ScriptedTalk()
    keys = [(200 + 100 * number, key) for number, key in enumerate("4402#")]
    await hold(line(silence(1500), keys=keys), talk, parts())
    assert talk.passed == [Spoken(digits="4402")]


async def test_hanging_up_in_the_middle_of_a_word_loses_nothing() -> None:
    talk = ScriptedTalk()
    await hold(line(silence(200), tone(500)), talk, parts("我要投诉"))
    assert talk.texts == ["我要投诉"]


async def test_a_call_is_handed_on_when_the_words_before_it_were_heard() -> None:
    speaker = ToneSpeaker()
    talk = ScriptedTalk(says(1, "我为您转接人工。"), BotLeaves(Exit.TRANSFER, "returns"))
    on = line(silence(5000))
    assert await hold(on, talk, parts(speaker=speaker)) == LeaveCall(Exit.TRANSFER, "returns")
    assert [(account.sentences, account.of) for account in talk.accounts] == [(1, 1)]
    assert len(on.played) == 8 * 20 * 16


async def test_the_next_sentence_is_made_while_one_is_heard() -> None:
    """As it comes to its end: both have been asked for before the first was heard whole."""
    speaker, asked = ToneSpeaker(), list[int]()
    talk = ScriptedTalk(says(1, "第一句话。", "第二句话。"))

    async def heard(account: WasHeard) -> None:
        asked.append(account.sentences)

    talk.heard = heard  # type: ignore[method-assign]
    await hold(line(silence(2000)), talk, parts(speaker=speaker))
    assert (speaker.spoken[:2], asked) == (["第一句话。", "第二句话。"], [2])


class _Broken:
    """An engine that fails with its first sound."""

    rate_hz = 16_000

    async def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:  # noqa: ARG002 - it fails
        raise OSError("the engine is away")
        yield b""


async def test_an_engine_that_fails_costs_no_words_and_a_person_takes_over(caplog: pytest.LogCaptureFixture) -> None:
    talk = ScriptedTalk(answers=[[says(1, "好的。")]])
    left = await hold(line(silence(200), tone(500), silence(4000)), talk, parts("我要退货", speaker=_Broken()))
    assert talk.texts == ["我要退货"]
    assert left == LeaveCall(Exit.TRANSFER)
    assert "call.broken" in caplog.messages


class _Stuck(ScriptedRecogniser):
    """Takes the first sound and never the second."""

    @asynccontextmanager
    async def listen(self, *, hotwords: Sequence[str] = ()) -> AsyncIterator[Hearing]:
        async with super().listen(hotwords=hotwords) as hearing:
            feed, is_first = hearing.feed, True

            async def stuck(pcm: bytes) -> None:
                nonlocal is_first
                if not is_first:
                    await asyncio.Event().wait()
                is_first = False
                await feed(pcm)

            hearing.feed = stuck  # type: ignore[method-assign]
            yield hearing


async def test_a_recogniser_that_is_stuck_keeps_nobody_from_hanging_up() -> None:
    left = await hold(line(silence(1000)), ScriptedTalk(), parts(recogniser=_Stuck()))
    assert left == LeaveCall(Exit.HANG_UP)


async def test_a_recogniser_that_is_seconds_behind_gives_the_call_to_people(caplog: pytest.LogCaptureFixture) -> None:
    on, speaker = line(silence(7000)), ToneSpeaker()
    left = await hold(on, ScriptedTalk(), parts(recogniser=_Stuck(), speaker=speaker))
    assert left == LeaveCall(Exit.TRANSFER)
    assert "call.broken" in caplog.messages
    assert speaker.spoken[-1] == PHRASES.said.out_of_order
    assert any(on.played)


async def test_a_final_that_is_late_ends_no_call(caplog: pytest.LogCaptureFixture) -> None:
    """What was heard on the way is passed on; where that is too little he is asked, and in the end goes to people."""
    talk, speaker = ScriptedTalk(answers=[[says(1, "好的。")]]), ToneSpeaker()
    sound = [each for _ in range(4) for each in (tone(500), silence(4500))]
    left = await hold(
        line(*sound), talk, parts(recogniser=NeverFinal("我要退货", "订单号是", "因为", "还有"), speaker=speaker)
    )
    said = PHRASES.said
    assert talk.texts == ["我要退货"]
    assert speaker.spoken == ["好的。", said.not_heard, said.not_heard, said.out_of_order]
    assert left == LeaveCall(Exit.TRANSFER)
    assert caplog.messages.count("call.final_late") == 4


async def test_a_process_that_stops_gives_its_calls_to_people_with_all_that_was_said() -> None:
    on, talk, was_heard = line(tone(2000), silence(5000)), ScriptedTalk(), asyncio.Event()

    def watch(event: object, _at_ms: int) -> None:
        if isinstance(event, TextHeard):
            was_heard.set()

    calling = asyncio.create_task(hold(on, talk, parts("我要退货"), watch))
    async with asyncio.timeout(10):
        await was_heard.wait()
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)
    assert talk.texts == ["我要退货"]
    assert on.left == LeaveCall(Exit.TRANSFER)


async def test_a_conversation_that_fails_is_told_and_a_person_takes_over() -> None:
    class Failing(ScriptedTalk):
        async def pass_on(self, spoken: Spoken) -> None:  # noqa: ARG002 - it fails
            raise OSError("the database is away")

    left = await hold(line(tone(500), silence(4000)), Failing(), parts("我要退货"))
    assert left == LeaveCall(Exit.TRANSFER)


class _Says:
    def __init__(self, is_complete: bool) -> None:
        self._is_complete = is_complete
        self.asked: list[int] = []

    def is_complete(self, pcm: bytes) -> bool:
        self.asked.append(len(pcm))
        return self._is_complete


async def test_the_model_of_the_end_of_a_turn_is_asked_with_its_sound() -> None:
    model, talk = _Says(is_complete=True), ScriptedTalk()
    await hold(line(tone(600), silence(2000)), talk, parts("我要退货", end_of_turn=model))
    assert talk.texts == ["我要退货"]
    assert model.asked[0] >= 600 * 32


async def test_an_answer_about_a_pause_that_is_over_ends_no_turn() -> None:
    """The model is slow with the first pause, and the caller has paused again before it answers."""
    asked_again, answers = threading.Event(), iter((True, False))

    class Slow:
        def is_complete(self, pcm: bytes) -> bool:  # noqa: ARG002 - it answers by the script
            answer = next(answers)
            if answer:
                asked_again.wait(5)
            else:
                asked_again.set()
            return answer

    judged: list[bool] = []

    def watch(event: object, _at_ms: int) -> None:
        if isinstance(event, TurnJudged):
            judged.append(event.is_complete)

    on = line(tone(400), silence(400), tone(400), silence(3000))
    await hold(on, ScriptedTalk(), parts("因为", end_of_turn=Slow()), watch)
    assert judged == [False]


async def test_a_speaker_that_is_busy_ahead_of_time_is_asked_again_when_the_time_has_come(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class BusyOnce(ToneSpeaker):
        async def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:
            if text == "第二句话。" and text not in self.spoken:
                self.spoken.append(text)
                raise ModelBusy("it has too much to say")
            async for chunk in super().speak(text, voice=voice, speed=speed):
                yield chunk

    talk, speaker = ScriptedTalk(says(1, "第一句话。", "第二句话。")), BusyOnce()
    left = await hold(line(silence(2000)), talk, parts(speaker=speaker))
    assert speaker.spoken == ["第一句话。", "第二句话。", "第二句话。"]
    assert [(account.sentences, account.of) for account in talk.accounts] == [(2, 2)]
    assert left == LeaveCall(Exit.HANG_UP)
    assert "call.not_made_ahead" in caplog.messages


async def test_what_is_stopped_before_it_began_is_made_no_further() -> None:
    """A caller hangs up in the moment in which a sentence ends and the next one begins."""
    is_over = asyncio.Event()

    class Endless:
        rate_hz = 16_000

        async def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:  # noqa: ARG002 - it never ends
            try:
                while True:
                    yield tone(20, 16_000)
                    await asyncio.sleep(0)
            finally:
                is_over.set()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        box = Voicebox(line(), Endless(), group, voice="", speed=1.0)
        made = box._make("一。")
        box._ahead["一。"] = made
        await asyncio.sleep(0)
        box.say(Speak(1, 0, "一。"), None)
        box.stop()
        await is_over.wait()


async def test_engines_of_paper_keep_the_contract() -> None:
    heard = await contract.hears(ScriptedRecogniser("我要退货"), tone(500, 16_000))
    assert heard.text == "我要退货"
    await contract.speaks(ToneSpeaker(), "我要退货。", voice="")
