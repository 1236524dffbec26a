"""``appliance bench pii``: how fast personal data is found, beside plain Presidio in the same run."""

from pathlib import Path

import click
from rich.console import Console

from appliance.cli.bench import tell


@click.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures here.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=20, show_default=True, help="Of all messages.")
def pii(*, json_file: Path | None, rounds: int) -> None:
    """Messages a second, beside Presidio with a blank spaCy pipeline and the same recognisers."""
    from appliance.evaluation.bench.pii import measure

    tell(measure(rounds, Console(stderr=True, highlight=False).print), json_file)
