"""Engines of paper that keep the contract of real ones: what is loud is speech, and its words come from a script."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import numpy.typing as npt

from appliance.voice.ports import Hearing
from models.asr.heard import Heard

LOUD = 1000
SPEAKER_HZ = 16_000


def tone(ms: int, rate_hz: int = 8_000, level: int = 8_000) -> bytes:
    at = np.arange(rate_hz * ms // 1000) / rate_hz
    return (level * np.sin(2 * np.pi * 440 * at)).astype("<i2").tobytes()


def speech(ms: int, rate_hz: int = 8_000) -> bytes:
    """As loud as a tone, and none: several at once, as a voice has."""
    at = np.arange(rate_hz * ms // 1000) / rate_hz
    mixed = sum(np.sin(2 * np.pi * hz * at) for hz in (230, 690, 1480))
    return (4_000 * np.asarray(mixed)).astype("<i2").tobytes()


def silence(ms: int, rate_hz: int = 8_000) -> bytes:
    return bytes(rate_hz * ms // 1000 * 2)


def is_loud(pcm: bytes) -> bool:
    samples: npt.NDArray[np.int16] = np.frombuffer(pcm, dtype="<i2")
    return bool(len(samples)) and float(np.sqrt((samples.astype(np.float64) ** 2).mean())) > LOUD


class LoudIsSpeech:
    def probability(self, window: npt.NDArray[np.float32]) -> float:
        return 1.0 if float(np.sqrt((window**2).mean())) > LOUD / 32768 else 0.0


class ScriptedHearing:
    def __init__(self, lines: list[str], hotwords: list[tuple[str, ...]], emotion: str | None = None) -> None:
        self._emotion = emotion
        self._lines = lines
        self._hotwords = hotwords
        self._said = ""
        self._turn = 0
        self._results: asyncio.Queue[Heard] = asyncio.Queue()

    async def feed(self, pcm: bytes) -> None:
        """Each utterance that begins to be loud is the next line, known by its first sound."""
        if is_loud(pcm) and not self._said and self._lines:
            self._said = self._lines.pop(0)
            self._results.put_nowait(Heard(self._said, is_final=False, turn=self._turn))

    def expect(self, hotwords: Sequence[str]) -> None:
        self._hotwords.append(tuple(hotwords))

    async def end_utterance(self) -> None:
        text, self._said = self._said, ""
        self._results.put_nowait(Heard(text, is_final=True, emotion=self._emotion, turn=self._turn))
        self._turn += 1

    async def results(self) -> AsyncIterator[Heard]:
        while True:
            yield await self._results.get()


class ScriptedRecogniser:
    def __init__(self, *lines: str, emotion: str | None = None) -> None:
        """``emotion``: the tag that each final carries."""
        self._emotion = emotion
        self._lines = list(lines)
        self.hotwords: list[tuple[str, ...]] = []
        """As they were said one after another."""

    @asynccontextmanager
    async def listen(self, *, hotwords: Sequence[str] = ()) -> AsyncIterator[Hearing]:
        self.hotwords.append(tuple(hotwords))
        yield ScriptedHearing(self._lines, self.hotwords, self._emotion)


class ToneSpeaker:
    """A tone instead of words, so many milliseconds a character; notes what it was asked to say."""

    rate_hz = SPEAKER_HZ

    def __init__(self, ms_per_character: int = 20) -> None:
        self._ms = ms_per_character
        self.spoken: list[str] = []

    async def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:  # noqa: ARG002 - a tone has none
        self.spoken.append(text)
        sound = tone(self._ms * len(text), SPEAKER_HZ)
        for at in range(0, len(sound), 5000):
            await asyncio.sleep(0)
            yield sound[at : at + 5000]


class NeverFinal(ScriptedRecogniser):
    """Says on the way what it hears, and never its finals."""

    @asynccontextmanager
    async def listen(self, *, hotwords: Sequence[str] = ()) -> AsyncIterator[Hearing]:
        async with super().listen(hotwords=hotwords) as hearing:
            results = hearing.results

            async def partials() -> AsyncIterator[Heard]:
                async for heard in results():
                    if not heard.is_final:
                        yield heard

            hearing.results = partials  # type: ignore[method-assign]
            yield hearing
