"""``appliance eval understanding``: scores a suite of labelled messages. Exit code 0 whenever the suite ran."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from appliance.dialogue.schema import FLOWS, load_flows
from appliance.errors import ConfigurationError
from appliance.joints.language_model import chat_model, language_model, language_model_settings
from appliance.understanding.scoring import Case, Rate, Score, load, score
from appliance.understanding.service import Understanding
from models.compact.model import DEFAULT_DIRECTORY, CompactModel
from models.errors import ModelError


@click.command()
@click.option(
    "--suite", type=click.Path(exists=True, path_type=Path), required=True, help="A .jsonl file, or a folder."
)
@click.option(
    "--model",
    type=click.Choice(["compact", "llm"]),
    default="compact",
    show_default=True,
    help="What answers; llm: the language model of the settings, with the compact one behind it.",
)
@click.option(
    "--model-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_DIRECTORY,
    help="Where the compact model lies.",
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the score here.")
@click.option("--diff", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Compare with this score.")
def understanding(*, suite: Path, model: str, model_dir: Path, json_file: Path | None, diff: Path | None) -> None:
    """Score how messages are understood: flows, slots, each command and part, whole cases, milliseconds."""
    try:
        compact = CompactModel.load(model_dir)
    except ModelError as error:
        raise ConfigurationError(str(error)) from error
    cases = load(suite)
    result = asyncio.run(
        _with_language_model(cases, compact) if model == "llm" else score(cases, Understanding(compact))
    )
    console = Console(highlight=False)
    console.print(_table(result, msgspec.json.decode(diff.read_bytes(), type=Score) if diff else None))
    for failure in result.failures:
        console.print(
            f"{failure.id}  expected {_words(failure.expected)}\n        got {_words(failure.got)}", markup=False
        )
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")


async def _with_language_model(cases: Sequence[Case], compact: CompactModel) -> Score:
    settings = language_model_settings()
    chat = chat_model(settings)
    try:
        return await score(cases, Understanding(compact, language_model(chat, load_flows(FLOWS), settings)))
    finally:
        await chat.aclose()


def _words(commands: tuple[dict[str, object], ...]) -> str:
    return "; ".join(" ".join(str(v) for k, v in c.items() if k != "evidence") for c in commands)


def _table(result: Score, before: Score | None) -> Table:
    table = Table(title=f"{result.cases} cases")
    for heading in ("", "precision", "recall", "F1", "cases", *(("before",) if before else ())):
        table.add_column(heading, justify="left" if not heading else "right")
    rows: list[tuple[str, float, float, float, int | None, float | None]] = [
        ("flows started", *_figures(result.start_flow), None, before.start_flow.f1 if before else None),
        ("slots", *_figures(result.slots), None, before.slots.f1 if before else None),
    ]
    for name, rate in [*result.commands.items(), *result.parts.items()]:
        earlier = (before.commands | before.parts).get(name) if before else None
        rows.append((name, rate.precision, rate.recall, rate.f1, rate.cases, earlier.f1 if earlier else None))
    for label, precision, recall, f1, cases, earlier_f1 in rows:
        cells = [label, f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", "" if cases is None else str(cases)]
        if before:
            cells.append("" if earlier_f1 is None else f"{earlier_f1:.3f}")
        table.add_row(*cells)
    table.caption = (
        f"whole cases right {result.exact:.3f}"
        + (f" (before {before.exact:.3f})" if before else "")
        + f" · {result.ms.p50:.2f} ms median, {result.ms.p95:.2f} ms at 95%"
        + f"\nanswered by {_counts(result.answered)}"
        + (f"; not answered in time or at all: {_counts(result.fell_back)}" if result.fell_back else "")
    )
    return table


def _counts(by: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(by.items()))


def _figures(rate: Rate) -> tuple[float, float, float]:
    return rate.precision, rate.recall, rate.f1
