"""``appliance eval pii``: scores a suite of labelled personal data. Exit code 0 whenever the suite ran."""

import time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from appliance.evaluation.pii_scoring import Score, score
from appliance.evaluation.pii_suite import load
from security.pii.analyzer import Analyzer


@click.command()
@click.option(
    "--suite", type=click.Path(exists=True, path_type=Path), required=True, help="A .jsonl file, or a folder."
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the score here.")
def pii(*, suite: Path, json_file: Path | None) -> None:
    """Score how personal data is found: each type, leaks, false alarms, milliseconds."""
    cases = load(suite)
    analyzer = Analyzer()
    analyzer.warm()
    result = score(cases, analyzer, time.perf_counter)
    console = Console(highlight=False)
    console.print(_table(result))
    for failure in result.failures:
        console.print(
            f"{failure.id}  missed {list(failure.missed)}  extra {list(failure.extra)}", markup=False, soft_wrap=True
        )
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")


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
