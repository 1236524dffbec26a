"""A call within the worker: what is heard when, with what times, and what is never recognised."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from models.asr.call import Call
from models.asr.errors import ProtocolBroken
from models.asr.heard import Word
from models.asr.protocol import Result, Signal
from models.asr.spoken import Pass
from tests.models.asr.engines import ScriptedEars
from tests.models.asr.sounds import BYTES_PER_MS, hiss, speech

START = Signal(is_speaking=True, wav_name="c", itn=True)
END = Signal(is_speaking=False)


async def _heard(ears: ScriptedEars, parts: Sequence[bytes | Signal]) -> list[Result]:
    results: list[Result] = []

    async def send(result: Result) -> None:
        results.append(result)

    call = Call(7, ears, send)
    passing = asyncio.create_task(call.pass_on())
    for part in parts:
        await _feed(call, part)
    await call.passed_on()
    passing.cancel()
    await call.close()
    return results


async def test_silence_is_not_recognised_and_answered_with_nothing() -> None:
    ears = ScriptedEars()
    assert await _heard(ears, [START, hiss(3000), END]) == [
        Result(text="", mode="2pass-offline", wav_name="c", is_final=True)
    ]
    assert ears.passed == []


async def test_a_turn_is_heard_anew_while_it_lasts_and_passed_once_at_its_end() -> None:
    ears = ScriptedEars(Pass("我要退货"), partials=["我", "我要", "我要对", "我要退"])
    results = await _heard(ears, [START, hiss(400), speech(1000), END])
    online = [(r.text, r.whole) for r in results if r.mode == "2pass-online"]
    assert online == [("", "我"), ("我", "我要"), ("要", "我要对"), ("", "我要退")]
    assert results[-1].text == "我要退货"
    assert results[-1].is_final
    assert sum(r.is_final for r in results) == 1


async def test_times_count_from_the_beginning_of_the_call() -> None:
    word = Word("好", 120, 300)
    ears = ScriptedEars(Pass("好", (word,)), Pass("好", (word,)))
    results = await _heard(ears, [START, hiss(2000), speech(600), END, START, hiss(1000), speech(600), END])
    first, second = (json.loads(r.timestamp)[0][0] for r in results if r.is_final)
    assert 1500 <= first - 120 <= 1600
    assert 3100 <= second - 120 <= 3200


async def test_a_pause_within_a_turn_passes_on_what_was_said() -> None:
    ears = ScriptedEars(Pass("订单号"), Pass("二零二六"))
    results = await _heard(ears, [START, hiss(300), speech(700), hiss(1200), speech(700), END])
    assert [(r.text, r.is_final) for r in results if r.mode == "2pass-offline"] == [("订单号", False), ("2026", True)]


async def test_speech_without_an_end_is_passed_on_in_bounded_pieces() -> None:
    ears = ScriptedEars(*[Pass("说")] * 3)
    await _heard(ears, [START, hiss(200), speech(45_000), END])
    assert len(ears.passed) == 3
    assert max(size for size, _, _ in ears.passed) <= 20_020 * BYTES_PER_MS


async def test_hotwords_and_figures_are_asked_of_the_engine_as_the_call_wants_them() -> None:
    ears = ScriptedEars(Pass("二零二六"))
    start = Signal(is_speaking=True, hotwords='{"跑鞋": 20}', itn=False)
    results = await _heard(ears, [start, hiss(200), speech(500), END])
    assert [(hotwords, figures) for _, hotwords, figures in ears.passed] == [(("跑鞋",), False)]
    assert results[-1].text == "二零二六"


async def test_a_streaming_model_is_given_its_chunks_in_order_and_then_forgets() -> None:
    ears = ScriptedEars(Pass("我要退货"), online=["我要", "", "退"])
    results = await _heard(ears, [START, hiss(300), speech(1900), END])
    assert ears.chunks == [600 * BYTES_PER_MS] * 3 + [400 * BYTES_PER_MS]
    assert [(r.text, r.whole) for r in results if r.mode == "2pass-online"] == [("我要", "我要"), ("退", "我要退")]
    assert ears.forgotten == [7, 7]


class SlowEars(ScriptedEars):
    """Whose second passes are made when they are let."""

    def __init__(self, *finals: Pass, online: Sequence[str]) -> None:
        super().__init__(*finals, online=online)
        self.let = asyncio.Event()

    async def final(self, pcm: bytes, hotwords: Sequence[str], wants_figures: bool) -> Pass:
        await self.let.wait()
        return await super().final(pcm, hotwords, wants_figures)


async def test_a_second_pass_that_takes_long_holds_up_nothing_that_is_said_after_it() -> None:
    """Of three pieces in two turns: each text is whole by then, and keeps the name of its turn when the passes come."""
    ears = SlowEars(Pass("订单号"), Pass("二零二六"), Pass("不要了"), online="甲乙丙丁戊己庚辛壬癸")
    results: list[Result] = []

    async def send(result: Result) -> None:
        results.append(result)

    call = Call(7, ears, send)
    passing = asyncio.create_task(call.pass_on())
    for part in (START, hiss(300), speech(700), hiss(1200), speech(700), END):
        await _feed(call, part)
    await _feed(call, Signal(is_speaking=True, wav_name="d"))
    for part in (hiss(300), speech(700), END):
        await _feed(call, part)
    before = {name: [r.whole or "" for r in results if r.wav_name == name] for name in "cd"}
    many = len(results)
    ears.let.set()
    await call.passed_on()
    passing.cancel()
    assert [len(each) for each in before["c"]] == list(range(1, len(before["c"]) + 1))
    assert [len(each) for each in before["d"]] == list(range(1, len(before["d"]) + 1))
    assert "甲乙丙丁戊己庚辛壬癸".startswith(before["c"][-1] + before["d"][-1])
    assert [(r.wav_name, r.text, r.is_final) for r in results[many:] if r.mode == "2pass-offline"] == [
        ("c", "订单号", False), ("c", "2026", True), ("d", "不要了", True),
    ]  # fmt: skip
    (rest,) = [r for r in results[many:] if r.mode == "2pass-online"]
    assert rest.wav_name == "c"
    assert rest.whole
    assert before["c"][-1].endswith(rest.whole)


@dataclass
class Slow:
    """A call whose second passes are made when they are let."""

    ears: SlowEars
    call: Call
    results: list[Result]

    @property
    def passed(self) -> list[tuple[str, str, bool, bool]]:
        return [(r.wav_name, r.text, r.is_final, r.is_left_out) for r in self.results if r.mode == "2pass-offline"]


@asynccontextmanager
async def slow(ears: SlowEars) -> AsyncIterator[Slow]:
    results: list[Result] = []

    async def send(result: Result) -> None:
        results.append(result)

    call = Call(7, ears, send)
    passing = asyncio.create_task(call.pass_on())
    yield Slow(ears, call, results)
    passing.cancel()
    await asyncio.gather(passing, return_exceptions=True)


async def test_of_second_passes_that_never_catch_up_the_oldest_are_left_out() -> None:
    """Six turns end before the first is passed over; three wait, and the two before them are what was heard online."""
    ears = SlowEars(Pass("一"), Pass("四"), Pass("五"), Pass("六"), online="甲乙丙丁戊己")
    async with slow(ears) as held:
        for name in "abcdef":
            for part in (Signal(is_speaking=True, wav_name=name), hiss(300), speech(500), END):
                await _feed(held.call, part)
            assert held.call.owes <= 4
        assert held.passed == []
        ears.let.set()
        await held.call.passed_on()
    assert held.passed == [
        ("a", "一", True, False), ("b", "丙丁", True, True), ("c", "戊己", True, True),
        ("d", "四", True, False), ("e", "五", True, False), ("f", "六", True, False),
    ]  # fmt: skip
    assert (len(ears.passed), held.call.owes) == (4, 0)


async def test_silence_that_waits_to_be_answered_leaves_no_second_pass_out() -> None:
    ears = SlowEars(Pass("一"), Pass("二"), online="甲乙")
    async with slow(ears) as held:
        for sound in (speech(500), speech(500), *[hiss(100)] * 5):
            for part in (START, sound, END):
                await _feed(held.call, part)
        ears.let.set()
        await held.call.passed_on()
    assert [text for _, text, _, _ in held.passed] == ["一", "二", "", "", "", "", ""]


async def test_what_is_being_said_stands_behind_the_pass_over_what_was_said_before() -> None:
    ears = SlowEars(Pass("订单号，"), Pass("二零二六"), online=["订单号", "", "", "二零"])
    results: list[Result] = []

    async def send(result: Result) -> None:
        results.append(result)

    call = Call(7, ears, send)
    passing = asyncio.create_task(call.pass_on())
    for part in (START, hiss(300), speech(700), hiss(1200), speech(700)):
        await _feed(call, part)
    ears.let.set()
    await call.passed_on()
    passing.cancel()
    assert [(r.mode[6:], r.text, r.whole) for r in results] == [
        ("online", "订单号", "订单号"), ("online", "二零", "订单号二零"),
        ("offline", "订单号，", None), ("online", "", "二零"),
    ]  # fmt: skip


async def test_a_piece_of_which_the_pass_hears_nothing_is_taken_back_at_once() -> None:
    """Though nothing follows it for now: its online text was none."""
    ears = SlowEars(Pass(""), online=["呃", ""])
    async with slow(ears) as held:
        for part in (START, hiss(300), speech(700), hiss(1200)):
            await _feed(held.call, part)
        ears.let.set()
        await held.call.passed_on()
    assert [(r.mode[6:], r.whole) for r in held.results] == [("online", "呃"), ("online", "")]


async def test_a_piece_that_cannot_be_sent_yet_is_not_missing_from_what_is_said_behind_it() -> None:
    """The connection takes its time: whoever listens has each piece once, by its pass or by its online text."""
    ears = SlowEars(Pass("一"), Pass("二"), online=["甲", "", "", "乙"])
    told, is_sent = "", asyncio.Event()
    wholes: list[str] = []

    async def send(result: Result) -> None:
        nonlocal told
        if result.mode == "2pass-offline":
            await is_sent.wait()
            told += result.text
        else:
            wholes.append(told + (result.whole or ""))

    call = Call(7, ears, send)
    passing = asyncio.create_task(call.pass_on())
    for part in (START, hiss(300), speech(700), hiss(1200)):
        await _feed(call, part)
    ears.let.set()
    await asyncio.sleep(0)
    speaking = asyncio.create_task(_feed(call, speech(700)))
    for _ in range(100):
        await asyncio.sleep(0)
    is_sent.set()
    await speaking
    await call.passed_on()
    passing.cancel()
    assert (wholes[0], set(wholes[1:])) == ("甲", {"一乙"})


async def _feed(call: Call, part: bytes | Signal) -> None:
    if isinstance(part, Signal):
        await call.signal(part)
        return
    for start in range(0, len(part), 640):
        await call.audio(part[start : start + 640])
        await asyncio.sleep(0)


async def test_emotion_and_other_readings_are_passed_on() -> None:
    ears = ScriptedEars(Pass("退货", alternatives=("对货",), emotion="ANGRY", event="Speech"))
    final = (await _heard(ears, [START, hiss(200), speech(500), END]))[-1]
    assert (final.alternatives, final.emotion, final.event) == (("对货",), "ANGRY", "Speech")


async def test_speech_is_found_on_a_noisy_line_and_its_pause_too() -> None:
    ears = ScriptedEars(Pass("一"), Pass("二"))
    results = await _heard(ears, [START, hiss(500, 600), speech(700), hiss(1500, 600), speech(700), END])
    assert [r.text for r in results if r.mode == "2pass-offline"] == ["一", "二"]


async def test_half_a_sample_ends_the_call() -> None:
    with pytest.raises(ProtocolBroken, match="even number"):
        await _heard(ScriptedEars(), [START, b"\x00"])
