"""What a suite of personal data comes to: matches, leaks, false alarms, and what scripts read of it."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli.main import appliance
from appliance.errors import InvalidInput
from appliance.evaluation.pii_scoring import Score, score
from appliance.evaluation.pii_suite import Case, Span, load
from security.pii.analyzer import Analyzer
from security.pii.model import PiiType

T = PiiType
OWN = Path(__file__).parents[2] / "suites" / "pii"
ANALYZER = Analyzer()


def ticks() -> Iterator[float]:
    return (tick / 1000 for tick in count())


def scored(*cases: Case) -> Score:
    return score(cases, ANALYZER, ticks().__next__)


def case(text: str, *spans: Span) -> Case:
    return Case(id="c", spans=spans, text=text)


def test_what_is_found_as_labelled_is_right() -> None:
    result = scored(case("手机13800138000", Span(T.PHONE, 2, 13)))
    assert result.types[T.PHONE].f1 == result.structured.f1 == 1.0
    assert (result.leaks, result.false_alarms, result.failures) == (0, 0, ())


def test_a_match_needs_four_fifths_of_both() -> None:
    text = "手机13800138000"
    assert scored(case(text, Span(T.PHONE, 2, 12))).types[T.PHONE].recall == 1.0
    assert scored(case(text, Span(T.PHONE, 2, 10))).types[T.PHONE].recall == 0.0
    assert scored(case(text, Span(T.PHONE, 0, 13))).types[T.PHONE].recall == 1.0


def test_the_wrong_type_is_missed_and_extra_and_no_false_alarm() -> None:
    result = scored(case("手机13800138000", Span(T.LANDLINE, 2, 13)))
    assert result.failures[0].missed == ("LANDLINE 13800138000",)
    assert result.failures[0].extra == ("PHONE 13800138000",)
    assert (result.structured.precision, result.structured.recall, result.false_alarms) == (0.0, 0.0, 0)


def test_four_digits_in_a_row_outside_every_finding_leak() -> None:
    assert scored(case("订单一三八零零一三八零零零", Span(T.PHONE, 2, 13))).leaks == 1
    assert scored(case("138", Span(T.PHONE, 0, 3))).leaks == 0


def test_a_number_that_is_nobodys_is_a_false_alarm() -> None:
    assert scored(case("13800138000")).false_alarms == 1


def test_parts_of_a_value_are_scored_in_their_messages() -> None:
    spans = (Span(T.PHONE, 3, 6, 0), Span(T.PHONE, 0, 8, 1))
    split = Case(id="s", spans=spans, messages=("手机 138", "00138000"))
    assert scored(split).types[T.PHONE].f1 == 1.0


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        '{"id": "a", "spans": []}',
        '{"id": "a", "text": "b", "messages": ["c"], "spans": []}',
        '{"id": "a", "text": "b", "spans": [{"type": "PHONE", "start": 0, "end": 9}]}',
        '{"id": "a", "text": "b", "spans": [{"type": "SHOE", "start": 0, "end": 1}]}',
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    suite = tmp_path / "wrong.jsonl"
    suite.write_text(line)
    with pytest.raises(InvalidInput, match=r"wrong\.jsonl:1"):
        load([suite])


def test_the_command_writes_what_scripts_read(tmp_path: Path) -> None:
    file = tmp_path / "score.json"
    ran = CliRunner().invoke(appliance, ["eval", "pii", "--suite", str(OWN / "held-out-1.jsonl"), "--json", str(file)])
    assert ran.exit_code == 0, ran.output
    written = json.loads(file.read_bytes())
    assert set(written) == {"cases", "cases_sha256", "types", "structured", "leaks", "false_alarms", "ms", "failures"}
    assert set(written["types"]["PHONE"]) == set(written["structured"]) == {"precision", "recall", "f1"}
    assert set(written["ms"]) == {"p50", "p95"}


def test_our_own_suites_lose_nothing() -> None:
    result = scored(*load([OWN]))
    assert result.structured.precision >= 0.98
    assert result.structured.recall >= 0.98
    assert min(result.types[T.NAME].f1, result.types[T.ADDRESS].f1) >= 0.93
    assert result.leaks == 0
    assert result.false_alarms <= 2
