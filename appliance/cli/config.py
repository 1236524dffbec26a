"""``appliance config``: the settings, as they are and as they could be."""

import click

from appliance import config as settings_tree
from appliance import config_text


@click.group()
def config() -> None:
    """Show the settings."""


@config.command()
def example() -> None:
    """Print a whole appliance.toml with every default explained."""
    click.echo(config_text.example(), nl=False)


@config.command()
def show() -> None:
    """Print the settings in force."""
    click.echo(config_text.whole(settings_tree.load()), nl=False)
