"""``appliance bench crypto``: fields a second by each suite, beside the bare cipher in the same run."""

from pathlib import Path

import click
from rich.console import Console

from appliance.cli.bench import tell


@click.command()
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the measures here.")
@click.option("--duration-s", type=click.FloatRange(0.1, 3600), default=2.0, show_default=True, help="Of each measure.")
def crypto(*, json_file: Path | None, duration_s: float) -> None:
    """Fields a second on one core, sealed and opened, by AES-256-GCM and SM4-GCM."""
    from appliance.evaluation.bench.crypto import measure

    tell(measure(duration_s, Console(stderr=True, highlight=False).print), json_file)
