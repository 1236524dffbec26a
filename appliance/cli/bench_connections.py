"""``appliance bench connections``: idle customers held on one worker, beside a bare echo in the same run."""

from pathlib import Path

import click
from rich.console import Console

from appliance.cli.bench import tell


@click.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures here.")
@click.option("--customers", type=click.IntRange(10, 50_000), default=5000, show_default=True, help="Idle at once.")
def connections(*, json_file: Path | None, customers: int) -> None:
    """Customers who hold a socket and say nothing: memory each, and how fast a message is taken among them."""
    from appliance.evaluation.bench.connections import measure

    tell(measure(customers, Console(stderr=True, highlight=False).print), json_file)
