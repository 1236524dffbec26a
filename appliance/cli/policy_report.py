"""How ``appliance policy`` prints what it found: for people, and as JSON."""

import json
from typing import Any

import msgspec

from appliance.aftersales.policy.cases import Report
from appliance.aftersales.policy.difference import CaseChange, Difference, RowChange
from appliance.aftersales.policy.dry_run import Answer, Changed, DryRun, Shift

_NOTHING = "nothing"
_MOST_SHOWN = 50


def report_json(report: Report) -> str:
    failures = [msgspec.to_builtins(outcome) for outcome in report.failures]
    return json.dumps(
        {
            "policy": report.policy,
            "cases": len(report.outcomes),
            "failures": failures,
            "untested": report.untested,
            "gaps": report.gaps,
        },
        ensure_ascii=False,
    )


def report_text(report: Report) -> str:
    lines = [f"{report.policy}: {len(report.outcomes)} cases"]
    for outcome in report.failures:
        got = {name: outcome.got.get(name) for name in outcome.expected}
        lines.append(f"FAIL: {outcome.table}: {outcome.name}: expected {outcome.expected}, found {got}")
    lines += [f"FAIL: {row}: no case reaches this row" for row in report.untested]
    lines += [f"FAIL: {gap}" for gap in report.gaps]
    good = "every case is met, every row has one, every request meets a row"
    return "\n".join(lines if not report.is_good else [*lines, good])


def difference_text(found: Difference) -> str:
    lines = [f"{found.base} -> {found.draft}", "", "constants"]
    lines += [f"  {term.name}: {_short(term.before)} -> {_short(term.after)}" for term in found.terms] or [
        f"  {_NOTHING}"
    ]
    lines += ["", "rows", *([_row_text(row) for row in found.rows] or [f"  {_NOTHING}"])]
    lines += ["", "cases that end otherwise", *([_case_text(case) for case in found.cases] or [f"  {_NOTHING}"])]
    return "\n".join(lines)


def _row_text(row: RowChange) -> str:
    cells = "".join(f"\n      {column}: {was or '-'} -> {now or '-'}" for column, (was, now) in row.cells.items())
    return f"  {row.table} {row.row_id}: {row.deed}{cells}"


def _case_text(case: CaseChange) -> str:
    said = ", ".join(f"{word} {_short(case.before[word])} -> {_short(case.after[word])}" for word in case.after)
    return f"  {case.table}: {case.name}: {said}"


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def dry_run_json(found: DryRun) -> str:
    whole = msgspec.to_builtins(found) | {"more_fen": found.more_fen, "shifts": msgspec.to_builtins(found.shifts)}
    for each, changed in zip(whole["changed"], found.changed, strict=True):
        each["more_fen"] = changed.more_fen
    return json.dumps(whole, ensure_ascii=False)


def dry_run_text(found: DryRun) -> str:
    lines = [
        f"{found.base} -> {found.draft}",
        f"{found.compared} decisions compared, {len(found.changed)} end otherwise, {_yuan(found.more_fen)} in all",
    ]
    if found.not_repeated:
        lines.append(f"{len(found.not_repeated)} not compared: the base does not repeat what was decided then")
    lines += [_shift_text(shift) for shift in found.shifts]
    lines += [f"FAIL: decision {each.decision_id}, order {each.order_id}: {each.why}" for each in found.failed]
    lines += [_changed_text(each) for each in found.changed[:_MOST_SHOWN]]
    if len(found.changed) > _MOST_SHOWN:
        lines.append(f"and {len(found.changed) - _MOST_SHOWN} more; --json prints them all")
    return "\n".join(lines)


def _answer_text(answer: Answer) -> str:
    return f"{answer.verdict} {answer.rule} {answer.refund_fen / 100:.2f}"


def _yuan(fen: int) -> str:
    return f"{fen / 100:+.2f} yuan"


def _shift_text(shift: Shift) -> str:
    before, after = f"{shift.before} {shift.before_rule}", f"{shift.after} {shift.after_rule}"
    return f"  {shift.decisions:>6} x {shift.flow}: {before} -> {after}, {_yuan(shift.more_fen)}"


def _changed_text(each: Changed) -> str:
    answers = f"{_answer_text(each.before)} -> {_answer_text(each.after)}"
    return f"decision {each.decision_id}, order {each.order_id}, {each.flow}: {answers}, {_yuan(each.more_fen)}"
