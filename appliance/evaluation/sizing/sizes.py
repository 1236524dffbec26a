"""The sum: from a shop's day to a machine. Pure.

The busiest hour is what a machine is for. A turn is one job of a processor; calls hold a line each; people are asked
as in any call centre. How sure a line is stands in it.
"""

from math import ceil
from typing import Final

from appliance.config import DatabaseSettings
from appliance.db import connections
from appliance.errors import ConfigurationError
from appliance.evaluation.sizing import queueing
from appliance.evaluation.sizing.model import Capacity, Demand, Line, Size, Sureness

SHOPS: Final = {"small": 200, "medium": 1000, "large": 5000}
"""Conversations a day: below 200, 200 to 1000, above 1000, each at its upper end."""
LATE_S: Final = 0.5
LATE_SHARE: Final = 0.05
MOST_BUSY: Final = 0.7
"""Of the cores, in a promotion's busiest hour: a queue is short until it is not, and a machine may fail."""
BLOCKED_SHARE: Final = 0.01
PEOPLE_WAIT_S: Final = 30.0
PEOPLE_SHARE: Final = 0.2
MOST_AN_HOUR: Final = 12_000_000
"""Conversations: ten million a day, an eighth of them in one hour, ten times as many for a promotion."""
_PER_WORKER: Final = 5000
_HOUR_S: Final = 3600.0
_GB_KB: Final = 1e6
_LEAST_CORES: Final = 2
_OF_TURNS: Final = ("cpu_ms_per_turn", "turns_per_conversation")


def size_of(name: str, demand: Demand, known: Capacity) -> Size:
    """Raises ConfigurationError for an hour that is busier than any that this was made for."""
    peak = demand.conversations_per_day * demand.peak_hour_share * demand.burst
    if peak > MOST_AN_HOUR:
        raise ConfigurationError(
            f"{peak:,.0f} conversations in the busiest hour are more than the {MOST_AN_HOUR:,} that are computed: "
            "give fewer a day, a smaller --peak-hour or a smaller --burst"
        )
    written, called = peak * (1 - demand.phone_share), peak * demand.phone_share
    turns_s = peak * known.turns_per_conversation / _HOUR_S
    busy = turns_s * known.cpu_ms_per_turn / 1000
    cores = queueing.servers_for_wait(busy, known.cpu_ms_per_turn / 1000, LATE_S, LATE_SHARE)
    cores = max(cores, ceil(busy / MOST_BUSY))
    at_once = written * demand.conversation_min / 60
    lines = queueing.servers_for_blocking(called * demand.call_min / 60, BLOCKED_SHARE) if called else 0
    hearing = lines * known.guessed["asr_cores_per_call"]
    workers = max(2, ceil(cores / 2), ceil(at_once / _PER_WORKER))
    asked = peak * demand.people_share * demand.people_min / 60
    people = queueing.servers_for_wait(asked, demand.people_min * 60, PEOPLE_WAIT_S, PEOPLE_SHARE) if asked else 0
    phones = 1 if lines else 0
    processes = workers + 1 + phones
    pool = DatabaseSettings().connections
    held = (workers + phones) * connections.of_process(pool) + connections.of_worker(pool)
    memory = (
        known.guessed["base_memory_gb"]
        + workers * known.guessed["worker_memory_gb"]
        + at_once * (known.memory_kb_per_connection + known.tls_kb_per_connection) / _GB_KB
        + (known.guessed["asr_memory_gb"] if lines else 0)
    )
    per_day_kb = demand.conversations_per_day * known.guessed["disk_kb_per_conversation"]
    recorded_kb = (
        demand.conversations_per_day * demand.phone_share * demand.call_min * known.guessed["disk_kb_per_call_min"]
    )
    disk = (
        known.guessed["base_disk_gb"]
        + per_day_kb * demand.retention_days / _GB_KB
        + recorded_kb * demand.recording_days / _GB_KB
    )
    prompts_s = turns_s if demand.has_language_model else 0.0
    cards = ceil(prompts_s / known.guessed["llm_turns_per_s_per_card"])
    return Size(
        name=name,
        demand=demand,
        capacity=known,
        lines=(
            _line("peak conversations", peak, "1/h", Sureness.GUESSED, "day x peak hour x burst"),
            _line("peak turns", turns_s, "1/s", _sure(known, "turns_per_conversation"), "turns of a conversation"),
            _line("processor for turns", max(_LEAST_CORES, cores), "cores", _sure(known, *_OF_TURNS),
                  f"Erlang C: {LATE_SHARE:.0%} of turns wait longer than {LATE_S:g} s; at most {MOST_BUSY:.0%} busy; "
                  "the milliseconds of a turn are measured"),
            _line("processor for hearing", hearing, "cores", Sureness.GUESSED, "without a card, for each line"),
            _line("customers at once", at_once, "sockets", Sureness.GUESSED, "length of a conversation"),
            _line("phone lines", lines, "lines", Sureness.GUESSED, f"Erlang B: {BLOCKED_SHARE:.0%} find none free"),
            _line("web workers", workers, "processes", _sure(known, *_OF_TURNS), "half of the cores, at least two"),
            _line("processes", processes, "processes", _sure(known, *_OF_TURNS), "web, worker, maybe phone"),
            _line("memory", ceil(memory), "GB", Sureness.GUESSED,
                  "base, workers, engine to hear; what a socket takes is measured"),
            _line("disk", ceil(disk), "GB", Sureness.GUESSED, "rows and recordings over their retention"),
            _line("database connections", held, "connections", _sure(known, *_OF_TURNS),
                  f"{connections.of_process(pool)} a process, {connections.of_worker(pool)} for the worker"),
            _line("cards for a language model", cards, "GPUs", Sureness.GUESSED, "nobody has measured one here"),
            _line("people", people, "agents", Sureness.GUESSED,
                  f"Erlang C: {1 - PEOPLE_SHARE:.0%} answered within {PEOPLE_WAIT_S:g} s, in a promotion's peak hour"),
        ),
    )  # fmt: skip


def _sure(known: Capacity, *of: str) -> Sureness:
    """By what it rests on."""
    return Sureness.GUESSED if set(of) & set(known.guessed_too) else Sureness.SCALED


def _line(name: str, value: float, unit: str, sureness: Sureness, why: str) -> Line:
    return Line(name=name, value=float(f"{value:.4g}"), unit=unit, sureness=sureness, why=why)
