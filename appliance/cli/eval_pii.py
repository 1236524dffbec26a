"""``appliance eval pii``: scores a suite of labelled personal data. Exit code 0 whenever the suite ran."""

import time

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.eval_output import Output, options
from appliance.evaluation.pages.baseline import Cases
from appliance.evaluation.pages.pii import page
from appliance.evaluation.pii_scoring import Score, play, summed
from appliance.evaluation.pii_suite import load
from security.pii.analyzer import Analyzer


@click.command()
@options("A .jsonl file, or a folder of them.")
def pii(*, output: Output) -> None:
    """Score how personal data is found: each type, leaks, false alarms, milliseconds."""
    cases = load(output.suites)
    before = output.check(scored := Cases.of(cases))
    analyzer = Analyzer()
    analyzer.warm()
    results = play(cases, analyzer, time.perf_counter)
    score = summed(results)
    console = Console(highlight=False)
    console.print(_table(score))
    for failure in score.failures:
        console.print(
            f"{failure.id}  missed {list(failure.missed)}  extra {list(failure.extra)}", markup=False, soft_wrap=True
        )
    output.give(score, scored, before, (), lambda shown: page(results, score, shown), console)


def _table(result: Score) -> Table:
    table = Table(title=f"{result.cases} cases")
    for heading in ("", "precision", "recall", "F1"):
        table.add_column(heading, justify="left" if not heading else "right")
    rows = {**{str(type_): rate for type_, rate in result.types.items()}, "structured": result.structured}
    for name, rate in rows.items():
        table.add_row(name, f"{rate.precision:.3f}", f"{rate.recall:.3f}", f"{rate.f1:.3f}")
    table.caption = (
        f"{result.leaks} leaks · {result.false_alarms} false alarms · "
        f"{result.ms.p50:.3f} ms median, {result.ms.p95:.3f} ms at 95%"
    )
    return table
