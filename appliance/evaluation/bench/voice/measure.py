"""``bench voice``: how fast a caller is answered, by which part, and how many callers before it is too slow.

Everything shares this machine: appliance, PostgreSQL, demo order system, engines, and the callers.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from appliance.conversation.call_events import CallMeasured
from appliance.db.location import database_url
from appliance.evaluation.bench import model, rows
from appliance.evaluation.bench.model import Measure, NotMeasured, Report
from appliance.evaluation.bench.processor import cpu_s
from appliance.evaluation.bench.voice import engines, interrupting, plain
from appliance.evaluation.bench.voice.caller import Ports
from appliance.evaluation.bench.voice.calls import Calls
from appliance.evaluation.bench.voice.engines import Engines, Parts
from appliance.evaluation.bench.voice.plain import Plain
from appliance.evaluation.bench.voice.speech import Repertoire, is_cut_by_silence, spoken_ahead
from appliance.evaluation.percentile import percentile
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import OneShop, Site
from appliance.setup.machine import look
from appliance.voice.detection import SileroDetector
from models.tts.speaker import Speaker

SHOP: Final = "bench"
LIMIT_MS: Final = 1200.0
"""Of the slowest twentieth of the answers: beyond it there are too many callers."""
FINAL_MS: Final = LIMIT_MS - plain.SILENCE_MS
"""What the limit leaves for hearing a turn out, where it ends after a fixed silence and an answer takes no time."""
_CALL_TURNS: Final = 3
_WARM_TURNS: Final = 2

T = TypeVar("T")


class Size(msgspec.Struct, frozen=True, kw_only=True):
    turns: int = 24
    """Of one caller alone."""
    most_calls: int = 16
    """At once; the ramp doubles up to it."""
    most_streams: int = 16
    """Turns that are only heard, at once; this ramp doubles too."""


class _Cpu(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of processor time so far."""

    appliance: float
    phone: float
    ears: float
    mouth: float
    own: float


async def measure(parts: Parts, suite: Path, size: Size, say: Callable[[str], None]) -> Report:
    engines.check(parts)
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="appliance-voice-") as folder:
        say("starting the engines")
        async with engines.running(parts, Path(folder), _holds(size)) as started, started.speaker() as speaker:
            said = await spoken_ahead(speaker)
            async with _appliance(started, say) as (place, calls):
                bench = _Bench(place, started, calls, said, speaker, say)
                measures = (*await bench.run(size), *interrupting.measures(suite))
    load = {"load_before": round(load_before, 2), "load_after": round(os.getloadavg()[0], 2)}
    return Report(measures=measures, machine=model.machine() | load | _ears(parts))


def _holds(size: Size) -> int:
    """Turns at once that an engine must not refuse: a caller may begin the next one before the last is put away."""
    return 2 * max(size.most_calls, size.most_streams)


def _ears(parts: Parts) -> dict[str, str | int]:
    cards = ", ".join(card.name for card in look().cards) if parts.device != "cpu" else ""
    return {"hears": str(parts.hears.final), "device": parts.device, "cards": cards or "none", "engines": parts.engines}


@asynccontextmanager
async def _appliance(started: Engines, say: Callable[[str], None]) -> AsyncIterator[tuple[Throwaway, Calls]]:
    ports = Ports(agi=engines.free_port(), sound=engines.free_port())
    async with throwaway(_configuration(started, ports), say=say) as place:
        async with Site.at(place.settings, place.status) as site:
            await OneShop.opened(site, SHOP)
        async with Calls.on(ports, database_url(place.settings)) as calls:
            yield place, calls


def _configuration(started: Engines, ports: Ports) -> str:
    """The bot speaks fast, so that callers have more to ask in the same time."""
    return f"""
[voice]
enabled = true
agi_port = {ports.agi}
audiosocket_port = {ports.sound}
media_port = {engines.free_port()}
shop = "{SHOP}"
recogniser_url = "{started.recogniser_url}"
speaker_url = "{started.speaker_url}"
voice = "{plain.VOICE}"
speed = 2.0
"""


class _Bench:
    def __init__(
        self,
        place: Throwaway,
        started: Engines,
        calls: Calls,
        said: Repertoire,
        speaker: Speaker,
        say: Callable[[str], None],
    ) -> None:
        self._place = place
        self._engines = started
        self._calls = calls
        self._said = said
        self._speaker = speaker
        self._say = say

    async def run(self, size: Size) -> tuple[Measure, ...]:
        self._say("warming up")
        await self._calls.questions(self._said.questions, _WARM_TURNS)
        await self._calls.told()
        self._say(f"one caller, {size.turns} questions")
        before = self._cpu()
        heard_ms = await self._calls.questions(self._said.questions, size.turns)
        told = await self._calls.told()
        spent = _per_answer(before, self._cpu(), len(heard_ms))
        self._say("the baseline, the bare engines and a fixed silence")
        bare = [await self._plain(number) for number in range(len(self._said.questions))]
        self._say("one caller who breathes in the middle of sentences, and one who interrupts")
        return (
            *_answers(heard_ms, told, bare),
            await self._false_ends(),
            await self._yields(),
            *spent,
            *await self._ramp(size.most_calls),
            *await self._streams(size.most_streams),
        )

    async def _plain(self, number: int) -> Plain:
        questions = self._said.questions
        return await plain.turn(self._engines.recogniser(), self._speaker, questions[number % len(questions)])

    async def _false_ends(self) -> Measure:
        """Share of sentences with a breath in them that were cut in two."""
        said = self._said.breaths
        await self._calls.questions(said, len(said))
        cut = sum(call.split for call in await self._calls.told())
        session = SileroDetector.session()
        by_silence = sum(is_cut_by_silence(each, plain.SILENCE_MS, SileroDetector(session)) for each in said)
        return model.compared("false_end_of_turn_rate", "share", cut / len(said), by_silence / len(said))

    async def _yields(self) -> Measure:
        await self._calls.interruptions(self._said.questions, self._said.interruptions)
        return model.latency("yield_ms", [each for call in await self._calls.told() for each in call.yields_ms])

    async def _ramp(self, most: int) -> tuple[Measure, ...]:
        ours, slowest = await self._most_calls(most, self._heard, "calls")
        bare, _ = await self._most_calls(most, self._bare, "bare engines")
        return (
            model.compared("concurrent_calls", "calls", ours, bare),
            model.plain("concurrent_calls_limit_p95", "ms", LIMIT_MS),
            *(model.latency(f"first_audio_ms_at_{many}_calls", values) for many, values in slowest.items()),
        )

    async def _streams(self, most: int) -> tuple[Measure, ...]:
        """How many one recogniser hears at once: what a card is bought for."""
        many, slowest = await self._most_calls(most, self._finals, "turns that are only heard", FINAL_MS)
        return (
            model.plain("concurrent_streams", "streams", many),
            model.plain("concurrent_streams_limit_p95", "ms", FINAL_MS),
            *(model.latency(f"final_ms_at_{at}_streams", values) for at, values in slowest.items()),
        )

    async def _finals(self, many: int) -> list[float]:
        questions = self._said.questions
        heard = (plain.hear(self._engines.recogniser(), questions[at % len(questions)]) for at in range(many))
        return [each.final for each in await _at_once(heard)]

    async def _heard(self, many: int) -> list[float]:
        return await self._calls.questions(self._said.questions, _CALL_TURNS, many)

    async def _bare(self, many: int) -> list[float]:
        turns = await _at_once(self._plain(number * 3) for number in range(many))
        return [turn.first_audio for turn in turns]

    async def _most_calls(
        self, most: int, held: Callable[[int], Awaitable[list[float]]], what: str, limit_ms: float = LIMIT_MS
    ) -> tuple[int, dict[int, list[float]]]:
        """The most at once that were all answered in time, and the times at each number that was tried."""
        good, tried, many = 0, dict[int, list[float]](), 1
        while many <= most:
            try:
                tried[many] = await held(many)
            except NotMeasured as broken:
                self._say(f"{many} {what} at once: {broken}")
                break
            slowest = percentile(tried[many], 0.95) or 0.0
            self._say(f"{many} {what} at once: 95% within {slowest:.0f} ms")
            if slowest > limit_ms:
                break
            good, many = many, 2 * many
        return good, tried

    def _cpu(self) -> _Cpu:
        pids = {each.name: each.pid for each in self._place.status.processes}
        return _Cpu(
            appliance=cpu_s(self._place.status.pid),
            phone=cpu_s(pids["phone"] or 0),
            ears=cpu_s(self._engines.ears_pid),
            mouth=cpu_s(self._engines.mouth_pid),
            own=rows.own_cpu_s(),
        )


async def _at_once(turns: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The first that breaks ends all: none goes on beside what is measured next."""
    tasks = [asyncio.create_task(turn) for turn in turns]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _answers(heard_ms: Sequence[float], told: Sequence[CallMeasured], bare: Sequence[Plain]) -> tuple[Measure, ...]:
    """As the caller heard it first; then as the call tells of itself, part by part."""
    answers = [answer for call in told for answer in call.answers]
    if not answers:
        raise NotMeasured("no call tells of an answer: the callers were not understood at all")

    def part(name: str, baseline: Sequence[float] = ()) -> Measure:
        return model.latency(f"{name}_ms", [float(getattr(each, name)) for each in answers], baseline)

    partials = [float(each) for call in told for each in call.partials_ms]
    utterances = sum(call.utterances for call in told)
    return (
        model.latency("first_audio_ms", heard_ms, [each.first_audio for each in bare]),
        part("own"),
        part("end_of_turn", [float(plain.SILENCE_MS)]),
        part("judging"),
        part("final", [each.final for each in bare]),
        part("turn"),
        part("held"),
        part("speech", [each.first_chunk for each in bare]),
        part("line"),
        model.latency("partial_ms", partials, [each.partial for each in bare if each.partial is not None]),
        model.plain("answers", "answers", len(answers)),
        model.plain("split_turns_rate", "share", sum(call.split for call in told) / max(1, utterances)),
    )


def _per_answer(before: _Cpu, after: _Cpu, answers: int) -> tuple[Measure, ...]:
    return tuple(
        model.plain(f"cpu_ms_per_answer_{name}", "ms", (getattr(after, name) - getattr(before, name)) * 1000 / answers)
        for name in _Cpu.__struct_fields__
    )
