"""A call within the worker: what is heard when, with what times, and what is never recognised."""

import asyncio
import json
from collections.abc import Sequence

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
    for part in parts:
        if isinstance(part, Signal):
            await call.signal(part)
            continue
        for start in range(0, len(part), 640):
            await call.audio(part[start : start + 640])
            await asyncio.sleep(0)
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
    assert set(ears.chunks) == {600 * BYTES_PER_MS}
    assert [(r.text, r.whole) for r in results if r.mode == "2pass-online"] == [("我要", "我要"), ("退", "我要退")]
    assert ears.forgotten == [7, 7]


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
