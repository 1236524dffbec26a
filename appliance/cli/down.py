"""``appliance down``: stop everything in order."""

import click

from appliance import config
from appliance.supervisor import control


@click.command()
def down() -> None:
    """Stop, and return when nothing runs any more."""
    settings = config.load()
    stopped = control.stop(settings.state_path)
    click.echo("stopped" if stopped else f"nothing runs in {settings.state_dir}")
