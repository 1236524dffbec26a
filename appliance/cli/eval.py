"""``appliance eval``: score a suite. Exit code 0 whenever the suite ran, whatever the score."""

import asyncio
import importlib
import importlib.util

import click
from rich.console import Console

from appliance.cli.eval_output import Output, options

_ELSEWHERE = {
    "pii": "appliance.cli.eval_pii:pii",
    "understanding": "appliance.cli.eval_understanding:understanding",
}
"""Subcommands that live beside what they score."""


class EvalGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        there = [name for name, place in _ELSEWHERE.items() if importlib.util.find_spec(place.partition(":")[0])]
        return sorted([*super().list_commands(ctx), *there])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module, _, attribute = _ELSEWHERE.get(cmd_name, "").partition(":")
        if not module or importlib.util.find_spec(module) is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=EvalGroup)
def evaluate() -> None:
    """Score a suite: conversations, understanding, personal data."""


@evaluate.command()
@options("A folder of cases (*.yaml), or one.")
@click.option(
    "--model",
    type=click.Choice(["compact", "llm"]),
    default="compact",
    show_default=True,
    help="What understands; llm: the language model of this appliance's settings, with the compact one behind it.",
)
@click.option("--only", metavar="ID", help="Play this case alone.")
@click.option("--verbose", is_flag=True, help="Print every conversation with its decisions.")
@click.option("--at-once", type=click.IntRange(1, 64), default=4, show_default=True, help="Cases played side by side.")
def conversations(*, output: Output, model: str, only: str | None, verbose: bool, at_once: int) -> None:
    """Play conversations against a throw-away appliance of its own and score what became of them."""
    from appliance import config
    from appliance.evaluation import report
    from appliance.evaluation import suite as suites
    from appliance.evaluation.pages import provenance
    from appliance.evaluation.pages.baseline import Cases
    from appliance.evaluation.pages.conversations import page
    from appliance.evaluation.session import score
    from appliance.joints.compact_model import absolute, compact_model, in_force
    from appliance.joints.language_model import language_model_settings

    console = Console(highlight=False)
    cases = suites.load(output.suites, only)
    before = output.check(scored := Cases.of(cases))
    llm = language_model_settings() if model == "llm" else None
    settings = config.load()
    progress = Console(stderr=True, highlight=False)
    verdicts = asyncio.run(score(cases, at_once=at_once, own=absolute(settings), llm=llm, console=progress))
    if verbose:
        for verdict in verdicts:
            report.print_transcript(verdict, console)
    report.print_report(verdicts, console)
    models = provenance.compact(compact_model(settings), in_force(settings).directory)
    models += provenance.language_model(llm.model, llm.url) if llm else ()
    output.give(report.as_json(verdicts), scored, before, models, lambda shown: page(verdicts, shown), console)
