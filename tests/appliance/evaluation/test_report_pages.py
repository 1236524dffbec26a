"""Reports of suites: what stands in them, what does not, and how two runs are compared."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.errors import InvalidInput
from appliance.evaluation import lines
from appliance.evaluation.pages import baseline, paired
from appliance.evaluation.pages.masking import Shown
from appliance.evaluation.pages.pii import page as pii_page
from appliance.evaluation.pages.understanding import calibrations, confusion
from appliance.evaluation.pii_scoring import Result as PiiResult
from appliance.evaluation.pii_scoring import summed as pii_summed
from appliance.evaluation.pii_suite import Case as PiiCase
from appliance.evaluation.pii_suite import Span
from appliance.evaluation.understanding_suite import load
from appliance.understanding.model import Understood
from appliance.understanding.scoring import Case, Result
from models.commands import Command, Context, Flow, SetSlot, Slot, StartFlow
from security.pii.model import PiiType

CONTEXT = Context(now=datetime(2026, 4, 15, tzinfo=UTC))
RETURN, REPAIR = StartFlow(flow=Flow.RETURN_REFUND), StartFlow(flow=Flow.REPAIR)
PHONE = "13912345678"
WRONG = {
    "id": "w-1",
    "text": f"<b>吱吱</b>，我的电话是{PHONE}",
    "context": {"now": "2026-04-15T10:00:00+08:00"},
    "expect": [{"type": "start_flow", "flow": "repair"}],
}
RIGHT = {**WRONG, "id": "r-1", "text": "转人工", "expect": [{"type": "handoff", "reason": "customer_asked"}]}


def result(expect: tuple[Command, ...], got: tuple[Command, ...], confidence: float = 0.9) -> Result:
    understood = Understood(commands=got, confidence=confidence, source="compact")
    return Result(case=Case("c", "某话", CONTEXT, expect), understood=understood, ms=1.0)


def suite(folder: Path, *cases: Any) -> Path:
    file = folder / "suite.jsonl"
    file.write_bytes(b"".join((c if isinstance(c, bytes) else msgspec.json.encode(c)) + b"\n" for c in cases))
    return file


@pytest.fixture
def scored(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """Run ``eval understanding`` from outside: the report it wrote, and what it printed."""

    def run(*arguments: str, cases: tuple[Any, ...] = (WRONG, RIGHT)) -> tuple[str, str]:
        page = tmp_path / "page.html"
        command = [sys.executable, "-m", "appliance.cli.main", "eval", "understanding"]
        command += ["--suite", str(suite(tmp_path, *cases)), "--html", str(page), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        return page.read_text("utf-8") if page.exists() else "", done.stdout + done.stderr

    return run


def test_a_report_holds_the_failure_and_neither_values_nor_markup_of_customers(
    scored: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    page, _ = scored()
    assert 'id="case-w-1"' in page
    assert "&lt;b&gt;吱吱" in page
    assert "⟨…⟩" in page
    assert PHONE not in page
    assert "<b>吱吱" not in page
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o600


def test_a_report_fetches_nothing_and_runs_nothing(scored: Callable[..., tuple[str, str]]) -> None:
    page, _ = scored()
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    assert re.findall(r"<script[^>]*>", page) == ['<script type="application/json" id="score">']


def test_values_are_shown_only_when_asked_and_with_a_warning(scored: Callable[..., tuple[str, str]]) -> None:
    page, printed = scored("--unmasked")
    assert PHONE in page
    assert "may hold personal data" in printed
    assert 'class="notice warning"' in page


def test_an_earlier_report_is_a_baseline(scored: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    page, _ = scored()
    earlier = tmp_path / "earlier.html"
    earlier.write_text(page.replace('"failures":[', '"failures":[{"id":"r-1"},'), "utf-8")
    page, printed = scored("--baseline", str(earlier), cases=(RIGHT, WRONG))
    assert "1 became right, 0 became wrong; McNemar p = 1" in printed
    assert 'id="diff"' in page
    _, printed = scored("--baseline", str(earlier), cases=({**WRONG, "text": "转人工"}, RIGHT))
    assert "scored cases of these names whose texts or labels were others" in printed


def test_a_score_of_other_cases_is_no_baseline(tmp_path: Path) -> None:
    file = tmp_path / "score.json"
    file.write_bytes(msgspec.json.encode({"cases": 2, "start_flow": {}, "failures": [{"id": "gone"}]}))
    with pytest.raises(InvalidInput, match="not the 2 of this suite"):
        baseline.read(file, "understanding", baseline.Cases(frozenset("ab"), ""))
    with pytest.raises(InvalidInput, match="no score of `eval pii`"):
        baseline.read(file, "pii", baseline.Cases(frozenset("ab"), ""))


def test_every_bad_line_is_told_with_its_place_and_cure(scored: Callable[..., tuple[str, str]]) -> None:
    page, printed = scored(cases=(WRONG, b"{", WRONG, {"id": "x"}, "退货".encode("gbk")))
    assert page == ""
    assert "4 lines are wrong" in printed
    assert "suite.jsonl:2: not JSON" in printed
    assert "suite.jsonl:3: the id 'w-1' stands at suite.jsonl:1 too" in printed
    assert "suite.jsonl:4: a case is an object with" in printed
    assert "suite.jsonl:5: not JSON" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("slot", "value", "told"),
    [
        ("reason", "qualty", "there is no reason 'qualty'; did you mean quality?"),
        ("quantity", "两件", "'两件' is no number: write it as one, such as 2"),
        ("quantity", 0, "0 is no number"),
        ("order", "20260402000011", "the customer has no order '20260402000011'; did you mean 20260402000010?"),
        ("line", "L9", "there is no line 'L9' in the order that is meant; there are: L1"),
        ("spec", "大号", "'大号' does not stand in the text: label the customer's own words"),
        ("callback_time", "2026-04-15T15:00:00", "is no ISO time with its offset"),
    ],
)
def test_a_label_that_nothing_could_meet_is_told_with_its_place_and_cure(
    tmp_path: Path, slot: str, value: str | int, told: str
) -> None:
    order = {"order_id": "20260402000010", "status": "paid", "lines": [{"line_id": "L1", "title": "杯"}]}
    other = {"order_id": "7", "status": "paid", "lines": [{"line_id": "L9", "title": "碗"}]}
    context = {"now": "2026-04-15T10:00:00+08:00", "slots": {"order": "20260402000010"}, "orders": [order, other]}
    case = {**WRONG, "context": context, "expect": [{"type": "set_slot", "slot": slot, "value": value}]}
    with pytest.raises(InvalidInput) as refused:
        load([suite(tmp_path, case)])
    assert refused.value.detail.startswith(f"suite.jsonl:1: expect[0] {slot}: ")
    assert told in refused.value.detail


def test_an_empty_suite_is_an_error(scored: Callable[..., tuple[str, str]]) -> None:
    assert "no cases here" in scored(cases=())[1]


def test_unknown_keys_are_told_wherever_they_stand(tmp_path: Path) -> None:
    told: list[str] = []
    context = {**WRONG["context"], "orders": [{"order_id": "1", "status": "paid", "colour": "red"}]}  # type: ignore[dict-item]
    load([suite(tmp_path, {**WRONG, "context": context, "remark": "…"})], told.append)
    assert told == [
        "suite.jsonl:1: the key 'colour' in orders is unknown and was not read",
        "suite.jsonl:1: the key 'remark' in the case is unknown and was not read",
    ]


def test_no_more_than_twenty_wrong_lines_are_told() -> None:
    assert lines.told("lines", [f"at {n}" for n in range(23)]).endswith("at 19\n  and 3 more")


def test_what_is_heard_wrong_stands_off_the_diagonal() -> None:
    matrix = confusion([result((RETURN,), (REPAIR,)), result((RETURN,), (RETURN,)), result((), (REPAIR,))])
    assert matrix.names == ("-", "repair", "return_refund")
    assert matrix.counts == ((0, 1, 0), (0, 0, 0), (0, 1, 1))


def test_calibration_compares_what_was_said_with_what_was_right() -> None:
    (of,) = calibrations([result((RETURN,), (RETURN,), 0.95), result((RETURN,), (REPAIR,), 0.95)])
    assert (of.cases, of.bins[0].cases, of.bins[0].right) == (2, 2, 0.5)
    assert of.ece == pytest.approx(0.45)


@pytest.mark.parametrize(("gained", "lost", "p"), [(0, 0, 1.0), (1, 0, 1.0), (6, 0, 0.03125), (5, 1, 0.21875)])
def test_mcnemar_is_the_exact_test(gained: int, lost: int, p: float) -> None:
    assert paired.mcnemar(gained, lost) == pytest.approx(p)


def test_only_figures_that_changed_are_told() -> None:
    before = {"exact": 0.5, "slots": {"f1": 0.5, "recall": 0.1}, "failures": [{"id": "a"}]}
    change = paired.change(before, {"exact": 0.5, "slots": {"f1": 1.0, "recall": 0.2}, "failures": []})
    assert change.figures == (("slots f1", 0.5, 1.0),)
    assert change.became_right == ("a",)


def test_a_report_on_personal_data_shows_no_labelled_value_even_where_it_was_missed() -> None:
    case = PiiCase(
        id="p", text="我叫安康，电话13912345678", spans=(Span(PiiType.NAME, 2, 4), Span(PiiType.PHONE, 7, 18))
    )
    results = [PiiResult(case=case, found=(), missed=case.spans, extra=(), ms=1.0)]
    (failed,) = pii_page(results, pii_summed(results), Shown()).failures
    assert failed.texts == ("我叫⟨姓名⟩，电话⟨手机⟩",)
    assert failed.lines[0] == ("missed", "NAME [2:4]; PHONE [7:18]")
    (failed,) = pii_page(results, pii_summed(results), Shown(is_masked=False)).failures
    assert failed.lines[0] == ("missed", "NAME 安康; PHONE 13912345678")


def test_slots_that_are_personal_are_hidden_whatever_they_look_like() -> None:
    address = msgspec.to_builtins(SetSlot(slot=Slot.ADDRESS, value="村口老槐树旁"))
    assert Shown().command(address) == "set_slot address ⟨address⟩"
    assert "老槐树" not in Shown().text("送到村口老槐树旁", ["村口老槐树旁"])
