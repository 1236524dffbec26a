"""Every metric that there is, with all values that its labels can have.

A label holds a word of a closed set and nothing else: no shop, no customer, no id, no text. What is none of its words
counts as ``other``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from appliance.dialogue.wording import Flaw
from appliance.installation.model import Chore, State
from appliance.installation.rungs import Rung
from appliance.understanding.model import FAST_PATH
from appliance.understanding.service import COMPACT, LLM
from models.errors import (
    AnswerCut,
    AnswerTooLarge,
    AnswerUnusable,
    ModelBusy,
    ModelCorrupt,
    ModelError,
    ModelLate,
    ModelRefused,
    ModelResting,
    ModelUnavailable,
)
from security.egress import guard

OTHER: Final = "other"
ANSWERED: Final = "answered"
REWORDED: Final = "reworded"
NEVER_SENT: Final = frozenset({ModelBusy.code, ModelResting.code})
"""Questions that did not reach the server."""
ROUTE: Final = "route"
"""The one label whose words are not listed here: they are the templates of the routes that are served."""

_ASKING = (ModelLate, ModelRefused, AnswerCut, ModelBusy, ModelResting, ModelUnavailable, AnswerTooLarge, ModelError)
_QUESTIONS: Final = (ANSWERED, *(error.code for error in _ASKING))
_FAILURES: Final = (*_QUESTIONS[1:], AnswerUnusable.code, ModelCorrupt.code)
_STAGES: Final = ("waited", "orders", "burst", "understanding", "policy", "words", "commit", "total")
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_STATUSES: Final = tuple(str(status) for status in range(100, 600))
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Turned(StrEnum):
    """How a turn ended."""

    GIVEN_UP = "given_up"
    HANDED_OFF = "handed_off"
    ACCEPTED = "accepted"
    QUOTED = "quoted"
    ANSWERED = "answered"
    LEASE_LOST = "lease_lost"
    PUT_OFF = "put_off"
    FAILED = "failed"


class Kind(StrEnum):
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"
    READ = "read"
    """A gauge that is read from the database when it is asked for."""


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: Kind
    help: str
    label: str = ""
    words: tuple[str, ...] = ()
    """All values of ``label``, but ``other``. The metric of HTTP requests has more labels: see ``HTTP``."""
    buckets: tuple[float, ...] = ()

    @property
    def served_as(self) -> str:
        """A counter's name ends with _total."""
        return f"{self.name}_total" if self.kind is Kind.COUNTER else self.name


def _counter(name: str, help_: str, label: str, words: tuple[str, ...]) -> Meter:
    return Meter(name=name, kind=Kind.COUNTER, help=help_, label=label, words=words)


def _histogram(name: str, help_: str, label: str = "", words: tuple[str, ...] = ()) -> Meter:
    return Meter(name=name, kind=Kind.HISTOGRAM, help=help_, label=label, words=words, buckets=_SECONDS)


def _gauge(name: str, help_: str, label: str = "", words: tuple[str, ...] = ()) -> Meter:
    return Meter(name=name, kind=Kind.GAUGE, help=help_, label=label, words=words)


def _read(name: str, help_: str, label: str = "", words: tuple[str, ...] = ()) -> Meter:
    return Meter(name=name, kind=Kind.READ, help=help_, label=label, words=words)


QUESTIONS: Final = _counter(
    "appliance_llm_questions", "Questions to the language model, by what came of them", "outcome", _QUESTIONS
)
QUESTION_SECONDS: Final = _histogram(
    "appliance_llm_question_seconds", "How long the language model took over questions that were sent to it"
)
TOKENS: Final = _counter(
    "appliance_llm_tokens", "Tokens of answered questions, as the server counts them", "of", ("prompt", "answer")
)
RESTING: Final = _gauge(
    "appliance_llm_resting", "Processes that leave the model's server alone, because it failed again and again"
)
ON_SMALLER: Final = _gauge(
    "appliance_llm_on_smaller", "Of these processes, those that ask the smaller model in its place"
)
UNDERSTOOD: Final = _counter(
    "appliance_understanding", "Messages understood, by what understood them", "path",
    (FAST_PATH, COMPACT, LLM, "pressed"),
)  # fmt: skip
FELL_BACK: Final = _counter(
    "appliance_understanding_fell_back", "Messages that the model asked first did not answer, and why", "reason",
    _FAILURES,
)  # fmt: skip
TURNS: Final = _counter("appliance_turns", "Turns, by how they ended", "outcome", tuple(Turned))
STAGE_SECONDS: Final = _histogram(
    "appliance_turn_stage_seconds", "How long each stage of a turn took", "stage", _STAGES
)
REWORDINGS: Final = _counter(
    "appliance_rewordings", "Sentences given to the language model to reword, by what came of it", "outcome",
    (REWORDED, *Flaw, *_FAILURES),
)  # fmt: skip
CALLS: Final = _counter(
    "appliance_calls", "Telephone calls, by who ended them or how", "left", ("hang_up", "transfer", "caller", "broken")
)
ANSWER_SECONDS: Final = _histogram(
    "appliance_call_answer_seconds", "From the end of a caller's words to the answer's first sound, whole and in parts",
    "part", ("total", "end_of_turn", "final", "turn", "held", "speech", "line", "own"),
)  # fmt: skip
PARTIAL_SECONDS: Final = _histogram(
    "appliance_call_partial_seconds", "From the beginning of a caller's utterance to its first words"
)
YIELD_SECONDS: Final = _histogram(
    "appliance_call_yield_seconds", "From the beginning of an interruption to the bot's silence"
)
CALL_EVENTS: Final = _counter(
    "appliance_call_events", "What happened on calls", "what",
    ("yielded", "false_interruption", "not_yielded", "backchannel", "utterance", "split", "late_final", "filler",
     "silence", "key"),
)  # fmt: skip
HTTP: Final = _counter("appliance_http_requests", "Answers over HTTP, by method, route and status", ROUTE, ())
HTTP_LABELS: Final[Mapping[str, tuple[str, ...]]] = {"method": _METHODS, "status": _STATUSES}
"""Besides ``route``."""
CONNECTIONS: Final = _gauge(
    "appliance_database_connections", "Connections of the pools: in use, and free", "state", ("busy", "free")
)
WAITING: Final = _gauge("appliance_database_waiting", "Who waits for a connection of a pool")
DATABASE_UP: Final = _read("appliance_database_up", "1 if the figures of the database could be read, otherwise 0")

EGRESS: Final = _read(
    "appliance_egress_blocked", "Attempts to reach what no setting names, refused since the appliance started", "kind",
    guard.KINDS,
)  # fmt: skip

CERTIFICATE: Final = _read(
    "appliance_certificate_seconds",
    "Seconds until the first certificate of this installation ends, below zero since; missing where there is none",
)

RUNG: Final = _read(
    "appliance_rung", "1 for each thing that this machine does without now, otherwise 0", "rung", tuple(Rung)
)

ORDER_SYSTEMS: Final = _read(
    "appliance_order_systems", "Order systems that were asked, by what came of it last", "state",
    (State.WELL, State.FAILING, State.RESTING),
)  # fmt: skip

UPKEEP_FAILED: Final = _read(
    "appliance_upkeep_failed", "1 for what is done by the clock and did not go well the last time, otherwise 0",
    "chore", tuple(Chore),
)  # fmt: skip
UPKEEP_OVERDUE: Final = _read(
    "appliance_upkeep_overdue", "1 for what was due by the clock six hours ago and was not done, otherwise 0",
    "chore", tuple(Chore),
)  # fmt: skip

METERS: Final = (
    QUESTIONS,
    QUESTION_SECONDS,
    TOKENS,
    RESTING,
    ON_SMALLER,
    UNDERSTOOD,
    FELL_BACK,
    TURNS,
    STAGE_SECONDS,
    REWORDINGS,
    CALLS,
    ANSWER_SECONDS,
    PARTIAL_SECONDS,
    YIELD_SECONDS,
    CALL_EVENTS,
    HTTP,
    CONNECTIONS,
    WAITING,
    DATABASE_UP,
    EGRESS,
    CERTIFICATE,
    RUNG,
    ORDER_SYSTEMS,
    UPKEEP_FAILED,
    UPKEEP_OVERDUE,
    _read(
        "appliance_operations", "Operations on order systems, by state", "state",
        ("accepted", "sent", "succeeded", "refused", "unknown", "handed_over"),
    ),
    _read("appliance_operation_oldest_seconds", "Age of the oldest operation whose end is open and nobody's to settle"),
    _read("appliance_turns_waiting", "Conversations in which something waits for a turn"),
    _read("appliance_turns_waiting_oldest_seconds", "How long those wait, but for the few that wait longest"),
    _read("appliance_newcomers_waiting", "Customers who came while turns queued, and wait for their first answer"),
    _read("appliance_audit_pending", "Audit records that are not sealed yet"),
    _read("appliance_audit_pending_oldest_seconds", "Age of the oldest of them"),
    _read("appliance_audit_checkpoint_seconds", "Age of the last signed checkpoint; missing before the first"),
    _read("appliance_webhook_deliveries", "Deliveries to webhooks that wait or were given up", "state",
          ("pending", "dead")),
    _read("appliance_webhook_oldest_seconds", "Age of the oldest delivery that waits"),
    _read("appliance_jobs", "Jobs that wait, run or failed for good", "state", ("todo", "doing", "failed")),
)  # fmt: skip
