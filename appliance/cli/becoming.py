"""Becoming a model server: this process turns into it, cut off from everything that its settings do not name."""

import os
import shlex
from pathlib import Path

import click
import msgspec

from appliance.errors import ConfigurationError
from models.catalog import manifest
from models.catalog.model import Model
from models.errors import ModelCorrupt
from models.llm.launcher import Launch
from security.egress.placing import place
from security.errors import GuardNotPlaced

_PRIVATE = 0o077


def refuse_without_python(python: Path, cure: str) -> None:
    if not os.access(python, os.X_OK):
        raise ConfigurationError(f"{python} is not there; {cure}")


def refuse_if_not_whole(weights: Path, model: Model) -> None:
    """By names and sizes; the hashes of large files are left to 'appliance models check'."""
    try:
        faults = manifest.quick_check(weights, model.pickles)
    except ModelCorrupt as wrong:
        raise ConfigurationError(str(wrong)) from wrong
    if faults:
        others = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigurationError(
            f"{weights}: {faults[0].file} {faults[0].why}{others}; "
            f"see 'appliance models check {model.name} --path {weights}'"
        )


def guarded(prepared: Launch, python: Path, said: dict[str, str]) -> Launch:
    """With the egress guard in its environment: an engine needs nobody but this machine."""
    try:
        place(python)
    except GuardNotPlaced as refused:
        raise ConfigurationError(str(refused)) from refused
    return msgspec.structs.replace(prepared, environment=prepared.environment | said)


def become(prepared: Launch, home: Path) -> None:
    os.umask(_PRIVATE)
    try:
        home.mkdir(parents=True, exist_ok=True)
        os.chdir(home)
        os.execve(prepared.argv[0], prepared.argv, prepared.environment)  # noqa: S606
    except OSError as unable:
        raise ConfigurationError(f"{unable.filename or prepared.argv[0]}: {unable.strerror}") from unable


def shown(prepared: Launch, *, hidden: str = "") -> str:
    """``hidden``: the variable with the key."""
    told = prepared.environment | ({hidden: "(from the key file)"} if hidden else {})
    return "\n".join([*(f"{name}={value}" for name, value in sorted(told.items())), shlex.join(prepared.argv)])


def echo_settings(lines: dict[str, str]) -> None:
    """What the appliance is to be told of that server, beside the command line: for people, so not on stdout."""
    click.echo("\n".join(["[voice]", *(f'{name} = "{value}"' for name, value in lines.items())]), err=True)
