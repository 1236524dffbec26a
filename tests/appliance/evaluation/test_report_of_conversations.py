"""What a run comes to."""

import io
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console

from appliance.conversation.model import Channel
from appliance.evaluation import report, scoring
from appliance.evaluation.model import Case, Customer, Entry, Expect, Played, Verdict
from appliance.evaluation.pages.conversations import page
from appliance.evaluation.pages.masking import Shown
from appliance.evaluation.percentile import percentile


def verdict(name: str, expect: dict[str, Any], **given: Any) -> Verdict:
    case = Case(
        id=name,
        channel=Channel.WEB,
        now=datetime(2026, 3, 2, tzinfo=UTC),
        customer=Customer(id="C"),
        fixtures={},
        expect=msgspec.convert(expect, Expect),
    )
    stated: dict[str, Any] = {"writes": 0, "turns": 2, "turn_ms": (10.0, 20.0)} | given
    log = (Entry(type="conversation.outcome", data={"outcome": "refused", "flow": "repair"}),)
    transcript = (("customer", "修[b]"), ("bot", "不行"))
    return scoring.judge(
        case, Played(awaiting=None, log=log, shown=(), received=(), ended="x", transcript=transcript, **stated)
    )


RUN = [
    verdict("a", {"outcome": "refused", "flow": "repair"}),
    verdict("b", {"outcome": "answered", "flow": "repair", "order_system_writes": 1}, turn_ms=(30.0,), turns=1),
    verdict("c", {"outcome": ["refused", "answered"]}, turn_ms=(), turns=0),
]


def test_the_json_holds_what_scripts_rely_on() -> None:
    assert report.as_json(RUN) == {
        "cases": 3,
        "passed": 2,
        "writes_as_expected": 2,
        "by_flow": {
            "none": {"cases": 1, "passed": 1, "turns": 0.0},
            "repair": {"cases": 2, "passed": 1, "turns": 1.5},
        },
        "ms_per_turn": {"p50": 20.0, "p95": 30.0},
        "failures": [
            {
                "id": "b",
                "why": "outcome: expected answered, got refused; order_system_writes: expected 1, got 0",
            }
        ],
    }


def test_the_tables_name_each_failure() -> None:
    written = io.StringIO()
    report.print_report(RUN, Console(file=written, width=120))
    assert "outcome: expected answered, got refused" in written.getvalue()
    assert "2 of 3 conversations as expected" in written.getvalue()


def test_a_transcript_shows_words_as_they_stand() -> None:
    written = io.StringIO()
    report.print_transcript(RUN[0], Console(file=written, width=120))
    assert "修[b]" in written.getvalue()


def test_a_page_tells_why_each_failed_with_what_was_said_masked() -> None:
    made = page(RUN, Shown())
    (failed,) = made.failures
    assert failed.id == "b"
    assert failed.texts == ("customer: 修[b]", "bot: 不行")
    assert ("why", "outcome: expected answered, got refused") in failed.lines
    by_outcome, by_flow = made.tables
    assert by_outcome.title == "by_outcome"
    assert ("repair", 2, 0.5, "1.5") in by_flow.rows


def test_percentiles_are_of_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.95) == 1.0
    assert percentile([], 0.5) is None
