"""The baseline of a call: the bare engines, a turn that ends after a fixed silence, and one answer to everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from appliance.evaluation.bench.model import NotMeasured
from appliance.evaluation.bench.voice.speech import FRAME, LINE_HZ, Spoken
from appliance.voice.model import EAR_HZ, FRAME_MS
from appliance.voice.resampling import Resampler
from models.asr.client import Hearing, Recogniser
from models.errors import ModelError
from models.tts.speaker import Speaker

SILENCE_MS: Final = 800
FINAL_WITHIN_S: Final = 60.0
"""What is later than the client of a product waits is still a number; what is later than this is none."""
VOICE: Final = "selftest-female"
_ANSWER: Final = "好的，请稍等，我帮您看一下。"


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of one turn."""

    first_audio: float
    final: float
    first_chunk: float
    partial: float | None


class Ears(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of one turn that is only heard."""

    ended_at: float
    """By the loop's clock, in seconds: the voice's end."""
    final_at: float
    final: float
    partial: float | None


async def turn(recogniser: Recogniser, speaker: Speaker, spoken: Spoken) -> Plain:
    """NotMeasured as ``hear``, or where nothing is spoken."""
    heard = await hear(recogniser, spoken)
    async with _not_measured():
        stream = speaker.speak(_ANSWER, voice=VOICE)
        await anext(stream)
        first = asyncio.get_running_loop().time()
        await stream.aclose()
    return Plain(
        first_audio=(first - heard.ended_at) * 1000,
        final=heard.final,
        first_chunk=(first - heard.final_at) * 1000,
        partial=heard.partial,
    )


async def hear(recogniser: Recogniser, spoken: Spoken, *, final_within_s: float = FINAL_WITHIN_S) -> Ears:
    """At the pace of speech; what it ends with is asked for after ``SILENCE_MS``.

    ``recogniser``: one that leaves it to us how long a final is waited for. NotMeasured where none comes in that time,
    or the recogniser breaks.
    """
    clock = asyncio.get_running_loop().time
    length_s = (spoken.length_ms + SILENCE_MS) / 1000
    async with _not_measured(), recogniser.listen() as hearing:
        began = clock()
        listening = asyncio.create_task(_follow(hearing))
        try:
            async with asyncio.timeout_at(began + length_s + final_within_s):
                await _feed(hearing, spoken, began)
                await asyncio.sleep(max(0.0, began + length_s - clock()))
                asked = clock()
                await hearing.end_utterance()
                heard = await listening
        except TimeoutError as late:
            raise NotMeasured(
                f"the recogniser gave no final within {final_within_s:g} s of the end of a turn"
            ) from late
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    return Ears(
        ended_at=began + spoken.length_ms / 1000,
        final_at=heard.final_at,
        final=(heard.final_at - asked) * 1000,
        partial=None if heard.partial_at is None else (heard.partial_at - began) * 1000,
    )


@asynccontextmanager
async def _not_measured() -> AsyncIterator[None]:
    """An engine that breaks gives no number, and says why."""
    try:
        yield
    except ModelError as broken:
        raise NotMeasured(str(broken)) from broken


async def _feed(hearing: Hearing, spoken: Spoken, began: float) -> None:
    clock, ear = asyncio.get_running_loop().time, Resampler(LINE_HZ, EAR_HZ)
    silence = (bytes(FRAME),) * (SILENCE_MS // FRAME_MS)
    for number, frame in enumerate((*spoken.frames, *silence), 1):
        await asyncio.sleep(max(0.0, began + number * FRAME_MS / 1000 - clock()))
        await hearing.feed(ear.feed(frame))


class _Heard(msgspec.Struct, frozen=True):
    partial_at: float | None
    final_at: float


async def _follow(hearing: Hearing) -> _Heard:
    clock, partial_at = asyncio.get_running_loop().time, None
    async for heard in hearing.results():
        if heard.is_final:
            return _Heard(partial_at, clock())
        if heard.text and partial_at is None:
            partial_at = clock()
    raise NotMeasured("the recogniser ended before its final")
