"""``appliance bench handoff``: from a customer's wish for a person to the agent's console."""

from pathlib import Path

import click
from rich.console import Console

from appliance.cli.bench import tell


@click.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures here.")
@click.option("--duration-s", type=click.FloatRange(1, 600), default=15.0, show_default=True, help="Of arrivals.")
@click.option("--per-s", type=click.FloatRange(0.5, 200), default=20.0, show_default=True, help="Customers a second.")
def handoff(*, json_file: Path | None, duration_s: float, per_s: float) -> None:
    """Customers who ask for a person, until an agent's console has them, beside a bare NOTIFY round trip."""
    from appliance.evaluation.bench.handoff import measure

    tell(measure(duration_s, per_s, Console(stderr=True, highlight=False).print), json_file)
