"""What a run of a suite comes to: the JSON that scripts read, and the tables that people read. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.evaluation.model import Verdict
from appliance.evaluation.percentile import percentile


def as_json(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """CONTRACTS: what ``--json`` holds, ``eval conversations``."""
    return {
        "cases": len(verdicts),
        "passed": sum(verdict.is_passed for verdict in verdicts),
        "writes_as_expected": sum(verdict.are_writes_right for verdict in verdicts),
        "by_flow": {
            flow: {"cases": len(group), "passed": sum(v.is_passed for v in group), "turns": _turns(group)}
            for flow, group in _grouped(verdicts, "flow")
        },
        "ms_per_turn": _ms(verdicts),
        "failures": [{"id": v.case.id, "why": "; ".join(v.why)} for v in verdicts if not v.is_passed],
    }


def print_report(verdicts: Sequence[Verdict], console: Console) -> None:
    for title, key in (("outcome expected", "outcome"), ("flow", "flow")):
        console.print(_table(title, _grouped(verdicts, key)))
    for verdict in verdicts:
        for n, why in enumerate(verdict.why):
            console.print(Text(f"{verdict.case.id if n == 0 else '':<12} {why}"), soft_wrap=True)
    ms = _ms(verdicts)
    passed = sum(verdict.is_passed for verdict in verdicts)
    writes = sum(verdict.are_writes_right for verdict in verdicts)
    console.print(
        f"{passed} of {len(verdicts)} conversations as expected; order-system writes as expected in {writes}; "
        f"{_turns(verdicts):.1f} turns a conversation; ms a turn p50 {_shown(ms['p50'])}, p95 {_shown(ms['p95'])}"
    )


def print_transcript(verdict: Verdict, console: Console) -> None:
    played = verdict.played
    console.rule(f"{verdict.case.id}  {'as expected' if verdict.is_passed else 'NOT as expected'}  ({played.ended})")
    for speaker, words in played.transcript:
        console.print(Text(f"{speaker:>8}  {words}"), soft_wrap=True)
    for entry in played.log:
        if entry.type in _TOLD:
            codes = " ".join(f"{key}={value}" for key, value in entry.data.items() if isinstance(value, str | int))
            console.print(Text(f"          · {entry.type} {codes}", style="dim"), soft_wrap=True)


_TOLD = frozenset(
    {
        "decision.made",
        "quote.offered",
        "operation.accepted",
        "receipt.received",
        "work_order.created",
        "handoff.made",
        "conversation.outcome",
    }
)


def _grouped(verdicts: Sequence[Verdict], key: str) -> list[tuple[str, list[Verdict]]]:
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[getattr(verdict.case, key)].append(verdict)
    return sorted(groups.items())


def _table(title: str, groups: list[tuple[str, list[Verdict]]]) -> Table:
    table = Table(title, "cases", "as expected", "turns", "ms a turn p50", "p95", box=None, pad_edge=False)
    for name, group in groups:
        ms = _ms(group)
        passed = sum(verdict.is_passed for verdict in group)
        table.add_row(name, str(len(group)), str(passed), f"{_turns(group):.1f}", _shown(ms["p50"]), _shown(ms["p95"]))
    return table


def _ms(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    values = [ms for verdict in verdicts for ms in verdict.played.turn_ms]
    return {"p50": _rounded(percentile(values, 0.5)), "p95": _rounded(percentile(values, 0.95))}


def _turns(verdicts: Sequence[Verdict]) -> float:
    return round(sum(verdict.played.turns for verdict in verdicts) / len(verdicts), 2) if verdicts else 0.0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
