"""What the gates cover (``registry.toml``): every flow and every command, with the audit records that each leaves."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from appliance.cli.main import appliance


class Flow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    order: str
    reason: str | None = None
    audit: tuple[str, ...] = ()
    exempt: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    audit: tuple[str, ...] = ()
    test: str = ""
    exempt: str = ""


class Registry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    flows: dict[str, Flow]
    commands: dict[str, Command]


def load() -> Registry:
    return msgspec.toml.decode(Path(__file__).with_name("registry.toml").read_bytes(), type=Registry)


def commands(group: click.Group = appliance, *before: str) -> Iterator[str]:
    """Every command that does something, as it is typed after ``appliance``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join([*before, name])
