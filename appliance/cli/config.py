"""``appliance config``: the settings, as they are and as they could be."""

import click

from appliance import config as settings_tree


@click.group()
def config() -> None:
    """Show the settings."""


@config.command()
def example() -> None:
    """Print a whole appliance.toml with every default explained."""
    click.echo(settings_tree.example(), nl=False)


@config.command()
def show() -> None:
    """Print the settings in force."""
    click.echo(settings_tree.render(settings_tree.load()), nl=False)
