"""``appliance eval understanding``: scores a suite of labelled messages. Exit code 0 whenever the suite ran."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from appliance import config
from appliance.cli.eval_output import Output, options
from appliance.config_understanding import LlmSettings
from appliance.dialogue.schema import FLOWS, load_flows
from appliance.errors import ConfigurationError
from appliance.evaluation.as_masked import play_masked
from appliance.evaluation.pages import provenance
from appliance.evaluation.pages.baseline import Cases
from appliance.evaluation.pages.understanding import page
from appliance.evaluation.understanding_suite import load
from appliance.joints.compact_model import in_force
from appliance.joints.language_model import chat_model, language_model, language_model_settings
from appliance.understanding.pipeline import pipeline
from appliance.understanding.scoring import Case, Headline, Rate, Result, Score, play, summed
from appliance.understanding.service import Understanding
from models.compact.model import CompactModel
from models.errors import ModelError


@click.command()
@options("A .jsonl file, or a folder of them.")
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
    help="Where the compact model lies; the one in force here if not given.",
)
def understanding(*, output: Output, model: str, model_dir: Path | None) -> None:
    """Score how messages are understood: flows, slots, each command and part, whole cases, milliseconds.

    Words are masked before they are understood, as the appliance does; with the compact model they are scored
    unmasked too.
    """
    directory = model_dir or in_force(config.load()).directory
    try:
        compact = CompactModel.load(directory)
    except ModelError as error:
        raise ConfigurationError(str(error)) from error
    cases = load(output.suites, lambda words: click.echo(f"warning: {words}", err=True))
    before = output.check(scored := Cases.of(cases))
    llm = language_model_settings() if model == "llm" else None
    understanding = Understanding(compact)
    results = asyncio.run(_with_language_model(cases, compact, llm) if llm else play_masked(cases, understanding))
    score = msgspec.structs.replace(summed(results), pipeline=pipeline(results), classifiers=dict(compact.held_out))
    if llm is None:
        unmasked = summed(asyncio.run(play(cases, understanding)))
        score = msgspec.structs.replace(score, clear=unmasked.headline)
    console = Console(highlight=False)
    console.print(_table(score, msgspec.convert({**before, "failures": ()}, Score) if before else None))
    console.print(_parts(score))
    for failure in score.failures:
        console.print(
            f"{failure.id}  expected {_words(failure.expected)}\n        got {_words(failure.got)}", markup=False
        )
    models = provenance.compact(compact, directory) + (provenance.language_model(llm.model, llm.url) if llm else ())
    output.give(score, scored, before, models, lambda shown: page(results, score, shown), console)


async def _with_language_model(cases: Sequence[Case], compact: CompactModel, settings: LlmSettings) -> list[Result]:
    chat = chat_model(settings)
    try:
        return await play_masked(cases, Understanding(compact, language_model(chat, load_flows(FLOWS), settings)))
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
        + (f" ({_unmasked(result.clear)})" if result.clear else "")
        + f" · {result.ms.p50:.2f} ms median, {result.ms.p95:.2f} ms at 95%"
        + f"\nanswered by {_counts(result.answered)}"
        + (f"; not answered in time or at all: {_counts(result.fell_back)}" if result.fell_back else "")
    )
    return table


def _parts(score: Score) -> Table:
    """Each part of the pipeline by itself, and the classifiers on lines that they were not trained on."""
    table = Table(title="part by part")
    for heading in ("", "right", "calibration error", "cases"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, part in score.pipeline.items():
        table.add_row(name, f"{part.right:.3f}", f"{part.ece:.3f}", str(part.cases))
    for name, held_out in sorted(score.classifiers.items()):
        row = (f"{name} classifier, unseen lines", f"{held_out.accuracy:.3f}", f"{held_out.ece:.3f}")
        table.add_row(*row, str(held_out.examples))
    return table


def _unmasked(clear: Headline) -> str:
    return f"unmasked: {clear.exact:.3f}, flows {clear.start_flow.f1:.3f}, slots {clear.slots.f1:.3f}"


def _counts(by: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(by.items()))


def _figures(rate: Rate) -> tuple[float, float, float]:
    return rate.precision, rate.recall, rate.f1
