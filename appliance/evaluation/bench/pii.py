"""``bench pii``: how fast personal data is found, beside Presidio as one would set it up without us.

The baseline is ``AnalyzerEngine`` with a blank Chinese spaCy pipeline and the very same recognisers: what is measured
is what the normalised reading costs, and what is saved by not looking where nothing can be.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median

import spacy
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine

from appliance.evaluation.bench import model
from appliance.evaluation.bench.model import Report
from appliance.evaluation.percentile import percentile
from security.pii.analyzer import Analyzer
from security.pii.engine import LANGUAGE, presidio
from security.pii.prefilter import may_hold
from security.pii.recognisers import ALL

MESSAGES = Path(__file__).with_name("pii_messages.txt")
_SEED = 20261
_LONG = 1000
"""Characters of a long text."""
_LONG_TEXTS = 400
_PASSES = 3
"""Of each long text the median: what it costs, and not what else the machine did just then."""

Find = Callable[[str], object]


async def measure(rounds: int, say: Callable[[str], None]) -> Report:
    messages = MESSAGES.read_text(encoding="utf-8").splitlines()
    say("loading Presidio")
    ours, theirs = _ours(), _theirs()
    personal = [text for text in messages if ours(text)]
    silent = [text for text in messages if not may_hold(text)]
    say(f"{len(messages)} messages, {len(personal)} with personal data, {rounds} times, ours and the baseline in turn")
    own_ms, base_ms = _in_turn(ours, theirs, messages, rounds)
    own_personal_ms, base_personal_ms = _in_turn(ours, theirs, personal, rounds)
    own_silent_ms, base_silent_ms = _in_turn(ours, theirs, silent, rounds)
    say(f"{_LONG_TEXTS} texts of {_LONG} characters")
    texts = _long_texts(messages)
    long_ms = [median(passes) for passes in zip(*(_timed(ours, texts) for _ in range(_PASSES)), strict=True)]
    return Report(
        measures=(
            model.rate("messages_per_second", _per_second(own_ms), _per_second(base_ms)),
            model.latency("ms_a_message", own_ms, base_ms),
            model.latency("ms_with_personal_data", own_personal_ms, base_personal_ms),
            model.latency("ms_without_candidates", own_silent_ms, base_silent_ms),
            model.plain("p99_ms_per_1000_characters", "ms", percentile(long_ms, 0.99) or 0.0),
            model.plain("share_with_personal_data", "1", len(personal) / len(messages)),
        ),
        machine=model.machine(),
    )


def _in_turn(ours: Find, theirs: Find, texts: Sequence[str], rounds: int) -> tuple[list[float], list[float]]:
    own_ms: list[float] = []
    base_ms: list[float] = []
    for _ in range(rounds):
        own_ms += _timed(ours, texts)
        base_ms += _timed(theirs, texts)
    return own_ms, base_ms


def _ours() -> Find:
    analyzer = Analyzer()
    analyzer.warm()
    return analyzer.find


def _theirs() -> Find:
    nlp = SpacyNlpEngine(models=[{"lang_code": LANGUAGE, "model_name": "blank"}])
    nlp.nlp = {LANGUAGE: spacy.blank(LANGUAGE)}  # type: ignore[assignment]  # it would fetch a model
    engine: AnalyzerEngine = presidio(ALL, nlp)
    engine.analyze("", LANGUAGE)
    return lambda text: engine.analyze(text, LANGUAGE)


def _timed(find: Find, texts: Sequence[str]) -> list[float]:
    """Milliseconds of each."""
    taken = []
    for text in texts:
        began = time.perf_counter_ns()
        find(text)
        taken.append((time.perf_counter_ns() - began) / 1e6)
    return taken


def _per_second(ms: Sequence[float]) -> float:
    return len(ms) / sum(ms) * 1000


def _long_texts(messages: Sequence[str]) -> list[str]:
    """Messages in chance order, long enough to be cut."""
    random = Random(_SEED)  # noqa: S311 - not for secrets
    shuffled = ("，".join(random.sample(messages, len(messages)) * 2) for _ in range(_LONG_TEXTS))
    return [text[:_LONG] for text in shuffled]
