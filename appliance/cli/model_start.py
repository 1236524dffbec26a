"""``appliance models start``: become the model server of one role."""

import contextlib
import os
import secrets
import shlex
import socket as socketlib
import sys
import tempfile
from pathlib import Path

import click

from appliance import config
from appliance.errors import ConfigurationError, NotFound
from models.catalog import manifest
from models.catalog.cards import cards
from models.catalog.choice import largest
from models.catalog.model import Catalog, Model, Placement, Profile, Role
from models.errors import CatalogInvalid, ModelCorrupt
from models.llm.launcher import PORTS, Launch, Site, launch

_file = click.Path(dir_okay=False, path_type=Path)
_PRIVATE = 0o077
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
@click.option(
    "--port", type=click.IntRange(1, 65535), help="On 127.0.0.1. Default: chat 8000, embedding 8001, rerank 8002."
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
        api_key="" if only_print else _api_key(key_file or settings.state_path / "secrets" / "models.key"),
        port=port or PORTS[Role(role)],
        socket=socket.absolute() if socket else None,
    )
    prepared = _prepare(model, placement, profile, site)
    if only_print:
        click.echo(_shown(prepared))
        return
    _refuse_if_not_ready(site, model)
    _become(prepared, site)


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


def _api_key(file: Path) -> str:
    try:
        if not file.exists():
            _make_key(file)
        key = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as unusable:
        raise ConfigurationError(f"{file}: cannot be read as an API key ({type(unusable).__name__})") from unusable
    if not key:
        raise ConfigurationError(f"{file}: is empty; delete it, and a key is made")
    return key


def _make_key(file: Path) -> None:
    """Whole from its first moment on, and once: the servers of several roles may start together."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="ascii") as made:
        made.write(secrets.token_urlsafe(32) + "\n")
        made.flush()
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(made.name)


def _refuse_if_not_ready(site: Site, model: Model) -> None:
    if not os.access(site.python, os.X_OK):
        raise ConfigurationError(f"{site.python} is not there; docs/models.md says how to make vLLM's environment")
    try:
        faults = manifest.quick_check(site.weights, model.pickles)
    except ModelCorrupt as wrong:
        raise ConfigurationError(str(wrong)) from wrong
    if faults:
        others = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigurationError(
            f"{site.weights}: {faults[0].file} {faults[0].why}{others}; "
            f"see 'appliance models check {model.name} --path {site.weights}'"
        )


def _become(prepared: Launch, site: Site) -> None:
    os.umask(_PRIVATE)
    try:
        if site.socket is not None:
            _clear(site.socket)
        site.home.mkdir(parents=True, exist_ok=True)
        os.chdir(site.home)
        os.execve(prepared.argv[0], prepared.argv, prepared.environment)  # noqa: S606
    except OSError as unable:
        raise ConfigurationError(f"{unable.filename or site.python}: {unable.strerror}") from unable


def _clear(address: Path) -> None:
    """A server that was killed leaves its socket behind, and vLLM would not start over it."""
    if not address.is_socket():
        return
    with socketlib.socket(socketlib.AF_UNIX) as asking:
        if asking.connect_ex(str(address)) == 0:
            raise ConfigurationError(f"{address}: a server listens there already")
    address.unlink()


def _shown(prepared: Launch) -> str:
    shown = {**prepared.environment, "VLLM_API_KEY": "(from the key file)"}
    return "\n".join([*(f"{name}={value}" for name, value in sorted(shown.items())), shlex.join(prepared.argv)])
