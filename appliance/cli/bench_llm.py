"""``appliance bench llm``: what the appliance adds to a question to its language model."""

from pathlib import Path

import click
from rich.console import Console

from appliance.cli.bench import tell
from appliance.evaluation.bench.llm import MESSAGES


@click.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures here.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=5, show_default=True, help="Of all messages.")
@click.option(
    "--suite",
    type=click.Path(exists=True, path_type=Path),
    default=MESSAGES,
    help="Messages of your own, in the form of `eval understanding`.",
)
def llm(*, json_file: Path | None, rounds: int, suite: Path) -> None:
    """Milliseconds a message is masked and understood in, beside the same prompts sent to the server directly."""
    from appliance.evaluation.bench.llm import measure
    from appliance.evaluation.understanding_suite import load
    from appliance.joints.language_model import language_model_settings

    settings = language_model_settings()
    cases = load([suite], lambda words: click.echo(f"warning: {words}", err=True))
    tell(measure(settings, cases, rounds, Console(stderr=True, highlight=False).print), json_file)
