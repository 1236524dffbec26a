"""``appliance models start``: become the model server of one role."""

import os
import socket as socketlib
import sys
from pathlib import Path

import click

from appliance import config
from appliance.cli import becoming
from appliance.errors import ConfigurationError, NotFound
from appliance.secret_file import key_made_once
from appliance.supervisor.egress import sealed_in
from models.catalog.cards import cards
from models.catalog.choice import largest
from models.catalog.model import Catalog, Model, Placement, Profile, Role
from models.errors import CatalogInvalid
from models.llm.launcher import HOST, PORTS, Launch, Site, launch

_file = click.Path(dir_okay=False, path_type=Path)
VLLM_PYTHON = Path(sys.prefix).with_name(".venv-vllm") / "bin" / "python"
"""Beside the environment that this runs in."""


@click.command()
@click.option("--role", type=click.Choice([*map(str, PORTS)]), required=True)
@click.option("--profile", "profile_name", metavar="NAME", help="Default: the largest that fits this machine's cards.")
@click.option(
    "--path",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Default: weights/MODEL in the state directory.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Default: chat 8000, embedding 8001, rerank 8002.")
@click.option(
    "--host", default=HOST, show_default=True, help="Another only inside a container, on a network that leads nowhere."
)
@click.option("--socket", type=_file, help="Listen on this Unix socket, and on no port.")
@click.option(
    "--api-key-file",
    "key_file",
    type=_file,
    help="Default: secrets/models.key in the state directory, made if it is missing.",
)
@click.option(
    "--python", type=_file, default=VLLM_PYTHON, help="Of the environment that has vLLM: .venv-vllm beside .venv."
)
@click.option("--print", "only_print", is_flag=True, help="Show what would be started, and start nothing.")
@click.pass_obj
def start(
    catalog: Catalog,
    *,
    role: str,
    profile_name: str | None,
    folder: Path | None,
    host: str,
    port: int | None,
    socket: Path | None,
    key_file: Path | None,
    python: Path,
    only_print: bool,
) -> None:
    """Start vLLM with the model that the profile places for a role, cut off from everything outside this machine.

    This process becomes the server. The files must pass the quick part of 'appliance models check' first.
    """
    settings = config.load()
    profile = _profile(catalog, profile_name)
    placement = profile.placement(Role(role))
    if placement is None:
        raise NotFound(f"profile {profile.name} has no model for {role}: {profile.title}")
    model = catalog.models[placement.model]
    site = Site(
        python=python.absolute(),
        weights=(folder or settings.state_path / "weights" / model.name).absolute(),
        home=settings.state_path / "vllm" / role,
        api_key="" if only_print else key_made_once(key_file or settings.state_path / "secrets" / "models.key"),
        host=host,
        port=port or PORTS[Role(role)],
        socket=socket.absolute() if socket else None,
    )
    prepared = _prepare(model, placement, profile, site)
    if only_print:
        click.echo(becoming.shown(prepared, hidden="VLLM_API_KEY"))
        return
    becoming.refuse_without_python(site.python, "docs/models.md says how to make vLLM's environment")
    becoming.refuse_if_not_whole(site.weights, model)
    _clear(site.socket)
    becoming.become(becoming.guarded(prepared, site.python, sealed_in(settings, f"vllm-{role}")), site.home)


def _profile(catalog: Catalog, name: str | None) -> Profile:
    if name is None:
        chosen = largest(catalog.profiles.values(), cards())
        if chosen is None:
            raise NotFound("no profile fits this machine's cards; name one: --profile")
        return chosen
    if name not in catalog.profiles:
        raise NotFound(f"there is no profile {name}; there are {', '.join(catalog.profiles)}")
    return catalog.profiles[name]


def _prepare(model: Model, placement: Placement, profile: Profile, site: Site) -> Launch:
    try:
        return launch(model, placement, profile, site, os.environ)
    except CatalogInvalid as refused:
        raise ConfigurationError(str(refused)) from refused


def _clear(address: Path | None) -> None:
    """A server that was killed leaves its socket behind, and vLLM would not start over it."""
    if address is None or not address.is_socket():
        return
    with socketlib.socket(socketlib.AF_UNIX) as asking:
        if asking.connect_ex(str(address)) == 0:
            raise ConfigurationError(f"{address}: a server listens there already")
    try:
        address.unlink()
    except OSError as unable:
        raise ConfigurationError(f"{address}: {unable.strerror}") from unable
