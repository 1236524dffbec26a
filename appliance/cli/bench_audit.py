"""``appliance bench audit``: records a second until sealed in both sinks, beside plain inserts in the same run."""

from pathlib import Path

import click
from rich.console import Console

from appliance.cli.bench import tell


@click.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures here.")
@click.option("--duration-s", type=click.FloatRange(0.5, 3600), default=10.0, show_default=True, help="Of each phase.")
def audit(*, json_file: Path | None, duration_s: float) -> None:
    """Eight writers: records until sealed, pending inserts, and intents that are waited for, beside plain inserts."""
    from appliance.evaluation.bench.audit import measure

    tell(measure(duration_s, Console(stderr=True, highlight=False).print), json_file)
