"""What every recogniser and every speaker keeps, whatever is behind it. Tests of real engines call these, too."""

import asyncio

from appliance.voice.model import FRAME_MS, frame_bytes
from appliance.voice.ports import Hearing, Recogniser, Speaker
from models.asr.heard import Heard

_PATIENCE_S = 60


async def hears(recogniser: Recogniser, speech: bytes) -> Heard:
    """``speech``: one utterance at 16 kHz. Partials may come, then one final for each end of an utterance."""
    async with asyncio.timeout(_PATIENCE_S), recogniser.listen(hotwords=("跑鞋",)) as hearing:
        size = frame_bytes(16_000)
        for at in range(0, len(speech), size):
            await hearing.feed(speech[at : at + size])
        hearing.expect(("跑鞋", "保温杯"))
        await hearing.feed(b"")
        final = await _final(hearing)
        assert (await _final(hearing)).text == "", "an utterance without sound has no words"
    return final


async def _final(hearing: Hearing) -> Heard:
    await hearing.end_utterance()
    async for heard in hearing.results():
        if heard.is_final:
            return heard
    raise AssertionError("no final pass came")


async def speaks(speaker: Speaker, text: str, *, voice: str) -> bytes:
    """Whole samples in all, not silent; a second sentence may be begun while the first is not finished."""
    other = speaker.speak("好的。", voice=voice)
    async with asyncio.timeout(_PATIENCE_S):
        first = await anext(aiter(other))
        sound = b"".join([chunk async for chunk in speaker.speak(text, voice=voice)])
    assert first
    assert len(sound) % 2 == 0
    assert len(sound) > speaker.rate_hz * FRAME_MS // 1000
    assert any(sound)
    return sound
