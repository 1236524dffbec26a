"""``bench llm``: what the appliance adds to a question to its language model.

The baseline is the very same requests, byte by byte, sent by a plain HTTP client to the same server. Appliance and
baseline take turns at going first, after a round that warms the server's prefix cache for both.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx

from appliance.config_understanding import LlmSettings
from appliance.dialogue.schema import FLOWS, load_flows
from appliance.evaluation.bench import model
from appliance.evaluation.bench.model import NotMeasured, Report
from appliance.evaluation.percentile import percentile
from appliance.joints.language_model import chat_model, slots_of
from appliance.understanding.scoring import Case
from appliance.understanding.service import Understanding
from models.compact.model import CompactModel
from models.errors import AnswerCut, AnswerUnusable, ModelRefused
from models.llm.client import LONGEST_S
from models.llm.commander import LanguageModel
from security.pii.analyzer import Analyzer

MESSAGES = Path(__file__).with_name("llm_messages.jsonl")
_ANSWERED = frozenset({None, AnswerCut.code, AnswerUnusable.code, ModelRefused.code})
"""Why the compact model's answer counted although the server gave one."""


class Taken(NamedTuple):
    """Of one message: how long it took, and what of that this process worked."""

    ms: float
    cpu_ms: float


class Stopwatch:
    def __init__(self) -> None:
        self._began = time.perf_counter_ns(), time.process_time_ns()

    def taken(self) -> Taken:
        wall, cpu = self._began
        return Taken((time.perf_counter_ns() - wall) / 1e6, (time.process_time_ns() - cpu) / 1e6)


class Recording(httpx.AsyncHTTPTransport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return await super().handle_async_request(request)


class _Asked:
    """What is measured: one message as a turn hears it."""

    def __init__(self, understanding: Understanding, recording: Recording) -> None:
        self._understanding = understanding
        self._recording = recording
        self._analyzer = Analyzer()
        self._analyzer.warm()

    async def ask(self, case: Case) -> tuple[Taken, list[httpx.Request]]:
        """And what was sent meanwhile. NotMeasured where the server did not answer."""
        self._recording.sent.clear()
        watch = Stopwatch()
        self._analyzer.find(case.text)
        understood = await self._understanding.understand(case.text, case.context)
        taken = watch.taken()
        if understood.fell_back not in _ANSWERED:
            raise NotMeasured(f"the language model did not answer ({understood.fell_back}): see appliance doctor")
        return taken, list(self._recording.sent)


async def measure(settings: LlmSettings, cases: Sequence[Case], rounds: int, say: Callable[[str], None]) -> Report:
    recording = Recording()
    chat = chat_model(settings, recording)
    async with httpx.AsyncClient(timeout=LONGEST_S, trust_env=False) as plain:
        try:
            language_model = LanguageModel(chat, slots_of(load_flows(FLOWS)), deadline_s=LONGEST_S)
            asked = _Asked(Understanding(CompactModel.load(), language_model), recording)
            say(f"warming up with {len(cases)} messages")
            known = [(case, sent) for case in cases if (sent := (await asked.ask(case))[1])]
            if not known:
                raise NotMeasured("the fast path answers all of these messages: give some that a model has to read")
            say(f"{len(known)} messages, {rounds} times, the appliance and the plain client in turn")
            own, base = await _in_turn(asked, plain, known, rounds)
        finally:
            await chat.aclose()
    return _report(own, base, sum(len(sent) for _, sent in known) / len(known))


async def _in_turn(
    asked: _Asked, plain: httpx.AsyncClient, known: Sequence[tuple[Case, list[httpx.Request]]], rounds: int
) -> tuple[list[Taken], list[Taken]]:
    own: list[Taken] = []
    base: list[Taken] = []
    for number in range(rounds):
        for at, (case, sent) in enumerate(known):
            if (number + at) % 2:
                base.append(await _directly(plain, sent))
                own.append((await asked.ask(case))[0])
            else:
                own.append((await asked.ask(case))[0])
                base.append(await _directly(plain, sent))
    return own, base


async def _directly(plain: httpx.AsyncClient, sent: Sequence[httpx.Request]) -> Taken:
    """The same requests, one after another."""
    watch = Stopwatch()
    for request in sent:
        headers = {name: request.headers[name] for name in ("authorization", "content-type") if name in request.headers}
        answer = await plain.post(request.url, content=request.content, headers=headers)
        if answer.is_server_error:
            raise NotMeasured(f"the model server answered {answer.status_code}")
    return watch.taken()


def _report(own: Sequence[Taken], base: Sequence[Taken], questions: float) -> Report:
    """``ms_added`` and ``overhead`` are medians over pairs of the same message: load moves them least."""
    own_ms, base_ms = [each.ms for each in own], [each.ms for each in base]
    pairs = list(zip(own_ms, base_ms, strict=True))
    p95 = percentile(own_ms, 0.95) or 0.0, percentile(base_ms, 0.95) or 0.0
    return Report(
        measures=(
            model.latency("ms_a_message", own_ms, base_ms),
            model.compared("ms_a_message_p95", "ms", *p95),
            model.plain("ms_added", "ms", median(own - base for own, base in pairs)),
            model.plain("overhead", "1", median(own / base for own, base in pairs)),
            model.latency("cpu_ms_a_message", [each.cpu_ms for each in own], [each.cpu_ms for each in base]),
            model.plain("questions_a_message", "1", questions),
        ),
        machine=model.machine(),
    )
